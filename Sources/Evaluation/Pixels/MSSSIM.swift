import Foundation
import Spatial
import Torch

/// Multi-scale structural similarity (Wang, Simoncelli and Bovik 2003): contrast and structure at five
/// scales, luminance at the coarsest, weighted as in the paper; windows and constants as in `SSIM`.
///
/// As torchmetrics computes it: contrast is the mean over windows inside the image, the similarity at
/// the coarsest scale that over all pixels of the image mirrored about its border pixels; negative
/// means count as 0, and each halving is a mean of 2×2 pixels.
public enum MSSSIM {
    /// The exponents of the scales, the finest first.
    static let weights = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333]
    /// The least width and height: the window has to fit the coarsest scale.
    public static let leastSize = 11 * 16

    /// The similarity of two images of at least `leastSize` pixels each way.
    ///
    /// - Parameters:
    ///   - image: H×W, any number of channels, 0…1.
    ///   - reference: the same size.
    /// - Returns: 0…1, 1 where the images are equal; NaN where they are too small.
    public static func evaluate(_ image: Image, _ reference: Image) -> Double {
        requireSameSize(image, reference, nil)
        guard min(image.width, image.height) >= leastSize else { return .nan }
        return noGrad {
            var (x, y) = (Tensor(batchOf: image, .float64), Tensor(batchOf: reference, .float64))
            var result = 1.0
            for (scale, weight) in weights.enumerated() {
                let isLast = scale == weights.count - 1
                let term = isLast ? similarity(mirrored(x), mirrored(y)) : contrast(x, y)
                result *= pow(max(term.mean().item(as: Double.self), 0), weight)
                if !isLast { (x, y) = (x.avgPool2d(2), y.avgPool2d(2)) }
            }
            return result
        }
    }

    /// Contrast and structure at each place of the window.
    private static func contrast(_ x: Tensor, _ y: Tensor) -> Tensor {
        let (meanX, meanY) = (blurred(x), blurred(y))
        let varianceX = (blurred(x * x) - meanX * meanX).relu()
        let varianceY = (blurred(y * y) - meanY * meanY).relu()
        let covariance = blurred(x * y) - meanX * meanY
        return (covariance * 2 + c2) / (varianceX + varianceY + c2)
    }

    private static func similarity(_ x: Tensor, _ y: Tensor) -> Tensor {
        let (meanX, meanY) = (blurred(x), blurred(y))
        let luminance = (meanX * meanY * 2 + c1) / (meanX * meanX + meanY * meanY + c1)
        return luminance * contrast(x, y)
    }

    private static func mirrored(_ x: Tensor) -> Tensor { x.padded([5, 5, 5, 5], .reflect) }

    private static func blurred(_ values: Tensor) -> Tensor {
        // Channels as a batch: one window for all.
        values.transposed(0, 1).conv2d(window.reshaped(1, 1, 1, 11))
            .conv2d(window.reshaped(1, 1, 11, 1))
    }

    private static let (c1, c2) = (0.01 * 0.01, 0.03 * 0.03)

    private static var window: Tensor {
        let weights = (-5...5).map { exp(-Double($0 * $0) / (2 * 1.5 * 1.5)) }
        let sum = weights.reduce(0, +)
        return Tensor(weights.map { $0 / sum })
    }
}
