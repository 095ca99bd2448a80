import Foundation
import Spatial

/// A mixture of Gaussians in colour space: what colours a region of a picture has.
struct ColourModel {
    private struct Component {
        var weight: Float
        var mean: Vector3
        var inverse: SymmetricMatrix3
        /// log of weight / √det Σ.
        var logScale: Float
    }

    private var components: [Component] = []

    /// Fits `count` components to weighted colours by k-means, then expectation-maximisation; nil if
    /// there are too few colours. Deterministic.
    init?(colours: [Vector3], weights: [Float], components count: Int = 6, rounds: Int = 8) {
        precondition(colours.count == weights.count)
        guard colours.count >= 4 * count else { return nil }
        // Seeds: each the colour that is worst explained by those before, among a regular sample.
        let sample = stride(from: 0, to: colours.count, by: max(1, colours.count / 997))
        var seeds: [Vector3] = [colours[colours.count / 2]]
        while seeds.count < count {
            let worst = sample.max { a, b in
                weights[a] * Self.distance(colours[a], seeds)
                    < weights[b] * Self.distance(colours[b], seeds)
            }
            seeds.append(colours[worst ?? 0])
        }
        var owners = colours.map { Self.nearest($0, seeds) }
        for _ in 0..<4 {
            for k in 0..<count {
                var (sum, total) = (Vector3.zero, Float(0))
                for i in colours.indices where owners[i] == k {
                    sum += weights[i] * colours[i]
                    total += weights[i]
                }
                if total > 0 { seeds[k] = sum / total }
            }
            owners = colours.map { Self.nearest($0, seeds) }
        }
        var shares = [Float](repeating: 0, count: colours.count * count)
        for (i, owner) in owners.enumerated() { shares[i * count + owner] = 1 }
        for round in 0..<rounds {
            maximise(colours: colours, weights: weights, shares: shares, count: count)
            guard round < rounds - 1, components.count == count else { break }
            for i in colours.indices {
                let logs = components.map { Self.logDensity($0, colours[i]) }
                let best = logs.max() ?? 0
                let values = logs.map { exp($0 - best) }
                let sum = values.reduce(0, +)
                for k in 0..<count { shares[i * count + k] = values[k] / sum }
            }
        }
        if components.isEmpty { return nil }
        components.append(Self.broad(colours: colours, weights: weights))
    }

    /// One Gaussian about all colours, a tenth of the range wider than they are.
    private static func broad(colours: [Vector3], weights: [Float]) -> Component {
        let total = weights.reduce(0, +)
        let mean = zip(colours, weights).reduce(Vector3.zero) { $0 + $1.1 * $1.0 } / total
        var covariance = zip(colours, weights).reduce(SymmetricMatrix3.zero) {
            $0 + SymmetricMatrix3.outer($1.0 - mean) * ($1.1 / total)
        }
        covariance.diagonal += 1e-2
        return Component(
            weight: 0.05, mean: mean, inverse: covariance.inverse,
            logScale: log(0.05) - 0.5 * log(covariance.determinant))
    }

    private mutating func maximise(
        colours: [Vector3], weights: [Float], shares: [Float], count: Int
    ) {
        components = []
        let all = weights.reduce(0, +)
        for k in 0..<count {
            var (total, mean) = (Float(0), Vector3.zero)
            for i in colours.indices {
                let w = weights[i] * shares[i * count + k]
                total += w
                mean += w * colours[i]
            }
            guard total > 1e-4 * all else { continue }
            mean /= total
            var covariance = SymmetricMatrix3.zero
            for i in colours.indices {
                let w = weights[i] * shares[i * count + k]
                covariance = covariance + SymmetricMatrix3.outer(colours[i] - mean) * w
            }
            covariance = covariance * (1 / total)
            // A floor of 3 % of the range: light, noise and compression vary at least so much.
            covariance.diagonal += 1e-3
            components.append(
                Component(
                    weight: total / all, mean: mean, inverse: covariance.inverse,
                    logScale: log(total / all) - 0.5 * log(covariance.determinant)))
        }
    }

    /// The logarithm of the density at `colour`.
    ///
    /// A twentieth of it is broad, so that a colour that neither of two models knows goes to the
    /// nearer one: sharpening draws a seam along an edge that is brighter than either side.
    func logDensity(_ colour: Vector3) -> Float {
        var best = -Float.infinity
        for component in components { best = max(best, Self.logDensity(component, colour)) }
        var sum: Float = 0
        for component in components { sum += exp(Self.logDensity(component, colour) - best) }
        return best + log(sum)
    }

    private static func logDensity(_ c: Component, _ colour: Vector3) -> Float {
        let d = colour - c.mean
        return c.logScale - 0.5 * dot(d, c.inverse * d)
    }

    private static func distance(_ colour: Vector3, _ seeds: [Vector3]) -> Float {
        seeds.reduce(.infinity) { min($0, ($1 - colour).lengthSquared) }
    }

    private static func nearest(_ colour: Vector3, _ seeds: [Vector3]) -> Int {
        var (best, owner) = (Float.infinity, 0)
        for (k, seed) in seeds.enumerated() {
            let d = (seed - colour).lengthSquared
            if d < best { (best, owner) = (d, k) }
        }
        return owner
    }
}
