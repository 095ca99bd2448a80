import Foundation
import Spatial
import Testing

@testable import Torch

/// The fused loss against the same formula in torch's own operations.
@Suite struct PhotometricLossTests {
    /// 0.8·L1 + 0.2·(1 − SSIM), weighted, by convolutions.
    private func reference(_ image: Tensor, _ target: Tensor, weights: Tensor) -> Tensor {
        func blurred(_ image: Tensor) -> Tensor {
            let taps = (-5...5).map { exp(-Double($0 * $0) / 4.5) }
            let sum = taps.reduce(0, +)
            let window = Tensor(taps.map { $0 / sum })
            let row = window.reshaped(1, 1, 1, 11).tiled(3, 1, 1, 1)
            return image.unsqueezed(0)
                .conv2d(row, padding: Size2(0, 5), groups: 3)
                .conv2d(row.transposed(), padding: Size2(5, 0), groups: 3).squeezed(0)
        }
        let (meanA, meanB) = (blurred(image), blurred(target))
        let varianceA = blurred(image * image) - meanA * meanA
        let varianceB = blurred(target * target) - meanB * meanB
        let covariance = blurred(image * target) - meanA * meanB
        let similarity =
            (2 * meanA * meanB + 0.0001) * (2 * covariance + 0.0009)
            / ((meanA * meanA + meanB * meanB + 0.0001) * (varianceA + varianceB + 0.0009))
        let perPixel = 0.8 * (image - target).abs() + 0.2 * (1 - similarity)
        return (perPixel * weights).sum() / (3 * weights.sum())
    }

    @Test(arguments: [(7, 5), (64, 33), (40, 71)])
    func agreesWithTorchInValueAndGradient(size: (Int, Int)) throws {
        let generator = RandomGenerator(seed: 7)
        let shape = [3, size.0, size.1]
        let target = Tensor.uniform(shape, using: generator)
        let weights = Tensor.uniform(Array(shape.dropFirst()), using: generator)
        let start = Tensor.uniform(shape, using: generator)

        let image = start.cloned().requiringGrad()
        let loss = PhotometricLoss.evaluate(image, target, weights: weights)
        try (loss * 3).backward()

        let exact = start.converted(to: .float64).requiringGrad()
        let expected = reference(
            exact, target.converted(to: .float64), weights: weights.converted(to: .float64))
        try (expected * 3).backward()

        #expect(abs(loss.item() - expected.item()) < 1e-5)
        let error = (image.grad!.converted(to: .float64) - exact.grad!).abs().max().item()
        let scale = exact.grad!.abs().max().item()
        #expect(error < 2e-3 * scale)
    }

    @Test func doesNotDependOnTheNumberOfThreads() {
        let generator = RandomGenerator(seed: 3)
        let (image, target) = (
            Tensor.uniform([3, 90, 50], using: generator),
            Tensor.uniform([3, 90, 50], using: generator)
        )
        let weights = Tensor.ones([90, 50])
        let many = PhotometricLoss.evaluate(image, target, weights: weights).item()
        let one = Threads.single {
            PhotometricLoss.evaluate(image, target, weights: weights).item()
        }
        #expect(many == one)
    }
}
