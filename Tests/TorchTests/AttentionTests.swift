import Foundation
import Spatial
import Testing

@testable import Torch

/// The own kernel for bfloat16, where the processor has what it needs; else torch's is what is tested.
@Suite struct AttentionTests {
    /// Queries, keys and values as layers give them: heads beside each other in memory.
    private func inputs(
        batch: Int, heads: Int, queries: Int, keys: Int, depth: Int, scale: Double = 1
    ) -> [Tensor] {
        let generator = RandomGenerator(seed: 7)
        return [queries, keys, keys].map { rows in
            (Tensor.normal([batch, rows, heads * depth], using: generator) * scale)
                .converted(to: .bfloat16).reshaped(batch, rows, heads, depth).transposed(1, 2)
        }
    }

    private func exact(_ t: [Tensor]) -> Tensor {
        let wide = t.map { $0.converted(to: .float64) }
        let scores = wide[0].matmul(wide[1].transposed(2, 3)) / Double(t[0].size(3)).squareRoot()
        return scores.softmax(-1).matmul(wide[2])
    }

    private func attend(_ t: [Tensor]) -> Tensor {
        noGrad { .scaledDotProductAttention(query: t[0], key: t[1], value: t[2]) }
    }

    @Test(arguments: [
        (2, 8, 300, 300, 40), (1, 3, 64, 77, 80), (2, 2, 1, 1, 16), (1, 2, 130, 513, 64),
        (1, 1, 65, 1500, 512),
    ])
    func isTheSoftmaxOfAllScores(
        batch: Int, heads: Int, queries: Int, keys: Int, depth: Int
    ) {
        for scale in [1.0, 6] {
            let t = inputs(
                batch: batch, heads: heads, queries: queries, keys: keys, depth: depth,
                scale: scale)
            let (found, expected) = (attend(t), exact(t))
            #expect(found.dtype == .bfloat16)
            // Half a unit in the last of 8 bits, of results and of weights.
            let largest = expected.abs().max().item(as: Double.self)
            let error = (found.converted(to: .float64) - expected).abs().max().item(as: Double.self)
            #expect(error < 0.008 * largest, "\(error) of \(largest)")
        }
    }

    @Test func threadsDoNotChangeResults() {
        let t = inputs(batch: 1, heads: 3, queries: 200, keys: 600, depth: 40)
        let together = attend(t)
        let alone = Threads.single { attend(t) }
        #expect((together .== alone).all().item(as: Bool.self))
    }

    @Test func notANumberIsNotHidden() {
        let t = inputs(batch: 1, heads: 1, queries: 70, keys: 70, depth: 16)
        t[0].select(2, 3).fillInPlace(Double.nan)
        let isNumber = attend(t).isFinite
        #expect(!isNumber.select(2, 3).any().item(as: Bool.self))
        #expect(isNumber.select(2, 4).all().item(as: Bool.self))
    }

    @Test func gradientsAreTorchs() throws {
        let t = inputs(batch: 1, heads: 2, queries: 20, keys: 30, depth: 16)
        let query = t[0].cloned().requiringGrad(true)
        try Tensor.scaledDotProductAttention(query: query, key: t[1], value: t[2]).sum().backward()
        #expect(query.grad != nil)
    }
}
