import Testing

@testable import Rigs

struct PhenotypeWeightsTests {
    @Test func weightsOfAPhenotypeSumToOne() {
        for _ in 0..<100 {
            let values = (0..<Phenotype.count).map { _ in Float.random(in: -0.5...1.5) }
            let weights = PhenotypeWeights(phenotypes: values).values
            #expect(weights.count == 26)
            for phenotype in Phenotype.allCases where !phenotype.anchors.isEmpty {
                let first = PhenotypeWeights.first(of: phenotype)
                let own = weights[first..<first + phenotype.anchors.count]
                #expect(abs(own.reduce(0, +) - 1) < 1e-6)
                #expect(own.filter { $0 != 0 }.count <= 2)
                // The mean of the anchors is the value.
                let mean = zip(own, phenotype.anchors).map { $0 * $1 }.reduce(0, +)
                let clamped = min(
                    max(values[phenotype.rawValue], phenotype.anchors.first!),
                    phenotype.anchors.last!)
                #expect(abs(mean - clamped) < 1e-5)
            }
        }
    }

    @Test func originsAreShares() {
        var values = [Float](repeating: 0.5, count: Phenotype.count)
        func origins() -> [Float] { Array(PhenotypeWeights(phenotypes: values).values.suffix(3)) }
        let even = [Float](repeating: 1 / 3, count: 3)
        #expect(origins() == even)
        values[Phenotype.asian.rawValue] = 1.5
        #expect(origins() == [0.2, 0.6, 0.2])
        for phenotype in [Phenotype.african, .asian, .caucasian] { values[phenotype.rawValue] = 0 }
        #expect(origins() == even)
    }
}
