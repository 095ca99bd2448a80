/// A triangle by its edge functions: the weight of vertex i at pixel (x, y), times a factor common to
/// the three, is `x`[i]·x + `y`[i]·y + `constant`[i]; the fourth lanes are 0.
struct HomogeneousTriangle: BitwiseCopyable {
    var x: SIMD4<Double>
    var y: SIMD4<Double>
    var constant: SIMD4<Double>
    /// Times the sum of the weights it gives 1/depth.
    var inverseDeterminant: Double

    /// The triangle of three homogeneous pixels (x·w, y·w, w); nil if it has no area on the image
    /// plane, or a vertex is not finite.
    @inline(__always)
    init?(_ corners: (SIMD4<Double>, SIMD4<Double>, SIMD4<Double>)) {
        let (a, b, c) = corners
        let (bc, ca, ab) = (Self.cross(b, c), Self.cross(c, a), Self.cross(a, b))
        let determinant = (a * bc).sum()
        guard determinant != 0, determinant.isFinite else { return nil }
        // Turned so that weights are positive inside; an exact operation, so that the functions of
        // an edge that two triangles share stay exact negatives.
        let sign: Double = determinant < 0 ? -1 : 1
        x = SIMD4(bc.x, ca.x, ab.x, 0) * sign
        y = SIMD4(bc.y, ca.y, ab.y, 0) * sign
        constant = SIMD4(bc.z, ca.z, ab.z, 0) * sign
        inverseDeterminant = 1 / (determinant * sign)
        guard inverseDeterminant.isFinite else { return nil }
    }

    @inline(__always)
    private static func cross(_ a: SIMD4<Double>, _ b: SIMD4<Double>) -> SIMD4<Double> {
        SIMD4(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x, 0)
    }

    /// The three weights, not yet divided by their sum.
    @inline(__always)
    func weights(x px: Double, y py: Double) -> SIMD4<Double> {
        (constant + y * py).addingProduct(x, px)
    }

    /// The tiles that may hold pixels of the triangle: those of its bounding box, or all if it
    /// passes through the plane at `near`.
    @inline(__always)
    func tiles(
        _ corners: (SIMD4<Double>, SIMD4<Double>, SIMD4<Double>), near: Double, _ grid: TileGrid
    ) -> TileRectangle {
        let depths = SIMD3(corners.0.z, corners.1.z, corners.2.z)
        if depths.max() < near || depths.max() <= 0 { return .empty }
        let all = TileRectangle(
            x: 0, y: 0, endX: UInt16(truncatingIfNeeded: grid.columns),
            endY: UInt16(truncatingIfNeeded: grid.rows))
        if depths.min() < near || depths.min() <= 0 { return all }
        let inverse = 1 / depths
        let px = SIMD3(corners.0.x, corners.1.x, corners.2.x) * inverse
        let py = SIMD3(corners.0.y, corners.1.y, corners.2.y) * inverse
        // The first and the last pixel whose centre is inside the box, with some slack.
        let slack = 1e-6
        @inline(__always)
        func range(_ low: Double, _ high: Double, _ size: Int, _ tile: Int) -> (Int, Int) {
            let first = max(0, (low - 0.5 - slack).rounded(.up))
            let last = min(Double(size - 1), (high - 0.5 + slack).rounded(.down))
            return first <= last ? (Int(first) / tile, Int(last) / tile + 1) : (0, 0)
        }
        let (x0, x1) = range(px.min(), px.max(), grid.width, MeshTilePass.tileWidth)
        let (y0, y1) = range(py.min(), py.max(), grid.height, MeshTilePass.tileHeight)
        if x0 == x1 || y0 == y1 { return .empty }
        return TileRectangle(
            x: UInt16(truncatingIfNeeded: x0), y: UInt16(truncatingIfNeeded: y0),
            endX: UInt16(truncatingIfNeeded: x1), endY: UInt16(truncatingIfNeeded: y1))
    }
}
