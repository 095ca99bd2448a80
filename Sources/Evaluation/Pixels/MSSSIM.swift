import Foundation
import Spatial

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
        var (x, y) = (image, reference)
        var result = 1.0
        for (scale, weight) in weights.enumerated() {
            let isLast = scale == weights.count - 1
            let means = StructuralMeans(
                x, y, border: .mirroredPixels, inset: isLast ? 0 : StructuralWindow.reach)
            result *= pow(max(isLast ? means.similarity : means.contrast, 0), weight)
            if !isLast { (x, y) = (halved(x), halved(y)) }
        }
        return result
    }

    /// Means of 2×2 pixels; an odd row or column at the end is left out.
    private static func halved(_ image: Image) -> Image {
        let (width, height, source) = (image.width / 2, image.height / 2, image.width)
        let count = width * height * image.channels
        let samples = [Float](unsafeUninitializedCapacity: count) { buffer, written in
            image.samples.withUnsafeBufferPointer { samples in
                for row in 0..<height * image.channels {
                    let (channel, y) = row.quotientAndRemainder(dividingBy: height)
                    let top = (channel * image.height + 2 * y) * source
                    for x in 0..<width {
                        let i = top + 2 * x
                        buffer[row * width + x] =
                            0.25
                            * (samples[i] + samples[i + 1] + samples[i + source]
                                + samples[i + source + 1])
                    }
                }
            }
            written = count
        }
        return Image(width: width, height: height, channels: image.channels, samples: samples)
    }
}
