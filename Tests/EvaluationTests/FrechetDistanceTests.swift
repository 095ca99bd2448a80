import Testing
import Torch

@testable import Evaluation

@Suite struct FrechetDistanceTests {
    /// Of normal distributions with diagonal covariances the distance is Σ (μ₁ − μ₂)² + (σ₁ − σ₂)².
    @Test func isThatOfTheClosedForm() {
        let rows: [Float] = [1, 1, 1, -1, -1, 1, -1, -1]
        let first = Tensor(rows, shape: [4, 2])
        let second =
            Tensor(rows, shape: [4, 2]) * Tensor([2, 0.5] as [Float])
            + Tensor([1, -3] as [Float])
        // The covariances are 4/3 of the squares.
        let expected = 1.0 + 9.0 + (4.0 / 3) * (1.0 + 0.25)
        #expect(abs(FrechetDistance.evaluate(first, second) - expected) < 1e-9)
    }

    @Test func isSymmetricZeroOfEqualsAndMindsCorrelation() {
        let generator = RandomGenerator(seed: 3)
        let a = Tensor.normal([200, 6], using: generator)
        let b = a.matmul(Tensor.normal([6, 6], using: generator))
        #expect(FrechetDistance.evaluate(a, a) < 1e-6)
        let (forth, back) = (FrechetDistance.evaluate(a, b), FrechetDistance.evaluate(b, a))
        #expect(forth > 1 && abs(forth - back) < 1e-6 * forth)
    }

    /// tr (Σ₁Σ₂)^½ by the eigenvalues of the product, which is not symmetric.
    @Test func traceOfTheRootIsThatOfTheProductsEigenvalues() {
        let generator = RandomGenerator(seed: 4)
        let a = Tensor.normal([50, 2], using: generator)
        let b = Tensor.normal([60, 2], using: generator).matmul(
            Tensor([1, 0.7, 0, 0.4] as [Float], shape: [2, 2]))
        func moments(_ x: Tensor) -> (mean: [Double], covariance: [Double]) {
            let values = x.array().map(Double.init)
            let count = values.count / 2
            let mean = (0..<2).map { k in
                (0..<count).reduce(0) { $0 + values[2 * $1 + k] } / Double(count)
            }
            let covariance = (0..<4).map { (i: Int) -> Double in
                var sum = 0.0
                for row in 0..<count {
                    let a = values[2 * row + i / 2] - mean[i / 2]
                    sum += a * (values[2 * row + i % 2] - mean[i % 2])
                }
                return sum / Double(count - 1)
            }
            return (mean, covariance)
        }
        let (p, q) = (moments(a), moments(b))
        // For 2 × 2 matrices tr √M = √(tr M + 2·√(det M)).
        let (s, t) = (p.covariance, q.covariance)
        let trace = s[0] * t[0] + s[1] * t[2] + s[2] * t[1] + s[3] * t[3]
        let determinant = (s[0] * s[3] - s[1] * s[2]) * (t[0] * t[3] - t[1] * t[2])
        let root = (trace + 2 * determinant.squareRoot()).squareRoot()
        let means = zip(p.mean, q.mean).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        let expected = means + s[0] + s[3] + t[0] + t[3] - 2 * root
        #expect(abs(FrechetDistance.evaluate(a, b) - expected) < 1e-6)
    }
}

@Suite struct DepthErrorTests {
    @Test func isThatOfTheDefinition() {
        let error = DepthError([1, 3, 5], [2, 3, 4])
        #expect(abs(error.absoluteRelative - (0.5 + 0 + 0.25) / 3) < 1e-9)
        #expect(abs(error.rootMeanSquare - (2.0 / 3).squareRoot()) < 1e-9)
        let part = DepthError([1, 3, 5], [2, 3, 4], where: [true, true, false])
        #expect(abs(part.absoluteRelative - 0.25) < 1e-9)
        #expect(DepthError([], []).absoluteRelative.isNaN)
    }
}
