import Foundation
import Spatial

/// How well a clip is explained through lenses of different fields of view, and which that makes the
/// likeliest.
///
/// Lenses are told by the strength of perspective, in which the loss of a fit is about a parabola: the
/// tangent of half the field of view along the picture's longer side.
struct LensCurve {
    /// Before anything is seen: 62°, between the main and the front camera of phones.
    static let likely: Float = 0.6
    /// The lenses that are tried, outward from the likely one: 62° to 37° and to 95°.
    static let tries: [[Float]] = [[0.6], [0.444, 0.33], [0.81, 1.09]]
    /// In what share losses differ that tell nothing: fits end a little beside their best.
    private static let noise: Float = 0.02
    /// How much, in the same share, a lens has to explain to be farther from the likely one by 30 %.
    private static let prior: Float = 0.003

    /// A strength of perspective, and between which ones the clip does not choose.
    struct Estimate {
        var strength: Float
        var range: ClosedRange<Float>
    }

    /// What was tried, and the loss of the fit.
    private(set) var points: [(strength: Float, loss: Float)] = []

    mutating func add(_ strength: Float, loss: Float) { points.append((strength, loss)) }

    private var least: Float { points.map(\.loss).min() ?? 0 }

    /// Whether a loss is so far above the best that farther lenses need no try.
    func isHopeless(_ loss: Float) -> Bool {
        loss > least * (1 + 4 * Self.noise)
    }

    /// The likeliest lens, and those between which the clip does not choose.
    var estimate: Estimate {
        let (low, high) = (points.map(\.strength).min() ?? 1, points.map(\.strength).max() ?? 1)
        let parabola = self.parabola
        let grid = (0...200).map { low * pow(high / low, Float($0) / 200) }
        func loss(_ t: Float) -> Float {
            let off = log(t / Self.likely) / 0.3
            return parabola(t) + Self.prior * least * off * off
        }
        let best = grid.min { loss($0) < loss($1) } ?? Self.likely
        let bottom = grid.map(parabola).min() ?? 0
        let good = grid.filter { parabola($0) < bottom + Self.noise * least } + [best]
        return Estimate(strength: best, range: good.min()!...good.max()!)
    }

    /// The parabola through the tries: least squares, in which what explains badly counts little.
    private var parabola: (Float) -> Float {
        let least = self.least
        let noise = Double(max(Self.noise * least, 1e-9))
        var (normal, right) = ([Double](repeating: 0, count: 9), [Double](repeating: 0, count: 3))
        for (t, loss) in points {
            let (u, above) = (Double(t - Self.likely), Double(loss - least))
            let weight = 1 / (pow(noise, 2) + pow(0.5 * above, 2))
            let row = [1, u, u * u]
            for i in 0..<3 {
                for j in 0..<3 { normal[3 * i + j] += weight * row[i] * row[j] }
                right[i] += weight * row[i] * above
            }
        }
        // Three tries at least make it regular.
        let c = solveLinearSystem(normal, right, unknowns: 3) ?? [0, 0, 0]
        return { t in
            let u = Double(t - Self.likely)
            return Float(c[0] + u * (c[1] + u * c[2]))
        }
    }
}
