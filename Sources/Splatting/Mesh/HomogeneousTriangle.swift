/// A triangle by its edge functions: the weight of vertex i at pixel (x, y), times a factor common to
/// the three, is `x`[i]·x + `y`[i]·y + `constant`[i]; the fourth lanes are 0.
struct HomogeneousTriangle: BitwiseCopyable {
    var x: SIMD4<Double>
    var y: SIMD4<Double>
    var constant: SIMD4<Double>
    /// Times the sum of the weights it gives 1/depth.
    var inverseDeterminant: Double
    /// Divided by the sum of the weights it gives the depth.
    var determinant: Double
    /// The pixels that may be inside: columns and rows from the first up to the one before the last.
    var columns = SIMD2<Int32>(0, 0)
    var rows = SIMD2<Int32>(0, 0)

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
        self.determinant = determinant * sign
        inverseDeterminant = 1 / self.determinant
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

    /// The largest 1/depth inside the triangle of these corners, or a little more.
    @inline(__always)
    static func nearest(
        _ corners: (SIMD4<Double>, SIMD4<Double>, SIMD4<Double>), near: Double
    ) -> Float {
        let depth = min(corners.0.z, min(corners.1.z, corners.2.z))
        // Rounding of the edge functions stays within the slack.
        return depth >= near && depth > 0 ? Float(1 / depth * (1 + 1e-6)) : .infinity
    }

    /// Sets the pixels that may be inside: those of the bounding box on the image, or all if the
    /// triangle passes through the plane at `near`; returns their tiles.
    @inline(__always)
    mutating func bound(
        _ corners: (SIMD4<Double>, SIMD4<Double>, SIMD4<Double>), near: Double, _ grid: TileGrid
    ) -> TileRectangle {
        let (z0, z1, z2) = (corners.0.z, corners.1.z, corners.2.z)
        let (nearest, farthest) = (min(z0, min(z1, z2)), max(z0, max(z1, z2)))
        if farthest < near || farthest <= 0 { return .empty }
        columns = SIMD2(0, Int32(truncatingIfNeeded: grid.width))
        rows = SIMD2(0, Int32(truncatingIfNeeded: grid.height))
        if nearest >= near && nearest > 0 {
            let (x0, x1, x2) = (corners.0.x / z0, corners.1.x / z1, corners.2.x / z2)
            let (y0, y1, y2) = (corners.0.y / z0, corners.1.y / z1, corners.2.y / z2)
            columns = Self.centres(min(x0, min(x1, x2)), max(x0, max(x1, x2)), grid.width)
            rows = Self.centres(min(y0, min(y1, y2)), max(y0, max(y1, y2)), grid.height)
        }
        if columns.x >= columns.y || rows.x >= rows.y { return .empty }
        @inline(__always)
        func tile(_ pixel: Int32, _ size: Int) -> UInt16 { UInt16(Int(pixel) / size) }
        return TileRectangle(
            x: tile(columns.x, MeshTilePass.tileWidth), y: tile(rows.x, MeshTilePass.tileHeight),
            endX: tile(columns.y - 1, MeshTilePass.tileWidth) + 1,
            endY: tile(rows.y - 1, MeshTilePass.tileHeight) + 1)
    }

    /// The pixels whose centres lie in low…high, with some slack.
    @inline(__always)
    private static func centres(_ low: Double, _ high: Double, _ size: Int) -> SIMD2<Int32> {
        let slack = 1e-6
        let first = max(0, min(Double(size), (low - 0.5 - slack).rounded(.up)))
        let end = max(0, min(Double(size), (high - 0.5 + slack).rounded(.down) + 1))
        return SIMD2(Int32(first), Int32(end))
    }
}
