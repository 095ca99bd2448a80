import Foundation
import Spatial

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The map from a tensor's elements to points of a picture, rounded as the reference rounds it.
///
/// MediaPipe has OpenCV find the perspective that takes a region's corners to the tensor's, and turn
/// it about. There is no perspective but for the rounding: products of corners are rounded to single
/// precision. That moves points by less than a millionth of a pixel, which decides about those that
/// lie halfway between two of the places where pictures are sampled, as whole lines of them can.
struct TensorMap {
    /// What each step along the tensor's x, each along its y, and its origin add to x, y and the
    /// divisor of both.
    private let across: SIMD3<Double>
    private let along: SIMD3<Double>
    private let origin: SIMD3<Double>

    /// The map for a tensor of `width`×`height` that shows `region`; nil for a region without area or
    /// that is not finite.
    init?(_ region: Region, width: Int, height: Int) {
        let degrees = Float(Double(region.rotation * 180) / .pi)
        let angle = Double(degrees) * .pi / 180
        let (cosine, sine) = (0.5 * Float(cos(angle)), 0.5 * Float(sin(angle)))
        let (centre, size) = (region.centre, region.size)
        let across = Vector2(cosine, sine) * size.x
        let along = Vector2(-sine, cosine) * size.y
        let first = centre - along - across
        let last = centre + along - across
        let corners = [last, first, 2 * centre - last, 2 * centre - first]
        let (w, h) = (Float(width), Float(height))
        let targets = [Vector2(0, h), .zero, Vector2(w, 0), Vector2(w, h)]
        var rows: [[Double]] = []
        for axis in 0..<2 {
            for (corner, target) in zip(corners, targets) {
                let point = [Double(corner.x), Double(corner.y), 1]
                let products = -corner * target[axis]
                rows.append(
                    (axis == 0 ? point + [0, 0, 0] : [0, 0, 0] + point)
                        + [Double(products.x), Double(products.y), Double(target[axis])])
            }
        }
        guard let m = Self.solution(rows) else { return nil }
        // The inverse of ((m₀ m₁ m₂), (m₃ m₄ m₅), (m₆ m₇ 1)) by cofactors.
        let determinant =
            m[0] * (m[4] - m[5] * m[7]) - m[1] * (m[3] - m[5] * m[6])
            + m[2] * (m[3] * m[7] - m[4] * m[6])
        guard determinant != 0, determinant.isFinite else { return nil }
        let part = 1 / determinant
        self.across =
            SIMD3(m[4] - m[5] * m[7], m[5] * m[6] - m[3], m[3] * m[7] - m[4] * m[6]) * part
        self.along =
            SIMD3(m[2] * m[7] - m[1], m[0] - m[2] * m[6], m[1] * m[6] - m[0] * m[7]) * part
        origin =
            SIMD3(m[1] * m[5] - m[2] * m[4], m[2] * m[3] - m[0] * m[5], m[0] * m[4] - m[1] * m[3])
            * part
    }

    /// Where the elements of line `y` from column `x` on start: to be given to `point`.
    @inline(__always)
    func start(x: Int, y: Int) -> SIMD3<Double> { across * Double(x) + along * Double(y) + origin }

    /// The point `step` columns after a start, in pixels times `factor`.
    @inline(__always)
    func point(_ step: Int, from start: SIMD3<Double>, times factor: Double) -> SIMD2<Double> {
        let place = start + across * Double(step)
        let scale = place.z != 0 ? factor / place.z : 0
        return SIMD2(place.x * scale, place.y * scale)
    }

    /// The solution of linear equations, each a row of coefficients and the right side, by elimination
    /// with pivots from columns; nil if there is none. Not `solveLinearSystem`, which rounds in another
    /// order than the reference.
    private static func solution(_ rows: [[Double]]) -> [Double]? {
        var rows = rows
        let count = rows.count
        for i in 0..<count {
            var pivot = i
            for j in i + 1..<count where abs(rows[j][i]) > abs(rows[pivot][i]) { pivot = j }
            guard abs(rows[pivot][i]) >= 100 * .ulpOfOne else { return nil }
            rows.swapAt(i, pivot)
            let factor = -1 / rows[i][i]
            for j in i + 1..<count {
                let share = rows[j][i] * factor
                for k in i + 1...count { rows[j][k] += share * rows[i][k] }
            }
        }
        var result = [Double](repeating: 0, count: count)
        for i in (0..<count).reversed() {
            var rest = rows[i][count]
            for k in i + 1..<count { rest -= rows[i][k] * result[k] }
            result[i] = rest / rows[i][i]
        }
        return result
    }
}
