import Spatial

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Random numbers of the studio by name of distribution; the same for the same seed.
struct StudioDraw {
    private var generator: SplitMix

    init(seed: UInt64) {
        generator = SplitMix(seed: seed)
        // Neighbouring seeds begin alike.
        _ = generator.next()
    }

    /// A number that is evenly distributed.
    mutating func uniform(_ low: Float = 0, _ high: Float = 1) -> Float {
        low + (high - low) * Float(generator.next() >> 40) * 0x1p-24
    }

    /// A number of a normal distribution, held within bounds (Box and Muller 1958).
    mutating func normal(_ mean: Float, _ deviation: Float, _ low: Float, _ high: Float) -> Float {
        let (a, b) = (max(uniform(), 1e-7), uniform())
        let value = (-2 * logf(a)).squareRoot() * cosf(2 * .pi * b)
        return min(max(mean + deviation * value, low), high)
    }

    mutating func chance(_ probability: Float) -> Bool { uniform() < probability }

    mutating func integer(below count: Int) -> Int { Int(generator.next() % UInt64(count)) }

    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[integer(below: elements.count)]
    }

    /// A seed for something of its own.
    mutating func seed() -> UInt32 { UInt32(truncatingIfNeeded: generator.next() >> 32) }
}
