import Foundation
import Spatial

/// Peak signal-to-noise ratio in decibels: −10·log₁₀ of the mean squared error, for a peak of 1.
public enum PSNR {
    /// The ratio over all channels of the pixels where `mask` exceeds ½, or of all pixels.
    ///
    /// - Parameters:
    ///   - image: H×W, any number of channels, 0…1.
    ///   - reference: the same size.
    ///   - mask: one channel of the same size; nil is the full image.
    /// - Returns: decibels; infinite where the images are equal, NaN where the mask is empty.
    public static func evaluate(_ image: Image, _ reference: Image, mask: Image? = nil) -> Double {
        requireSameSize(image, reference, mask)
        let pixels = image.pixelCount
        var (sum, count) = (0.0, 0)
        image.samples.withUnsafeBufferPointer { x in
            reference.samples.withUnsafeBufferPointer { y in
                for start in stride(from: 0, to: x.count, by: max(1, pixels)) {
                    for pixel in 0..<pixels {
                        if let mask, mask.samples[pixel] <= 0.5 { continue }
                        let difference = Double(x[start + pixel]) - Double(y[start + pixel])
                        sum += difference * difference
                        count += 1
                    }
                }
            }
        }
        return -10 * log10(sum / Double(count))
    }
}

func requireSameSize(_ image: Image, _ reference: Image, _ mask: Image?) {
    precondition(
        image.width == reference.width && image.height == reference.height
            && image.channels == reference.channels, "the two images must have one size")
    if let mask {
        precondition(
            mask.width == image.width && mask.height == image.height && mask.channels >= 1,
            "the mask must have the images' size")
    }
}
