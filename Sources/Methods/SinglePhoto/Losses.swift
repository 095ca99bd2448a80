import Foundation
import Spatial
import Torch

/// The losses of the photometric stage.
enum Losses {
    /// 0.8·L1 + 0.2·(1 − SSIM) as in 3D Gaussian Splatting (Kerbl et al. 2023, eq. 7), each pixel
    /// times its weight, over the sum of the weights.
    ///
    /// - Parameters:
    ///   - image: [1, 3, H, W].
    ///   - target: [1, 3, H, W].
    ///   - weights: [1, 1, H, W].
    static func photometric(_ image: Tensor, _ target: Tensor, weights: Tensor) -> Tensor {
        let total = weights.sum() * 3
        let l1 = ((image - target).abs() * weights).sum() / total
        let dissimilarity = ((1 - structuralSimilarity(image, target)) * weights).sum() / total
        return 0.8 * l1 + 0.2 * dissimilarity
    }

    /// The SSIM map [1, 3, H, W] (Wang et al. 2004): an 11×11 Gaussian window of σ 1.5, zeros outside.
    static func structuralSimilarity(_ a: Tensor, _ b: Tensor) -> Tensor {
        let both = Tensor.cat([a, b, a * a, b * b, a * b], 1)
        let parts = blurred(both).chunked(5, 1)
        let (meanA, meanB) = (parts[0], parts[1])
        let varianceA = parts[2] - meanA * meanA
        let varianceB = parts[3] - meanB * meanB
        let covariance = parts[4] - meanA * meanB
        let (c1, c2) = (0.0001, 0.0009)
        return (2 * meanA * meanB + c1) * (2 * covariance + c2)
            / ((meanA * meanA + meanB * meanB + c1) * (varianceA + varianceB + c2))
    }

    private static func blurred(_ image: Tensor) -> Tensor {
        let taps = (-5...5).map { exp(-Float($0 * $0) / 4.5) }
        let sum = taps.reduce(0, +)
        let channels = image.size(1)
        let window = Tensor(taps.map { $0 / sum })
        let row = window.reshaped(1, 1, 1, 11).tiled(channels, 1, 1, 1)
        let column = window.reshaped(1, 1, 11, 1).tiled(channels, 1, 1, 1)
        return image.conv2d(row, padding: Size2(0, 5), groups: channels)
            .conv2d(column, padding: Size2(5, 0), groups: channels)
    }
}
