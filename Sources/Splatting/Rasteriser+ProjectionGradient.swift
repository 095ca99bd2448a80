import Spatial

/// Sums what the tiles left of each Gaussian and turns it into gradients of raw parameters.
struct ProjectionGradientPass {
    let view: GaussianCloudView
    let frame: ProjectionFrame
    let degree: Int?
    let differentiatesViewDirection: Bool
    let records: UnsafePointer<SplatRecord>
    let rectangles: UnsafePointer<TileRectangle>
    let blocks: UnsafePointer<ProjectionBlock>
    let pairOffsets: UnsafePointer<UInt32>
    let pairPositions: UnsafePointer<UInt32>
    let pairGradients: UnsafePointer<Float>
    let pairFeatures: UnsafePointer<Float>
    let pairIsTouched: UnsafePointer<UInt8>
    let features: FeatureSource
    let target: GaussianGradientBuffers

    /// The vectors of scratch memory that one worker needs: the sums of eight Gaussians.
    static let scratchCount = BlendingGradientPass.pairStride + 1

    /// Writes the gradients of a block of Gaussians.
    func run(_ items: Range<Int>, scratch: UnsafeMutablePointer<Lanes>) {
        for first in stride(from: items.lowerBound, to: items.upperBound, by: 8) {
            runEight(first, count: min(8, items.upperBound - first), scratch)
        }
    }

    @inline(__always)
    private func runEight(_ first: Int, count: Int, _ scratch: UnsafeMutablePointer<Lanes>) {
        let stride = BlendingGradientPass.pairStride
        let sums = UnsafeMutableRawPointer(scratch).assumingMemoryBound(to: Float.self)
        scratch.update(repeating: Lanes(), count: Self.scratchCount)
        var isTouched = SIMD8<Int32>()
        for lane in 0..<count {
            isTouched[lane] = sumPairs(of: first + lane, into: sums + lane * stride)
        }
        if isTouched.wrappedSum() == 0 {
            clear(first, count: count)
            return
        }
        let touched = isTouched .!= 0

        var index = SIMD8<Int>(0, 1, 2, 3, 4, 5, 6, 7) &+ first
        if count < 8 { for lane in count..<8 { index[lane] = first } }
        let raw = RawLanes(view, index)
        let splat = SplatProjection(raw, frame)
        let own = SIMD8<Int>(0, 1, 2, 3, 4, 5, 6, 7) &* stride
        let splatSums = SplatSums(
            one: gather(sums, own, 0), x: gather(sums, own, 1), y: gather(sums, own, 2),
            xx: gather(sums, own, 3), xy: gather(sums, own, 4), yy: gather(sums, own, 5),
            depth: gather(sums, own, 9))
        var result = splat.gradients(splatSums, raw, frame)
        let colour = LaneTriple(
            gather(sums, own, 6), gather(sums, own, 7), gather(sums, own, 8))
        result.mean = differentiateColour(
            index, count: count, raw, colour, touched, mean: result.mean)

        if let means = target.means {
            let rows = index &* 3
            scatter(result.mean.x.masked(touched), means, rows, 0, count: count)
            scatter(result.mean.y.masked(touched), means, rows, 1, count: count)
            scatter(result.mean.z.masked(touched), means, rows, 2, count: count)
        }
        if let logScales = target.logScales {
            let rows = index &* 3
            scatter(result.logScale.x.masked(touched), logScales, rows, 0, count: count)
            scatter(result.logScale.y.masked(touched), logScales, rows, 1, count: count)
            scatter(result.logScale.z.masked(touched), logScales, rows, 2, count: count)
        }
        if let quaternions = target.quaternions {
            let rows = index &* 4
            scatter(result.qw.masked(touched), quaternions, rows, 0, count: count)
            scatter(result.qx.masked(touched), quaternions, rows, 1, count: count)
            scatter(result.qy.masked(touched), quaternions, rows, 2, count: count)
            scatter(result.qz.masked(touched), quaternions, rows, 3, count: count)
        }
        if let logits = target.opacityLogits {
            scatter(result.logit.masked(touched), logits, index, 0, count: count)
        }
        if let means2D = target.means2D {
            scatter(result.u.masked(touched), means2D, index &* 2, 0, count: count)
            scatter(result.v.masked(touched), means2D, index &* 2, 1, count: count)
        }
    }

    /// Adds up the pairs of a Gaussian, tile by tile; returns 0 if no tile reached it.
    @inline(__always)
    private func sumPairs(of gaussian: Int, into sums: UnsafeMutablePointer<Float>) -> Int32 {
        let stride = BlendingGradientPass.pairStride
        let channels = target.channels.map { $0 + gaussian * features.channelCount }
        channels?.update(repeating: 0, count: features.channelCount)
        let pairCount = rectangles[gaussian].count
        if pairCount == 0 { return 0 }
        let first =
            Int(pairOffsets[gaussian]) + blocks[gaussian / Rasteriser.projectionGrain].firstPair
        var isTouched: Int32 = 0
        var (low, high) = (SIMD8<Float>(), SIMD4<Float>())
        for pair in first..<first + pairCount {
            let position = Int(pairPositions[pair])
            if pairIsTouched[position] == 0 { continue }
            isTouched = 1
            let source = UnsafeRawPointer(pairGradients + position * stride)
            low += source.loadUnaligned(as: SIMD8<Float>.self)
            high += source.loadUnaligned(fromByteOffset: 32, as: SIMD4<Float>.self)
            var values = pairFeatures + position * features.count
            if features.hasDepth {
                sums[9] += values[0]
                values += 1
            }
            if let channels {
                for c in 0..<features.channelCount { channels[c] += values[c] }
            }
        }
        UnsafeMutableRawPointer(sums).storeBytes(of: low, as: SIMD8<Float>.self)
        sums[8] = high[0]
        return isTouched
    }

    /// Writes the gradient of the colours, and returns the gradient of the means with what comes
    /// through the view direction added.
    @inline(__always)
    private func differentiateColour(
        _ index: SIMD8<Int>, count: Int, _ raw: RawLanes, _ gradient: LaneTriple,
        _ touched: LaneMask, mean: LaneTriple
    ) -> LaneTriple {
        let rows = index &* view.colourStride
        guard let degree else {
            if let colours = target.colours {
                scatter(gradient.x.masked(touched), colours, rows, 0, count: count)
                scatter(gradient.y.masked(touched), colours, rows, 1, count: count)
                scatter(gradient.z.masked(touched), colours, rows, 2, count: count)
            }
            return mean
        }
        // Nothing passes where the colour was clamped at 0.
        let floats = UnsafeRawPointer(records).assumingMemoryBound(to: Float.self)
        let recordRows = index &* (MemoryLayout<SplatRecord>.stride / 4)
        let gradient = LaneTriple(
            gradient.x.masked(touched .& (gather(floats, recordRows, 8) .> 0)),
            gradient.y.masked(touched .& (gather(floats, recordRows, 9) .> 0)),
            gradient.z.masked(touched .& (gather(floats, recordRows, 10) .> 0)))
        let (direction, inverse) = viewDirection(raw, from: frame.position)
        let finite = LaneTriple(
            direction.x.masked(touched), direction.y.masked(touched), direction.z.masked(touched))
        var slope = LaneTriple(Lanes(), Lanes(), Lanes())
        forEachSHBasis(degree: degree, finite) { k, basis, polynomial in
            if let colours = target.colours {
                scatter(basis * gradient.x, colours, rows, 3 * k, count: count)
                scatter(basis * gradient.y, colours, rows, 3 * k + 1, count: count)
                scatter(basis * gradient.z, colours, rows, 3 * k + 2, count: count)
            }
            if differentiatesViewDirection && k > 0 {
                let coefficient = LaneTriple(
                    gather(view.colours, rows, 3 * k), gather(view.colours, rows, 3 * k + 1),
                    gather(view.colours, rows, 3 * k + 2))
                slope.add(polynomial, times: coefficient.dot(gradient))
            }
        }
        if let colours = target.colours {
            let used = 3 * (degree + 1) * (degree + 1)
            for lane in 0..<count {
                (colours + rows[lane] + used).update(
                    repeating: 0, count: view.colourStride - used)
            }
        }
        // d(unit)/d(mean) = (I − unit·unitᵀ)/distance.
        let tangent = slope - finite * slope.dot(finite)
        return LaneTriple(
            mean.x + tangent.x * inverse, mean.y + tangent.y * inverse,
            mean.z + tangent.z * inverse)
    }

    /// Writes zeros for Gaussians that no pixel depends on.
    private func clear(_ first: Int, count: Int) {
        func zero(_ pointer: UnsafeMutablePointer<Float>?, _ stride: Int) {
            guard let pointer else { return }
            (pointer + first * stride).update(repeating: 0, count: count * stride)
        }
        zero(target.means, 3)
        zero(target.logScales, 3)
        zero(target.quaternions, 4)
        zero(target.opacityLogits, 1)
        zero(target.colours, view.colourStride)
        zero(target.means2D, 2)
    }
}
