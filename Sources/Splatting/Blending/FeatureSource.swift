/// What is blended beside the colour: depth first, if it is asked for, then normals, then the extra
/// channels; and what else is noted of the splats of a pixel.
struct FeatureSource {
    /// Depth is blended if either depth is asked for: both share a gradient.
    var hasDepth: Bool
    var hasMedian: Bool
    var picks: Bool
    /// [N, 3].
    var normals: UnsafePointer<Float>?
    /// [N, channelCount].
    var channels: UnsafePointer<Float>?
    var channelCount: Int
    /// Bit c: the gradient of channel c does not reach the geometry.
    var detached: UInt64

    init(_ view: GaussianCloudView, _ settings: RenderSettings, normals: UnsafePointer<Float>) {
        hasDepth = settings.rendersDepth || settings.rendersMedianDepth
        hasMedian = settings.rendersMedianDepth
        picks = settings.picksStrongest
        self.normals = settings.rendersNormals ? normals : nil
        channels = view.channelCount > 0 ? view.channels : nil
        channelCount = view.channelCount
        detached = settings.channelsWithoutGeometryGradient.reduce(0) {
            (0..<64).contains($1) ? $0 | 1 << UInt64($1) : $0
        }
    }

    /// The most values of a splat, and more.
    static let capacity = 72

    /// Where the normals begin among the values.
    var firstNormal: Int { hasDepth ? 1 : 0 }
    /// Where the channels begin among the values.
    var firstChannel: Int { firstNormal + (normals == nil ? 0 : 3) }

    /// The number of values of a splat.
    var count: Int { firstChannel + channelCount }

    /// The vectors that a row of pixels needs: sums of the values; median depth and the place of its
    /// splat; the largest weight and the place of its splat.
    var stateCount: Int { strongestSlot + (picks ? 2 : 0) }
    private var strongestSlot: Int { count + (hasMedian ? 2 : 0) }

    /// The vectors that a row of pixels needs in the backward pass: gradients of the values; of the
    /// median depth, and the place of its splat.
    var gradientCount: Int { count + (hasMedian ? 2 : 0) }

    /// Blends a splat into a row of pixels.
    ///
    /// - Parameters:
    ///   - place: 1 + the place of the splat in the patch's list.
    ///   - before: the transmittance before the splat.
    ///   - after: the transmittance behind it.
    @inline(__always)
    func blend(
        _ gaussian: Int, depth: Float, _ weight: Lanes, place: Float, before: Lanes, after: Lanes,
        into state: UnsafeMutablePointer<Lanes>
    ) {
        var sums = state
        if hasDepth {
            sums[0].addProduct(weight, depth)
            sums += 1
        }
        if let normals {
            for axis in 0..<3 { sums[axis].addProduct(weight, normals[3 * gaussian + axis]) }
            sums += 3
        }
        if let channels {
            let values = channels + gaussian * channelCount
            for c in 0..<channelCount { sums[c].addProduct(weight, values[c]) }
            sums += channelCount
        }
        if hasMedian {
            let isMedian = (before .> 0.5) .& (after .<= 0.5)
            sums[0].replace(with: depth, where: isMedian)
            sums[1].replace(with: place, where: isMedian)
            sums += 2
        }
        if picks {
            let isStronger = weight .> sums[0]
            sums[0].replace(with: weight, where: isStronger)
            sums[1].replace(with: place, where: isStronger)
        }
    }

    /// The places of the splats that gave the median depth.
    @inline(__always)
    func medianPlaces(_ state: UnsafePointer<Lanes>) -> Lanes { state[count + 1] }

    /// Writes what was blended at eight pixels to the planes of the target; `entries` is the patch's
    /// list.
    @inline(__always)
    func write(
        _ state: UnsafePointer<Lanes>, _ target: FrameBuffers, pixel: Int, plane: Int,
        _ columnCount: Int, _ entries: UnsafePointer<UInt32>
    ) {
        if hasDepth, let depth = target.depth {
            Splatting.write(state[0], depth + pixel, columnCount)
        }
        if normals != nil, let target = target.normals {
            for axis in 0..<3 {
                Splatting.write(
                    state[firstNormal + axis], target + axis * plane + pixel, columnCount)
            }
        }
        if let channels = target.channels {
            for c in 0..<channelCount {
                Splatting.write(
                    state[firstChannel + c], channels + c * plane + pixel, columnCount)
            }
        }
        if hasMedian, let median = target.medianDepth {
            Splatting.write(state[count], median + pixel, columnCount)
        }
        guard picks, let strongest = target.strongest else { return }
        if let weights = target.strongestWeights {
            Splatting.write(state[strongestSlot], weights + pixel, columnCount)
        }
        for lane in 0..<columnCount {
            let place = Int(state[strongestSlot + 1][lane])
            strongest[pixel + lane] =
                place == 0 ? -1 : Int32(truncatingIfNeeded: entries[place - 1])
        }
    }
}
