/// How long the parts of a frame took, milliseconds.
public struct RenderTimings: Equatable, Sendable {
    /// Activations, projection, colours, culling.
    public var projection = 0.0
    /// By depth.
    public var sorting = 0.0
    /// Listing the Gaussians of each tile.
    public var binning = 0.0
    public var blending = 0.0
    /// The whole backward pass; 0 before it.
    public var backward = 0.0

    public init() {}
}

/// Measures one part after another.
struct Stopwatch {
    private var last = ContinuousClock.now

    /// The milliseconds since the last call, or since the beginning.
    mutating func lap() -> Double {
        let now = ContinuousClock.now
        defer { last = now }
        return (now - last) / .milliseconds(1)
    }
}
