/// What is blended beside the colour: depth first, if it is asked for, then the extra channels.
struct FeatureSource {
    var hasDepth: Bool
    /// [N, channelCount].
    var channels: UnsafePointer<Float>?
    var channelCount: Int

    init(_ view: GaussianCloudView, _ settings: RenderSettings) {
        hasDepth = settings.rendersDepth
        channels = view.channels
        channelCount = view.channelCount
    }

    /// The most values of a splat, and more.
    static let capacity = 72

    /// Where the channels begin among the values.
    var firstChannel: Int { hasDepth ? 1 : 0 }

    /// The number of values of a splat.
    var count: Int { channelCount + (hasDepth ? 1 : 0) }

    /// Adds weight·value of each feature of `gaussian` to `sums`.
    @inline(__always)
    func blend(
        _ gaussian: Int, depth: Float, _ weight: Lanes, into sums: UnsafeMutablePointer<Lanes>
    ) {
        var sums = sums
        if hasDepth {
            sums[0].addProduct(weight, depth)
            sums += 1
        }
        guard let channels else { return }
        let values = channels + gaussian * channelCount
        for c in 0..<channelCount { sums[c].addProduct(weight, values[c]) }
    }

    /// Writes the sums of eight pixels to the planes of the target.
    @inline(__always)
    func write(
        _ sums: UnsafeMutablePointer<Lanes>, _ target: FrameBuffers, pixel: Int, plane: Int,
        _ columnCount: Int
    ) {
        var sums = sums
        if hasDepth {
            if let depth = target.depth { Splatting.write(sums[0], depth + pixel, columnCount) }
            sums += 1
        }
        guard let channels = target.channels else { return }
        for c in 0..<channelCount {
            Splatting.write(sums[c], channels + c * plane + pixel, columnCount)
        }
    }
}
