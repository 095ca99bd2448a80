import Media
import Spatial

extension Image {
    /// The image at another size, each pixel the nearest one.
    func nearest(width newWidth: Int, height newHeight: Int) -> Image {
        var result = Image(width: newWidth, height: newHeight, channels: channels)
        let columns = (0..<newWidth).map { (2 * $0 + 1) * width / (2 * newWidth) }
        for channel in 0..<channels {
            for y in 0..<newHeight {
                let source = (channel * height + (2 * y + 1) * height / (2 * newHeight)) * width
                let target = (channel * newHeight + y) * newWidth
                for x in 0..<newWidth {
                    result.samples[target + x] = samples[source + columns[x]]
                }
            }
        }
        return result
    }

    /// Unit normals from their colours (n + 1)/2; black is none.
    func normalsFromColours() -> Image {
        var result = self
        for i in 0..<pixelCount {
            let c = rgb(x: i % width, y: i / width)
            let n = c == .zero ? .zero : (2 * c - 1).normalized
            for axis in 0..<3 { result.samples[axis * pixelCount + i] = n[axis] }
        }
        return result
    }

    /// Vectors with y and z the other way.
    func turned() -> Image {
        var result = self
        for i in pixelCount..<3 * pixelCount { result.samples[i] = -result.samples[i] }
        return result
    }

    /// The image in an array of H×W, H×W×C or C×H×W numbers, C at most 4.
    ///
    /// - Throws: `MediaError.unsupported` for another shape; `MediaError.tooLarge`.
    init(array: NumPyArray, name: String) throws {
        guard let tensor = array.tensor, (2...3).contains(tensor.shape.count) else {
            throw MediaError.unsupported(
                file: name, found: "an array of another shape",
                expected: "one of height × width × channels numbers")
        }
        let shape = tensor.shape
        let channelsLast = shape.count == 2 || (1...4).contains(shape[2])
        let (height, width, channels) =
            shape.count == 2
            ? (shape[0], shape[1], 1)
            : channelsLast ? (shape[0], shape[1], shape[2]) : (shape[1], shape[2], shape[0])
        guard height > 0, width > 0, (1...4).contains(channels), width <= 1 << 16,
            height <= 1 << 16, width * height <= ImageFile.pixelLimit
        else {
            throw MediaError.unsupported(
                file: name, found: "an array of the shape \(shape)",
                expected: "one of height × width × channels numbers")
        }
        let values = tensor.floats()
        guard shape.count == 3, channelsLast, channels > 1 else {
            self.init(width: width, height: height, channels: channels, samples: values)
            return
        }
        self.init(width: width, height: height, channels: channels)
        for channel in 0..<channels {
            for i in 0..<pixelCount {
                samples[channel * pixelCount + i] = values[i * channels + channel]
            }
        }
    }
}
