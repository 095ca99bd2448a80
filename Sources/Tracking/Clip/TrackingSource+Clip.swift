import Foundation
import Media
import Spatial

extension TrackingSource {
    /// The size of the (first) picture, upright.
    nonisolated(nonsending) func size() async throws -> (width: Int, height: Int) {
        switch self {
        case .photo(let url): try Self.size(of: url)
        case .folder(_, let photos): try Self.size(of: photos[0])
        case .video(_, let reader): (reader.width, reader.height)
        }
    }

    private static func size(of url: URL) throws -> (width: Int, height: Int) {
        let image = try Image.read(contentsOf: url)
        return (image.width, image.height)
    }

    /// The bytes of the file, or of all photographs together: another number means another source.
    var byteCount: Int {
        func size(_ url: URL) -> Int {
            (try? FileManager.default.attributesOfItem(atPath: url.path)[.size] as? Int) ?? 0
        }
        return switch self {
        case .photo(let url), .video(let url, _): size(url)
        case .folder(_, let photos): photos.reduce(0) { $0 + size($1) }
        }
    }

    /// The focal length in pixels that a photograph's EXIF gives; nil where it does not.
    func focal(_ size: (width: Int, height: Int)) -> Float? {
        let url: URL? =
            switch self {
            case .photo(let url): url
            case .folder(_, let photos): photos.first
            case .video: nil
            }
        guard let url, let length = try? ImageFile(contentsOf: url).focalLength35mm, length > 5
        else { return nil }
        // Film of 36 × 24 mm has a diagonal of 43.27 mm.
        let (w, h) = (Float(size.width), Float(size.height))
        return length / 43.27 * (w * w + h * h).squareRoot()
    }

    /// The depth picture beside a photograph, in millimetres at the photograph's size; nil without
    /// one.
    ///
    /// me_depth.png is the depth of me.jpg. A picture of one channel of 16 bits holds millimetres. One
    /// of colour is packed as iPhones' TrueDepth recordings are: tenths of a millimetre, R · 255 + G.
    /// What is nearer than 10 cm or farther than 10 m (for TrueDepth 1 m) is not known.
    ///
    /// - Throws: `MediaError` where it cannot be read or is of another kind.
    func depth(beside file: URL?, width: Int, height: Int) throws -> Image? {
        let photo: URL? =
            switch self {
            case .photo(let url): url
            case .folder: file
            case .video: nil
            }
        guard let photo else { return nil }
        let name = photo.deletingPathExtension().lastPathComponent + Self.depthMark + ".png"
        let url = photo.deletingLastPathComponent().appendingPathComponent(name)
        guard FileManager.default.fileExists(atPath: url.path) else { return nil }
        let stored = try ImageFile(contentsOf: url)
        let image = stored.image
        var depth = Image(width: image.width, height: image.height, channels: 1)
        let count = image.pixelCount
        let isPacked = image.channels >= 3
        guard isPacked || stored.bitDepth == 16 else {
            throw MediaError.unsupported(
                file: url.relativePath, found: "\(stored.bitDepth) bits a pixel",
                expected: "depth in millimetres in 16 bits, or a TrueDepth picture in colour")
        }
        for i in 0..<count {
            let value =
                isPacked
                ? ((255 * image.samples[i]).rounded() * 255
                    + (255 * image.samples[count + i]).rounded()) / 10
                : (65535 * image.samples[i]).rounded()
            let range: ClosedRange<Float> = isPacked ? 100...1000 : 100...10000
            depth.samples[i] = range.contains(value) ? value : 0
        }
        return depth.nearest(width: width, height: height)
    }
}

extension Image {
    /// The picture at another size, each pixel the nearest one: what is not to be mixed.
    func nearest(width newWidth: Int, height newHeight: Int) -> Image {
        if (newWidth, newHeight) == (width, height) { return self }
        var result = Image(width: newWidth, height: newHeight, channels: channels)
        for channel in 0..<channels {
            for y in 0..<newHeight {
                for x in 0..<newWidth {
                    result[x, y, channel] =
                        self[
                            (2 * x + 1) * width / (2 * newWidth),
                            (2 * y + 1) * height / (2 * newHeight), channel]
                }
            }
        }
        return result
    }
}
