/// The interpolation weights of a set of phenotypes: what the blend shapes' coefficients are
/// products of.
///
/// Each anchor of each phenotype has one weight, the share of the anchor's variation in the body:
/// piecewise linear, 1 at the anchor and 0 at its neighbours ("hat functions"), so that the weights
/// of one phenotype sum to 1. The three origins' weights are their shares of their sum.
public struct PhenotypeWeights: Equatable, Sendable {
    /// The weights, one a variation, in the order of `variations`.
    public let values: [Float]

    /// The variations' names, 26 of them: those of each phenotype in the order of `Phenotype`.
    public static let variations = Phenotype.allCases.flatMap(\.variations)

    /// The first weight that belongs to a phenotype.
    public static func first(of phenotype: Phenotype) -> Int {
        Phenotype.allCases.prefix(phenotype.rawValue).reduce(0) { $0 + $1.variations.count }
    }

    /// The weights of a body.
    ///
    /// - Parameter phenotypes: 11 values in the order of `Phenotype`.
    public init(phenotypes: [Float]) {
        precondition(phenotypes.count == Phenotype.count, "one value a phenotype")
        var values: [Float] = []
        for phenotype in Phenotype.allCases where !phenotype.anchors.isEmpty {
            values += Self.hats(at: phenotypes[phenotype.rawValue], anchors: phenotype.anchors)
        }
        let origins = phenotypes[Phenotype.african.rawValue...]
        let sum = origins.reduce(0, +)
        values += origins.map {
            let share = $0 / sum
            return share.isFinite ? share : 1 / 3
        }
        self.values = values
    }

    /// The weight of each anchor for a value, which is clamped to the anchors' range.
    static func hats(at value: Float, anchors: [Float]) -> [Float] {
        var hats = [Float](repeating: 0, count: anchors.count)
        let clamped = min(max(value, anchors[0]), anchors[anchors.count - 1])
        var upper = 1
        while upper < anchors.count - 1 && anchors[upper] < clamped { upper += 1 }
        let share = (clamped - anchors[upper - 1]) / (anchors[upper] - anchors[upper - 1])
        hats[upper - 1] = 1 - share
        hats[upper] = share
        return hats
    }
}
