import Spatial

/// What one call of `Rasteriser.render` drew. Kept and passed in again, it is drawn over without
/// allocating.
public struct RenderedFrame: Equatable, Sendable {
    public private(set) var width = 0
    public private(set) var height = 0
    /// The number of extra channels.
    public private(set) var channelCount = 0
    /// Colour over the background [3, H, W], display sRGB.
    public var colour: [Float] = []
    /// 1 − transmittance [H, W].
    public var alpha: [Float] = []
    /// Expected depth Σ weight·z [H, W], metres, not divided by alpha; empty unless asked for.
    public var depth: [Float] = []
    /// Median depth [H, W], metres: of the Gaussian behind which less than half of the light is left,
    /// 0 where more than half passes all; empty unless asked for.
    public var medianDepth: [Float] = []
    /// Σ weight·normal [3, H, W], world space, not normalised; empty unless asked for.
    public var normals: [Float] = []
    /// The index of the Gaussian of the largest weight [H, W], −1 where there is none; empty unless
    /// asked for.
    public var strongest: [Int32] = []
    /// The weight of that Gaussian [H, W].
    public var strongestWeights: [Float] = []
    /// Extra channels Σ weight·value [C, H, W], over a background of 0; empty where there are none.
    public var channels: [Float] = []
    /// What was drawn and what was left out.
    public var statistics = RenderStatistics()

    /// An empty frame, to be drawn into.
    public init() {}

    /// The colour as an image.
    public var image: Image { Image(width: width, height: height, channels: 3, samples: colour) }

    /// Makes room for a frame of the given size; does nothing where there is.
    mutating func resize(
        width: Int, height: Int, channelCount: Int, _ settings: RenderSettings
    ) {
        self.width = width
        self.height = height
        self.channelCount = channelCount
        func fit<Value: Numeric>(_ array: inout [Value], _ count: Int) {
            if array.count != count { array = [Value](repeating: 0, count: count) }
        }
        let plane = width * height
        fit(&colour, 3 * width * height)
        fit(&alpha, width * height)
        fit(&depth, settings.rendersDepth ? plane : 0)
        fit(&medianDepth, settings.rendersMedianDepth ? plane : 0)
        fit(&normals, settings.rendersNormals ? 3 * plane : 0)
        fit(&strongest, settings.picksStrongest ? plane : 0)
        fit(&strongestWeights, settings.picksStrongest ? plane : 0)
        fit(&channels, channelCount * width * height)
    }

    /// Calls `body` with pointers to all arrays, valid during the call.
    mutating func withBuffers<Result>(_ body: (FrameBuffers) throws -> Result) rethrows -> Result {
        // An empty image has no memory, and nothing is written to it.
        let nowhere = UnsafeMutablePointer<Float>(bitPattern: MemoryLayout<Float>.alignment)
        return try colour.withUnsafeMutableBufferPointer { colour in
            try alpha.withUnsafeMutableBufferPointer { alpha in
                try depth.withUnsafeMutableBufferPointer { depth in
                    try channels.withUnsafeMutableBufferPointer { channels in
                        var buffers = FrameBuffers(
                            colour: (colour.baseAddress ?? nowhere).unsafelyUnwrapped,
                            alpha: alpha.baseAddress,
                            depth: depth.isEmpty ? nil : depth.baseAddress,
                            channels: channels.isEmpty ? nil : channels.baseAddress)
                        return try medianDepth.withUnsafeMutableBufferPointer { median in
                            try normals.withUnsafeMutableBufferPointer { normals in
                                try strongest.withUnsafeMutableBufferPointer { strongest in
                                    try strongestWeights.withUnsafeMutableBufferPointer { weights in
                                        if !median.isEmpty {
                                            buffers.medianDepth = median.baseAddress
                                        }
                                        if !normals.isEmpty {
                                            buffers.normals = normals.baseAddress
                                        }
                                        if !strongest.isEmpty {
                                            buffers.strongest = strongest.baseAddress
                                            buffers.strongestWeights = weights.baseAddress
                                        }
                                        return try body(buffers)
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Memory that a frame is drawn into, laid out as in `RenderedFrame`.
public struct FrameBuffers {
    /// Colour [3, H, W].
    public var colour: UnsafeMutablePointer<Float>
    /// Alpha [H, W]; nil where it is not wanted.
    public var alpha: UnsafeMutablePointer<Float>?
    /// Expected depth [H, W]; needed where the settings ask for it.
    public var depth: UnsafeMutablePointer<Float>?
    /// Extra channels [C, H, W]; needed where the cloud has some.
    public var channels: UnsafeMutablePointer<Float>?
    /// Median depth [H, W].
    public var medianDepth: UnsafeMutablePointer<Float>?
    /// Normals [3, H, W].
    public var normals: UnsafeMutablePointer<Float>?
    /// The Gaussian of the largest weight [H, W], and that weight [H, W].
    public var strongest: UnsafeMutablePointer<Int32>?
    public var strongestWeights: UnsafeMutablePointer<Float>?

    public init(
        colour: UnsafeMutablePointer<Float>, alpha: UnsafeMutablePointer<Float>? = nil,
        depth: UnsafeMutablePointer<Float>? = nil, channels: UnsafeMutablePointer<Float>? = nil
    ) {
        self.colour = colour
        self.alpha = alpha
        self.depth = depth
        self.channels = channels
    }
}
