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

    /// The vectors of scratch memory that one worker needs: the sums of eight Gaussians,
    /// their coefficients and the gradients of these.
    static let scratchCount = BlendingGradientPass.pairStride + 2 * 48

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
        scratch.update(repeating: Lanes(), count: stride)
        touchPairs(first, count: count)
        var isTouched = SIMD8<Int32>()
        for lane in 0..<count {
            isTouched[lane] = sumPairs(of: first + lane, into: sums + lane * stride)
        }
        if isTouched.wrappedSum() == 0 {
            clear(first, count: count)
            return
        }
        let touched = isTouched .!= 0

        let index = eightIndices(from: first, count: count)
        let raw = RawLanes(view, first: first, count: count)
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
            index, count: count, raw, colour, touched, mean: result.mean, scratch + stride)

        write(result.mean.masked(touched), target.means, index, first, count: count)
        write(result.logScale.masked(touched), target.logScales, index, first, count: count)
        if let quaternions = target.quaternions {
            let (qw, qx) = (result.qw.masked(touched), result.qx.masked(touched))
            let (qy, qz) = (result.qy.masked(touched), result.qz.masked(touched))
            if count == 8 {
                storeQuadruples((qw, qx, qy, qz), quaternions + 4 * first)
            } else {
                let rows = index &* 4
                scatter(qw, quaternions, rows, 0, count: count)
                scatter(qx, quaternions, rows, 1, count: count)
                scatter(qy, quaternions, rows, 2, count: count)
                scatter(qz, quaternions, rows, 3, count: count)
            }
        }
        if let logits = target.opacityLogits {
            scatter(result.logit.masked(touched), logits, index, 0, count: count)
        }
        if let means2D = target.means2D {
            scatter(result.u.masked(touched), means2D, index &* 2, 0, count: count)
            scatter(result.v.masked(touched), means2D, index &* 2, 1, count: count)
        }
    }

    /// Reads one number of each pair of consecutive Gaussians, so that their cache misses are under
    /// way at once.
    @inline(__always)
    private func touchPairs(_ first: Int, count: Int) {
        var sum: Float = 0
        for gaussian in first..<first + count {
            let pairCount = rectangles[gaussian].count
            if pairCount == 0 { continue }
            let block = gaussian / Rasteriser.projectionGrain
            let start = Int(pairOffsets[gaussian]) + blocks[block].firstPair
            for pair in start..<start + pairCount {
                sum += pairGradients[Int(pairPositions[pair]) * BlendingGradientPass.pairStride]
            }
        }
        withExtendedLifetime(sum) {}
    }

    /// Writes triples of consecutive Gaussians.
    @inline(__always)
    private func write(
        _ values: LaneTriple, _ target: UnsafeMutablePointer<Float>?, _ index: SIMD8<Int>,
        _ first: Int, count: Int
    ) {
        guard let target else { return }
        if count == 8 {
            storeTriples(values, target + 3 * first)
        } else {
            let rows = index &* 3
            scatter(values.x, target, rows, 0, count: count)
            scatter(values.y, target, rows, 1, count: count)
            scatter(values.z, target, rows, 2, count: count)
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
        _ touched: LaneMask, mean: LaneTriple, _ columns: UnsafeMutablePointer<Lanes>
    ) -> LaneTriple {
        let rows = index &* view.colourStride
        guard let degree else {
            write(gradient.masked(touched), target.colours, index, rows[0] / 3, count: count)
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
        let width = 3 * (degree + 1) * (degree + 1)
        let results = columns + 48
        if differentiatesViewDirection && degree > 0 {
            loadColumns(view.colours, rows, width: width, into: columns)
        }
        forEachSHBasis(degree: degree, finite) { k, basis, polynomial in
            results[3 * k] = basis * gradient.x
            results[3 * k + 1] = basis * gradient.y
            results[3 * k + 2] = basis * gradient.z
            if differentiatesViewDirection && k > 0 {
                let coefficient = LaneTriple(
                    columns[3 * k], columns[3 * k + 1], columns[3 * k + 2])
                slope.add(polynomial, times: coefficient.dot(gradient))
            }
        }
        if let colours = target.colours {
            storeColumns(results, colours, rows, width: width, count: count)
            if width < view.colourStride {
                for lane in 0..<count {
                    (colours + rows[lane] + width).update(
                        repeating: 0, count: view.colourStride - width)
                }
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
