/// Draws the triangles of one tile after another into a depth buffer of the worker's own, then works
/// out the surface point of each pixel once.
///
/// Of what lies behind everything in a row of a tile nothing is worked out: where there is much to
/// draw on top of each other, the order from front to back is the fastest.
struct MeshTilePass {
    static let tileWidth = 32
    static let tileHeight = 16

    let grid: TileGrid
    let triangles: UnsafePointer<HomogeneousTriangle>
    /// The largest 1/depth of each triangle, or more.
    let nearests: UnsafePointer<Float>
    let entries: UnsafePointer<UInt32>
    let starts: UnsafePointer<UInt32>
    let largestInverseDepth: Double
    let ids: UnsafeMutablePointer<Int32>
    let barycentrics: UnsafeMutablePointer<Float>
    let depth: UnsafeMutablePointer<Float>

    /// The vectors of scratch memory that one worker needs: inverse depths, and indices.
    static let scratchCount = 2 * tileHeight * groups + (tileHeight + 3) / 4
    /// Groups of four pixels in a row of a tile.
    private static let groups = tileWidth / 4
    /// The number of triangles after which it is looked up anew what is hidden.
    private static let renewal = 24

    func run(tile: Int, scratch: UnsafeMutablePointer<SIMD4<Double>>) {
        let (row, column) = tile.quotientAndRemainder(dividingBy: grid.columns)
        let (x, y) = (column * Self.tileWidth, row * Self.tileHeight)
        let rowCount = min(Self.tileHeight, grid.height - y)
        let columnCount = min(Self.tileWidth, grid.width - x)
        let size = Self.tileHeight * Self.groups
        let inverseDepths = scratch
        // Indices as floating-point numbers: so depth and index share a mask.
        let nearest = scratch + size
        inverseDepths.update(repeating: .zero, count: size)
        nearest.update(repeating: SIMD4(repeating: -1), count: size)

        // The smallest 1/depth of each row; what is not nearer than that is hidden.
        let hidden = UnsafeMutableRawPointer(scratch + 2 * size)
            .assumingMemoryBound(to: Double.self)
        hidden.update(repeating: 0, count: Self.tileHeight)
        var (allHidden, drawn) = (0.0, 0)
        for entry in Int(starts[tile])..<Int(starts[tile + 1]) {
            let index = Int(entries[entry])
            let front = Double(nearests[index])
            if front <= allHidden { continue }
            draw(index, front: front, x: x, y: y, rowCount, hidden, inverseDepths, nearest)
            drawn += 1
            if drawn % Self.renewal == 0 {
                allHidden = Self.renew(hidden, inverseDepths, rowCount, columnCount)
            }
        }

        for r in 0..<rowCount {
            let pixel = (y + r) * grid.width + x
            for group in 0..<(columnCount + 3) / 4 {
                finish(
                    nearest[r * Self.groups + group], x: x + 4 * group, y: y + r,
                    pixel: pixel + 4 * group, count: min(4, columnCount - 4 * group))
            }
        }
    }

    /// Finds the smallest 1/depth of each row; returns that of all.
    @inline(__always)
    private static func renew(
        _ hidden: UnsafeMutablePointer<Double>, _ inverseDepths: UnsafePointer<SIMD4<Double>>,
        _ rowCount: Int, _ columnCount: Int
    ) -> Double {
        var all = Double.infinity
        // Groups that reach past the border have pixels that nothing is drawn in.
        guard columnCount % 4 == 0 else { return 0 }
        for r in 0..<rowCount {
            var least = inverseDepths[r * groups]
            for group in 1..<max(1, columnCount / 4) {
                let other = inverseDepths[r * groups + group]
                least = least.blended(with: other, where: other .< least)
            }
            hidden[r] = min(min(least.x, least.y), min(least.z, least.w))
            all = min(all, hidden[r])
        }
        return all
    }

    /// Writes `count` of four pixels, whose triangles are `nearest`.
    @inline(__always)
    private func finish(
        _ nearest: SIMD4<Double>, x: Int, y: Int, pixel: Int, count: Int
    ) {
        let plane = grid.width * grid.height
        let isDrawn = nearest .>= 0
        let any = max(max(nearest.x, nearest.y), max(nearest.z, nearest.w))
        var (b0, b1, b2) = (SIMD4<Float>(), SIMD4<Float>(), SIMD4<Float>())
        var z = SIMD4<Float>()
        if any >= 0 {
            // Pixels without a triangle go along with another's.
            @inline(__always)
            func triangle(_ lane: Int) -> UnsafePointer<HomogeneousTriangle> {
                triangles + Int(nearest[lane] >= 0 ? nearest[lane] : any)
            }
            let (t0, t1, t2, t3) = (triangle(0), triangle(1), triangle(2), triangle(3))
            let (px, py) = (Double(x) + 0.5, Double(y) + 0.5)
            let w0 = t0.pointee.weights(x: px, y: py)
            let w1 = t1.pointee.weights(x: px + 1, y: py)
            let w2 = t2.pointee.weights(x: px + 2, y: py)
            let w3 = t3.pointee.weights(x: px + 3, y: py)
            let a = SIMD4(w0.x, w1.x, w2.x, w3.x)
            let b = SIMD4(w0.y, w1.y, w2.y, w3.y)
            let c = SIMD4(w0.z, w1.z, w2.z, w3.z)
            let determinants = SIMD4(
                t0.pointee.determinant, t1.pointee.determinant, t2.pointee.determinant,
                t3.pointee.determinant)
            let inverse = 1 / (a + b + c)
            let zero = SIMD4<Double>()
            b0 = SIMD4<Float>(zero.blended(with: a * inverse, where: isDrawn))
            b1 = SIMD4<Float>(zero.blended(with: b * inverse, where: isDrawn))
            b2 = SIMD4<Float>(zero.blended(with: c * inverse, where: isDrawn))
            z = SIMD4<Float>(zero.blended(with: determinants * inverse, where: isDrawn))
        }
        let names = SIMD4<Int32>(
            Int32(nearest.x), Int32(nearest.y), Int32(nearest.z), Int32(nearest.w))
        if count == 4 {
            UnsafeMutableRawPointer(ids + pixel).storeBytes(of: names, as: SIMD4<Int32>.self)
            store(b0, barycentrics + pixel)
            store(b1, barycentrics + plane + pixel)
            store(b2, barycentrics + 2 * plane + pixel)
            store(z, depth + pixel)
            return
        }
        for lane in 0..<count {
            ids[pixel + lane] = names[lane]
            barycentrics[pixel + lane] = b0[lane]
            barycentrics[plane + pixel + lane] = b1[lane]
            barycentrics[2 * plane + pixel + lane] = b2[lane]
            depth[pixel + lane] = z[lane]
        }
    }

    /// The groups of a row that a triangle may reach, with a pixel to spare on both sides.
    ///
    /// Long thin triangles, such as hairs, cover few of the groups of their bounding boxes.
    @inline(__always)
    private static func groups(
        in range: Range<Int>, crossings: SIMD4<Double>, _ step: SIMD4<Double>
    ) -> Range<Int> {
        let far = Double(tileWidth)
        let lows = SIMD4(repeating: 0).blended(with: crossings, where: step .> 0)
        let highs = SIMD4(repeating: far).blended(with: crossings, where: step .< 0)
        let low = min(max(max(lows.x, max(lows.y, lows.z)) - 1.5, 0), far)
        let high = min(max(min(highs.x, min(highs.y, highs.z)) + 1.5, -1), far)
        let first = max(range.lowerBound, Int(low) / 4)
        return first..<max(first, min(range.upperBound, Int(high + 4) / 4))
    }

    /// Draws one triangle. 1/depth is linear on the image, and compared in the place of depth.
    @inline(__always)
    private func draw(
        _ index: Int, front: Double, x: Int, y: Int, _ rowCount: Int,
        _ hidden: UnsafePointer<Double>, _ inverseDepths: UnsafeMutablePointer<SIMD4<Double>>,
        _ nearest: UnsafeMutablePointer<SIMD4<Double>>
    ) {
        let triangle = triangles + index
        let name = SIMD4<Double>(repeating: Double(index))
        let (stepX, stepY) = (triangle.pointee.x, triangle.pointee.y)
        let constant = triangle.pointee.constant
        let factor = triangle.pointee.inverseDeterminant
        let begin = max(0, Int(triangle.pointee.columns.x) - x) / 4
        let end = (min(Self.tileWidth, Int(triangle.pointee.columns.y) - x) + 3) / 4
        // Where each edge crosses a row; worth the divisions only for triangles that are wide here.
        let isWide = end - begin > 2
        let inverseStep = isWide ? 1 / stepX : .zero
        for r in max(
            0, Int(triangle.pointee.rows.x) - y)..<min(
                rowCount, Int(triangle.pointee.rows.y) - y)
        where front > hidden[r] {
            let base = constant + stepY * (Double(y + r) + 0.5)
            let groups =
                isWide
                ? Self.groups(
                    in: begin..<end, crossings: -base * inverseStep - Double(x), stepX)
                : begin..<end
            for group in groups {
                let px = SIMD4(0.5, 1.5, 2.5, 3.5) + Double(x + 4 * group)
                let a = SIMD4(repeating: base.x).addingProduct(px, stepX.x)
                let b = SIMD4(repeating: base.y).addingProduct(px, stepX.y)
                let c = SIMD4(repeating: base.z).addingProduct(px, stepX.z)
                let inverseDepth = (a + b + c) * factor
                let place = r * Self.groups + group
                let hits =
                    (a .>= 0) .& (b .>= 0) .& (c .>= 0)
                    .& (inverseDepth .> inverseDepths[place])
                    .& (inverseDepth .<= largestInverseDepth)
                inverseDepths[place] = inverseDepths[place].blended(with: inverseDepth, where: hits)
                nearest[place] = nearest[place].blended(with: name, where: hits)
            }
        }
    }
}

@inline(__always)
private func store(_ values: SIMD4<Float>, _ target: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(target).storeBytes(of: values, as: SIMD4<Float>.self)
}

extension SIMD4<Double> {
    /// As `replacing(with:where:)`, of whose masks the compiler, for this type, makes a branch for each lane.
    @inline(__always)
    fileprivate func blended(with other: Self, where mask: SIMDMask<SIMD4<Int64>>) -> Self {
        let mask = unsafeBitCast(mask, to: SIMD4<UInt64>.self)
        let (own, other) = (
            unsafeBitCast(self, to: SIMD4<UInt64>.self),
            unsafeBitCast(other, to: SIMD4<UInt64>.self)
        )
        return unsafeBitCast(own ^ ((own ^ other) & mask), to: Self.self)
    }
}
