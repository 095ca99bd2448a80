import Media
import Spatial

/// Which pixels papers compare, named after them.
public enum EvaluationProtocol: String, CaseIterable, Sendable {
    /// All of both pictures, over white.
    case full
    /// PSNR and SSIM of the true mask's pixels alone; the other metrics as `persona`.
    case masked
    /// All of both pictures, white outside the true mask: PERSONA's, ExAvatar's and NeuMan's.
    case persona
    /// PSNR and SSIM as `full`; LPIPS on the mask's box, 50 pixels wider, made square on white and
    /// resized to 512: DEGAS'.
    case degas

    /// What is compared of a pair.
    struct Views {
        /// For metrics of pixels, with the pixels that count.
        let pixels: (predicted: Image, truth: Image, mask: Image?)
        /// For metrics of networks.
        let patches: (predicted: Image, truth: Image)
    }

    /// Whether a mask is needed.
    public var needsMask: Bool { self != .full }

    /// - Parameters:
    ///   - predicted: three channels.
    ///   - truth: the same size.
    ///   - mask: one channel of the same size; without one all protocols are `full`.
    func views(_ predicted: Image, _ truth: Image, mask: Image?) -> Views {
        guard let mask, self != .full else {
            return Views(pixels: (predicted, truth, nil), patches: (predicted, truth))
        }
        switch self {
        case .degas:
            let patches = (Self.box(predicted, mask), Self.box(truth, mask))
            return Views(pixels: (predicted, truth, nil), patches: patches)
        case .full, .masked, .persona:
            let cut = (Self.cut(predicted, mask), Self.cut(truth, mask))
            return Views(
                pixels: self == .masked ? (predicted, truth, mask) : (cut.0, cut.1, nil),
                patches: cut)
        }
    }

    /// The picture with white outside the mask.
    private static func cut(_ image: Image, _ mask: Image) -> Image {
        image.withAlpha(
            Image(
                width: mask.width, height: mask.height, channels: 1,
                samples: mask.samples.map { $0 > 0.5 ? 1 : 0 })
        ).flattened()
    }

    /// DEGAS' square around the mask.
    private static func box(_ image: Image, _ mask: Image) -> Image {
        var (left, top, right, bottom) = (Int.max, Int.max, -1, -1)
        for y in 0..<mask.height {
            for x in 0..<mask.width where mask.samples[y * mask.width + x] > 0.5 {
                (left, right) = (min(left, x), max(right, x))
                (top, bottom) = (min(top, y), max(bottom, y))
            }
        }
        guard right >= 0 else { return image }
        let margin = 50
        (left, top) = (max(0, left - margin), max(0, top - margin))
        right = min(mask.width - 1, right + margin)
        bottom = min(mask.height - 1, bottom + margin)
        let (width, height) = (right - left + 1, bottom - top + 1)
        let side = max(width, height)
        let cut = image.cropped(x: left, y: top, width: width, height: height)
            .cropped(
                x: (width - side) / 2, y: (height - side) / 2, width: side, height: side,
                outside: 1)
        return cut.resized(width: 512, height: 512)
    }
}
