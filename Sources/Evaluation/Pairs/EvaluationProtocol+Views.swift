import Media
import Spatial

extension EvaluationProtocol {
    /// What is compared of a pair.
    struct Views {
        /// For metrics of pixels, with the pixels that count.
        let pixels: (predicted: Image, truth: Image, mask: Image?)
        /// For metrics of networks.
        let patches: (predicted: Image, truth: Image)
    }

    /// - Parameters:
    ///   - predicted: three channels.
    ///   - truth: the same size.
    ///   - mask: one channel of the same size; without one all protocols compare all pixels.
    func views(_ predicted: Image, _ truth: Image, mask: Image?) -> Views {
        guard let mask, needsMask else {
            return Views(pixels: (predicted, truth, nil), patches: (predicted, truth))
        }
        switch self {
        case .box:
            let box = MaskBox(mask, margin: 0)
            let cut = (box.cut(predicted), box.cut(truth))
            return Views(pixels: (cut.0, cut.1, nil), patches: cut)
        case .degas:
            let box = MaskBox(mask, margin: 50)
            let patches = (box.square(predicted, side: 512), box.square(truth, side: 512))
            return Views(pixels: (predicted, truth, nil), patches: patches)
        default:
            let cut = (Self.cut(predicted, mask), Self.cut(truth, mask))
            return Views(
                pixels: self == .masked ? (predicted, truth, mask) : (cut.0, cut.1, nil),
                patches: cut)
        }
    }

    /// The picture with white outside the mask.
    private static func cut(_ image: Image, _ mask: Image) -> Image {
        var cut = image
        let count = image.pixelCount
        for pixel in 0..<count where mask.samples[pixel] <= 0.5 {
            for channel in 0..<image.channels { cut.samples[channel * count + pixel] = 1 }
        }
        return cut
    }
}

/// The box around the pixels of a mask that exceed ½; the whole picture where there are none.
private struct MaskBox {
    private var (left, top, right, bottom) = (Int.max, Int.max, -1, -1)

    /// - Parameter margin: pixels to add on each side, within the picture.
    init(_ mask: Image, margin: Int) {
        for y in 0..<mask.height {
            for x in 0..<mask.width where mask.samples[y * mask.width + x] > 0.5 {
                (left, right) = (min(left, x), max(right, x))
                (top, bottom) = (min(top, y), max(bottom, y))
            }
        }
        if right < 0 { (left, top, right, bottom) = (0, 0, mask.width - 1, mask.height - 1) }
        (left, top) = (max(0, left - margin), max(0, top - margin))
        right = min(mask.width - 1, right + margin)
        bottom = min(mask.height - 1, bottom + margin)
    }

    private var width: Int { right - left + 1 }
    private var height: Int { bottom - top + 1 }

    func cut(_ image: Image) -> Image {
        image.cropped(x: left, y: top, width: width, height: height)
    }

    /// The box, made square on white, at another size.
    func square(_ image: Image, side: Int) -> Image {
        let whole = max(width, height)
        return cut(image)
            .cropped(
                x: (width - whole) / 2, y: (height - whole) / 2, width: whole, height: whole,
                outside: 1
            ).resized(width: side, height: side)
    }
}
