/// Gradients of a loss with respect to the raw parameters of a cloud, laid out as the cloud is.
public struct GaussianGradients: Equatable, Sendable {
    public var means: [Float]
    public var logScales: [Float]
    public var quaternions: [Float]
    public var opacityLogits: [Float]
    /// Of the spherical harmonics or of the display colours, whichever the cloud has.
    public var colours: [Float]
    public var channels: [Float]
    /// Of the background colour: 3 values.
    public var background: [Float]

    /// Zero gradients of a cloud.
    public init(of cloud: GaussianCloud) {
        let n = cloud.count
        func zeros(_ count: Int) -> [Float] { [Float](repeating: 0, count: count) }
        (means, logScales, quaternions) = (zeros(3 * n), zeros(3 * n), zeros(4 * n))
        (opacityLogits, channels) = (zeros(n), zeros(cloud.channels.count))
        background = zeros(3)
        switch cloud.colours {
        case .sh(let values, _), .display(let values): colours = zeros(values.count)
        }
    }

    /// Calls `body` with pointers to all arrays, valid during the call.
    public mutating func withBuffers<Result>(
        _ body: (GaussianGradientBuffers) throws -> Result
    ) rethrows -> Result {
        try means.withUnsafeMutableBufferPointer { means in
            try logScales.withUnsafeMutableBufferPointer { logScales in
                try quaternions.withUnsafeMutableBufferPointer { quaternions in
                    try opacityLogits.withUnsafeMutableBufferPointer { opacityLogits in
                        try colours.withUnsafeMutableBufferPointer { colours in
                            try channels.withUnsafeMutableBufferPointer { channels in
                                try background.withUnsafeMutableBufferPointer { background in
                                    try body(
                                        GaussianGradientBuffers(
                                            means: means.baseAddress,
                                            logScales: logScales.baseAddress,
                                            quaternions: quaternions.baseAddress,
                                            opacityLogits: opacityLogits.baseAddress,
                                            colours: colours.baseAddress,
                                            channels: channels.baseAddress,
                                            background: background.baseAddress))
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Memory that gradients of raw parameters are written to (not added to), laid out as the cloud is;
/// those that are nil are not written.
public struct GaussianGradientBuffers {
    /// [N, 3].
    public var means: UnsafeMutablePointer<Float>?
    /// [N, 3].
    public var logScales: UnsafeMutablePointer<Float>?
    /// [N, 4].
    public var quaternions: UnsafeMutablePointer<Float>?
    /// [N].
    public var opacityLogits: UnsafeMutablePointer<Float>?
    /// [N, K, 3] for spherical harmonics, [N, 3] for display colours.
    public var colours: UnsafeMutablePointer<Float>?
    /// [N, C].
    public var channels: UnsafeMutablePointer<Float>?
    /// [3].
    public var background: UnsafeMutablePointer<Float>?
    /// [N, 2]: of the projected centre, pixels; what densification watches.
    public var means2D: UnsafeMutablePointer<Float>?

    public init(
        means: UnsafeMutablePointer<Float>? = nil, logScales: UnsafeMutablePointer<Float>? = nil,
        quaternions: UnsafeMutablePointer<Float>? = nil,
        opacityLogits: UnsafeMutablePointer<Float>? = nil,
        colours: UnsafeMutablePointer<Float>? = nil, channels: UnsafeMutablePointer<Float>? = nil,
        background: UnsafeMutablePointer<Float>? = nil, means2D: UnsafeMutablePointer<Float>? = nil
    ) {
        self.means = means
        self.logScales = logScales
        self.quaternions = quaternions
        self.opacityLogits = opacityLogits
        self.colours = colours
        self.channels = channels
        self.background = background
        self.means2D = means2D
    }
}
