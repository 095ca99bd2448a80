#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The opacity of a Gaussian in one of its two encodings.
public enum Opacity: Equatable, Sendable {
    /// Raw: any number.
    case logit(Float)
    /// Activated: 0…1, the sigmoid of the logit.
    case linear(Float)

    /// The raw encoding; ±infinity for a linear opacity of 1 or 0.
    public var logit: Float {
        switch self {
        case .logit(let value): value
        case .linear(let value): log(value / (1 - value))
        }
    }

    /// The activated encoding, 0…1.
    public var linear: Float {
        switch self {
        case .logit(let value): 1 / (1 + exp(-value))
        case .linear(let value): value
        }
    }
}

/// The standard deviations of a Gaussian along its principal axes in one of their two encodings.
public enum Scale: Equatable, Sendable {
    /// Raw: natural logarithms.
    case logarithmic(SIMD3<Float>)
    /// Activated: metres.
    case linear(SIMD3<Float>)

    /// The raw encoding; −infinity for a linear scale of 0.
    public var logarithmic: SIMD3<Float> {
        switch self {
        case .logarithmic(let value): value
        case .linear(let value): SIMD3(log(value.x), log(value.y), log(value.z))
        }
    }

    /// The activated encoding, metres.
    public var linear: SIMD3<Float> {
        switch self {
        case .logarithmic(let value): SIMD3(exp(value.x), exp(value.y), exp(value.z))
        case .linear(let value): value
        }
    }
}
