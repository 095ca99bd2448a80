import Foundation
import Spatial

/// Structural similarity (Wang et al. 2004): an 11×11 Gaussian window of σ = 1.5, K₁ = 0.01,
/// K₂ = 0.03, for a dynamic range of 1.
public enum SSIM {
    /// The mean of the similarity map over all channels of the pixels where `mask` exceeds ½ (of all
    /// pixels without one). At the border the image is mirrored about its edge.
    ///
    /// - Parameters:
    ///   - image: H×W, any number of channels, 0…1.
    ///   - reference: the same size.
    ///   - mask: one channel of the same size; nil is the full image.
    /// - Returns: −1…1, 1 where the images are equal; NaN where the mask is empty.
    public static func evaluate(_ image: Image, _ reference: Image, mask: Image? = nil) -> Double {
        requireSameSize(image, reference, mask)
        var sum = 0.0
        var count = 0
        for channel in 0..<image.channels {
            let map = similarityMap(
                image.channels(channel..<channel + 1), reference.channels(channel..<channel + 1))
            for pixel in 0..<image.pixelCount
            where mask.map({ $0.samples[pixel] > 0.5 }) ?? true {
                sum += map[pixel]
                count += 1
            }
        }
        return sum / Double(count)
    }

    /// The similarity at each pixel of two one-channel images.
    private static func similarityMap(_ a: Image, _ b: Image) -> [Double] {
        let (x, y) = (a.samples.map(Double.init), b.samples.map(Double.init))
        func blurred(_ values: [Double]) -> [Double] {
            gaussianFiltered(values, width: a.width, height: a.height)
        }
        let (meanX, meanY) = (blurred(x), blurred(y))
        let squareX = blurred(x.map { $0 * $0 })
        let squareY = blurred(y.map { $0 * $0 })
        let product = blurred(zip(x, y).map { $0 * $1 })
        let (c1, c2) = (0.01 * 0.01, 0.03 * 0.03)
        return (0..<x.count).map { i in
            let (mx, my) = (meanX[i], meanY[i])
            let (varianceX, varianceY) = (squareX[i] - mx * mx, squareY[i] - my * my)
            let covariance = product[i] - mx * my
            return (2 * mx * my + c1) * (2 * covariance + c2)
                / ((mx * mx + my * my + c1) * (varianceX + varianceY + c2))
        }
    }

    private static let window: [Double] = {
        let weights = (-5...5).map { exp(-Double($0 * $0) / (2 * 1.5 * 1.5)) }
        let sum = weights.reduce(0, +)
        return weights.map { $0 / sum }
    }()

    private static func gaussianFiltered(_ values: [Double], width: Int, height: Int) -> [Double] {
        var rows = [Double](repeating: 0, count: values.count)
        for y in 0..<height {
            for x in 0..<width {
                var sum = 0.0
                for (k, weight) in window.enumerated() {
                    sum += weight * values[y * width + mirrored(x + k - 5, width)]
                }
                rows[y * width + x] = sum
            }
        }
        var result = [Double](repeating: 0, count: values.count)
        for y in 0..<height {
            for (k, weight) in window.enumerated() {
                let source = mirrored(y + k - 5, height) * width
                for x in 0..<width { result[y * width + x] += weight * rows[source + x] }
            }
        }
        return result
    }

    /// The index inside 0..<count that mirroring about the outer edges of the border samples gives.
    private static func mirrored(_ i: Int, _ count: Int) -> Int {
        let period = 2 * count
        let j = ((i % period) + period) % period
        return j < count ? j : period - 1 - j
    }
}
