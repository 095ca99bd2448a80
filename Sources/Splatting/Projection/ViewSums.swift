import Spatial

/// Sums over Gaussians that the gradient of the view matrix is made of.
struct ViewSums: BitwiseCopyable {
    /// Of the rows of [R | t] through the projection.
    var rows = (SIMD4<Double>(), SIMD4<Double>(), SIMD4<Double>())
    /// Of the camera's centre, through the view directions.
    var position = SIMD4<Double>()

    static func += (a: inout ViewSums, b: ViewSums) {
        a.rows.0 += b.rows.0
        a.rows.1 += b.rows.1
        a.rows.2 += b.rows.2
        a.position += b.position
    }

    /// Adds eight Gaussians: a point p of camera space is R·m + t, and P has the rows
    /// j·(r₀ − slope·r₂), j = f/z.
    @inline(__always)
    mutating func add(
        _ gradients: RawLaneGradients, direction: LaneTriple, _ splat: SplatProjection,
        _ raw: RawLanes, _ frame: ProjectionFrame, _ touched: LaneMask
    ) {
        @inline(__always)
        func row(_ slope: Lanes, _ p: LaneTriple) -> SIMD4<Double> {
            let sums = LaneTriple(
                slope * raw.mx + p.x, slope * raw.my + p.y, slope * raw.mz + p.z
            ).masked(touched)
            return SIMD4<Double>(
                SIMD4(sums.x.total, sums.y.total, sums.z.total, slope.masked(touched).total))
        }
        let p0 = gradients.p0 * (splat.inverseZ * frame.fx)
        let p1 = gradients.p1 * (splat.inverseZ * frame.fy)
        var p2 = p0 * -splat.slopeX - p1 * splat.slopeY
        let through = direction.masked(touched)
        if frame.isOrthographic {
            p2 = LaneTriple(p2.x + direction.x, p2.y + direction.y, p2.z + direction.z)
        } else {
            position -= SIMD4<Double>(
                SIMD4(through.x.total, through.y.total, through.z.total, 0))
        }
        rows.0 += row(gradients.centre.x, p0)
        rows.1 += row(gradients.centre.y, p1)
        rows.2 += row(gradients.centre.z, p2)
    }

    /// Writes the gradient of the first three rows of the matrix; the centre is −Rᵀ·t.
    func write(_ camera: Camera, to target: UnsafeMutablePointer<Float>) {
        let view = camera.viewMatrix
        for (i, row) in [rows.0, rows.1, rows.2].enumerated() {
            var translation = row.w
            for j in 0..<3 {
                target[4 * i + j] = Float(row[j] - Double(view.translation[i]) * position[j])
                translation -= Double(view.linear[i, j]) * position[j]
            }
            target[4 * i + 3] = Float(translation)
        }
    }
}
