import Spatial

/// Sums what the tiles left of each Gaussian and turns it into gradients of raw parameters.
struct ProjectionGradientPass {
    let view: GaussianCloudView
    let frame: ProjectionFrame
    let degree: Int?
    let differentiatesViewDirection: Bool
    /// Of eight Gaussians each.
    let colourSlopes: UnsafePointer<ColourSlopes>
    let records: UnsafePointer<SplatRecord>
    let rectangles: UnsafePointer<TileRectangle>
    let sums: PairSums
    /// [N, pairStride + features]: the sums themselves, if they were added up band by band.
    let gaussianSums: UnsafePointer<Float>?
    let features: FeatureSource
    /// A block of Gaussians each.
    let viewSums: UnsafeMutablePointer<ViewSums>?
    let target: GaussianGradientBuffers

    /// The vectors of scratch memory that one worker needs: the sums of eight Gaussians, the gradients of
    /// their coefficients by columns and by rows, and the sums of their features.
    static let scratchCount =
        BlendingGradientPass.pairStride + 2 * 48 + FeatureSource.capacity

    static let grain = 512

    /// Writes the gradients of a block of Gaussians.
    func run(_ items: Range<Int>, scratch: UnsafeMutablePointer<Lanes>) {
        var viewSum = ViewSums()
        for first in stride(from: items.lowerBound, to: items.upperBound, by: 8) {
            runEight(first, count: min(8, items.upperBound - first), scratch, &viewSum)
        }
        viewSums?[items.lowerBound / Self.grain] = viewSum
        finishStreaming()
    }

    @inline(__always)
    private func runEight(
        _ first: Int, count: Int, _ scratch: UnsafeMutablePointer<Lanes>,
        _ viewSum: inout ViewSums
    ) {
        let stride = BlendingGradientPass.pairStride
        let sums = UnsafeMutableRawPointer(scratch).assumingMemoryBound(to: Float.self)
        scratch.update(repeating: Lanes(), count: stride)
        let featureSums = sums + (stride + 2 * 48) * 8
        for lane in 0..<count {
            sum(
                first + lane, into: sums + lane * stride,
                features: featureSums + lane * FeatureSource.capacity)
        }
        let (one, x, y, xx, xy, yy, red, green) = transpose(
            scratch[0], scratch[2], scratch[4], scratch[6], scratch[8], scratch[10], scratch[12],
            scratch[14])
        let (blue, marks, absoluteX, absoluteY) = transposeLowHalves(
            scratch[1], scratch[3], scratch[5], scratch[7], scratch[9], scratch[11], scratch[13],
            scratch[15])
        let touched = marks .> 0
        if !any(touched) {
            clear(first, count: count)
            return
        }

        let index = eightIndices(from: first, count: count)
        let raw = RawLanes(view, first: first, count: count)
        let splat = SplatProjection(raw, frame)
        let ownFeatures = SIMD8<Int>(0, 1, 2, 3, 4, 5, 6, 7) &* FeatureSource.capacity
        let splatSums = SplatSums(
            one: one, x: x, y: y, xx: xx, xy: xy, yy: yy,
            depth: features.hasDepth ? gather(featureSums, ownFeatures, 0) : Lanes(),
            normal: features.normals == nil
                ? LaneTriple(Lanes(), Lanes(), Lanes())
                : LaneTriple(
                    gather(featureSums, ownFeatures, features.firstNormal),
                    gather(featureSums, ownFeatures, features.firstNormal + 1),
                    gather(featureSums, ownFeatures, features.firstNormal + 2)))
        var result = splat.gradients(splatSums, raw, frame)
        let direction = differentiateColour(
            first, index, count: count, raw, LaneTriple(red, green, blue), touched,
            scratch + stride)
        if viewSums != nil {
            viewSum.add(result, direction: direction, splat, raw, frame, touched)
        }
        if !frame.isOrthographic {
            result.mean = LaneTriple(
                result.mean.x + direction.x, result.mean.y + direction.y,
                result.mean.z + direction.z)
        }

        writeTriples(result.mean.masked(touched), target.means, index, first, count: count)
        writeTriples(result.logScale.masked(touched), target.logScales, index, first, count: count)
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
            write(result.logit.masked(touched), logits + first, count)
        }
        if let means2D = target.means2D {
            scatter(result.u.masked(touched), means2D, index &* 2, 0, count: count)
            scatter(result.v.masked(touched), means2D, index &* 2, 1, count: count)
        }
        if let target = target.absoluteMeans2D {
            let floats = UnsafeRawPointer(records).assumingMemoryBound(to: Float.self)
            let curvature = gather(floats, index &* (MemoryLayout<SplatRecord>.stride / 4), 2)
            let u = absoluteX * curvature * (-2 / log2e)
            let v = absoluteY * (2 / log2e)
            scatter(u.masked(touched), target, index &* 2, 0, count: count)
            scatter(v.masked(touched), target, index &* 2, 1, count: count)
        }
    }

    /// Writes triples of consecutive Gaussians.
    @inline(__always)
    private func writeTriples(
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

    /// Adds up the pairs of a Gaussian; `features` gets the sums of its features.
    @inline(__always)
    private func sum(
        _ gaussian: Int, into sums: UnsafeMutablePointer<Float>,
        features values: UnsafeMutablePointer<Float>
    ) {
        let stride = BlendingGradientPass.pairStride
        if let gaussianSums {
            let row = gaussianSums + gaussian * (stride + features.count)
            sums.update(from: row, count: stride)
            values.update(from: row + stride, count: features.count)
        } else {
            values.update(repeating: 0, count: features.count)
            self.sums.add(
                gaussian, pairCount: rectangles[gaussian].count, to: sums, features: values)
        }
        if let channels = target.channels {
            (channels + gaussian * features.channelCount).update(
                from: values + features.firstChannel, count: features.channelCount)
        }
    }

    /// Writes the gradient of the colours, and returns what comes through the view direction: the
    /// gradient of the means, or, of an orthographic camera, that of the direction.
    @inline(__always)
    private func differentiateColour(
        _ first: Int, _ index: SIMD8<Int>, count: Int, _ raw: RawLanes, _ gradient: LaneTriple,
        _ touched: LaneMask, _ columns: UnsafeMutablePointer<Lanes>
    ) -> LaneTriple {
        let rows = index &* view.colourStride
        guard let degree else {
            writeTriples(
                gradient.masked(touched), target.colours, index, rows[0] / 3, count: count)
            return LaneTriple(Lanes(), Lanes(), Lanes())
        }
        let slopes = colourSlopes + first / 8
        let gradient = slopes.pointee.unclamped(gradient.masked(touched))
        let (direction, inverse) = viewDirection(raw, frame)
        let finite = direction.masked(touched)
        if let colours = target.colours {
            forEachSHBasis(degree: degree, finite) { k, basis, _ in
                columns[3 * k] = basis * gradient.x
                columns[3 * k + 1] = basis * gradient.y
                columns[3 * k + 2] = basis * gradient.z
            }
            writeCoefficients(columns, degree: degree, colours, rows, count: count)
        }
        guard differentiatesViewDirection else { return LaneTriple(Lanes(), Lanes(), Lanes()) }
        let slope = slopes.pointee.pull(gradient)
        // d(unit)/d(mean) = (I − unit·unitᵀ)/distance.
        let tangent = slope - finite * slope.dot(finite)
        return frame.isOrthographic ? slope : tangent * inverse.masked(touched)
    }

    /// Writes the gradients of the coefficients up to `degree`, which are columns; those beyond are 0.
    /// Behind the columns is room for as many rows.
    @inline(__always)
    private func writeCoefficients(
        _ columns: UnsafeMutablePointer<Lanes>, degree: Int,
        _ colours: UnsafeMutablePointer<Float>, _ rows: SIMD8<Int>, count: Int
    ) {
        let width = 3 * (degree + 1) * (degree + 1)
        let stride = view.colourStride
        let first = colours + rows[0]
        if count == 8 && width == stride && width % 8 == 0
            && isStreamed(colours, count: view.count * stride)
        {
            let lines = columns + width
            let floats = UnsafeMutableRawPointer(lines).assumingMemoryBound(to: Float.self)
            let rows = SIMD8<Int>(0, 1, 2, 3, 4, 5, 6, 7) &* width
            storeColumns(columns, floats, rows, width: width, count: 8)
            for i in 0..<width { lines[i].stream(to: first + 8 * i) }
            return
        }
        storeColumns(columns, colours, rows, width: width, count: count)
        if width < stride {
            for lane in 0..<count {
                (colours + rows[lane] + width).update(repeating: 0, count: stride - width)
            }
        }
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
        zero(target.absoluteMeans2D, 2)
    }
}
