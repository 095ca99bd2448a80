import Spatial

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
    /// Of the background image [3, H, W]; empty where there was none.
    public var backgroundImage: [Float] = []
    /// Of the projected centres [N, 2], pixels; empty unless asked for.
    public var means2D: [Float] = []
    /// Σ over pixels of the absolute values of what `means2D` sums up [N, 2] (Ye et al. 2024,
    /// "AbsGS", eq. 5); empty unless asked for.
    public var absoluteMeans2D: [Float] = []
    /// Of the first three rows of the view matrix, row by row: 12 values, each as free as the
    /// others; empty unless asked for.
    public var viewMatrix: [Float] = []

    /// Zero gradients of a cloud.
    public init(
        of cloud: GaussianCloud, includesScreen: Bool = false, backgroundImage image: Image? = nil
    ) {
        let n = cloud.count
        func zeros(_ count: Int) -> [Float] { [Float](repeating: 0, count: count) }
        (means, logScales, quaternions) = (zeros(3 * n), zeros(3 * n), zeros(4 * n))
        (opacityLogits, channels) = (zeros(n), zeros(cloud.channels.count))
        background = zeros(3)
        backgroundImage = zeros(image?.samples.count ?? 0)
        if includesScreen {
            (means2D, absoluteMeans2D, viewMatrix) = (zeros(2 * n), zeros(2 * n), zeros(12))
        }
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
                                    try Self.withScreenBuffers(
                                        &backgroundImage, &means2D, &absoluteMeans2D,
                                        &viewMatrix,
                                        GaussianGradientBuffers(
                                            means: means.baseAddress,
                                            logScales: logScales.baseAddress,
                                            quaternions: quaternions.baseAddress,
                                            opacityLogits: opacityLogits.baseAddress,
                                            colours: colours.baseAddress,
                                            channels: channels.baseAddress,
                                            background: background.baseAddress), body)
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// The rest of the arrays; apart from `withBuffers`, for access to one property excludes access
    /// to the whole.
    private static func withScreenBuffers<Result>(
        _ image: inout [Float], _ means2D: inout [Float], _ absolute: inout [Float],
        _ viewMatrix: inout [Float], _ buffers: GaussianGradientBuffers,
        _ body: (GaussianGradientBuffers) throws -> Result
    ) rethrows -> Result {
        var buffers = buffers
        return try image.withUnsafeMutableBufferPointer { image in
            try means2D.withUnsafeMutableBufferPointer { means2D in
                try absolute.withUnsafeMutableBufferPointer { absolute in
                    try viewMatrix.withUnsafeMutableBufferPointer { viewMatrix in
                        if !image.isEmpty { buffers.backgroundImage = image.baseAddress }
                        if !viewMatrix.isEmpty {
                            buffers.means2D = means2D.baseAddress
                            buffers.absoluteMeans2D = absolute.baseAddress
                            buffers.viewMatrix = viewMatrix.baseAddress
                        }
                        return try body(buffers)
                    }
                }
            }
        }
    }

    /// Adds the gradients of another picture of the same cloud; of `viewMatrix` and
    /// `backgroundImage`, which belong to a picture, nothing is added.
    public mutating func add(_ other: GaussianGradients) {
        for path in [
            \GaussianGradients.means, \.logScales, \.quaternions, \.opacityLogits, \.colours,
            \.channels, \.background, \.means2D, \.absoluteMeans2D,
        ] {
            for i in self[keyPath: path].indices {
                self[keyPath: path][i] += other[keyPath: path][i]
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
    /// [N, 2]: sums of absolute values over pixels.
    public var absoluteMeans2D: UnsafeMutablePointer<Float>?
    /// [3, 4].
    public var viewMatrix: UnsafeMutablePointer<Float>?
    /// [3, H, W].
    public var backgroundImage: UnsafeMutablePointer<Float>?

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
