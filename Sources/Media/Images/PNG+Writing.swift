import CPNG
import Foundation
import Spatial

extension Image {
    /// The bytes of a PNG image of 1 to 4 channels. The same image always gives the same bytes.
    ///
    /// - Parameters:
    ///   - bitDepth: 8 or 16; samples are rounded, and clamped to 0…1.
    ///   - compression: zlib's level, 1 (fastest) to 9 (smallest).
    public func pngBytes(bitDepth: Int = 8, compression: Int = 2) -> [UInt8] {
        precondition((1...4).contains(channels) && pixelCount > 0, "an image of 1 to 4 channels")
        precondition(bitDepth == 8 || bitDepth == 16, "8 or 16 bits")
        precondition(max(width, height) < 1 << 31, "sides of less than 2³¹ pixels")
        if bitDepth == 8 {
            return PNG.encode(self, interleavedBytes(), compression: compression)
        }
        return PNG.encode(self, interleavedWords(), compression: compression)
    }

    /// Writes a PNG image; see `pngBytes(bitDepth:compression:)`.
    ///
    /// - Throws: As `AtomicFile.write(to:overwrite:_:)`.
    public func writePNG(
        to url: URL, bitDepth: Int = 8, compression: Int = 2, overwrite: Bool
    ) throws {
        try AtomicFile.write(
            pngBytes(bitDepth: bitDepth, compression: compression), to: url, overwrite: overwrite)
    }

    /// Writes a PNG (8 bits) or JPEG (quality 95, without alpha) image by the name's extension.
    ///
    /// - Throws: `MediaError.unsupported` where the extension is another one, and as
    ///   `AtomicFile.write(to:overwrite:_:)`.
    public func write(to url: URL, overwrite: Bool) throws {
        switch url.pathExtension.lowercased() {
        case "png": try writePNG(to: url, overwrite: overwrite)
        case "jpg", "jpeg":
            try (channels == 1 ? self : flattened())
                .writeJPEG(to: url, quality: 95, overwrite: overwrite)
        default:
            throw MediaError.unsupported(
                file: url.relativePath, found: "a name for an image of another format",
                expected: "a name that ends in .png or .jpg")
        }
    }
}

extension PNG {
    /// The file of an image whose samples are these, pixel by pixel.
    fileprivate static func encode<Value: FixedWidthInteger>(
        _ image: Image, _ samples: [Value], compression: Int
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        withUnsafeMutablePointer(to: &bytes) { bytes in
            var writer = LikenessPNGWriter()
            writer.width = UInt32(image.width)
            writer.height = UInt32(image.height)
            writer.channels = Int32(image.channels)
            writer.bit_depth = Int32(Value.bitWidth)
            writer.level = Int32(compression)
            writer.context = UnsafeMutableRawPointer(bytes)
            writer.sink = { context, start, count in
                context!.assumingMemoryBound(to: [UInt8].self).pointee
                    .append(contentsOf: UnsafeBufferPointer(start: start, count: count))
            }
            guard likeness_png_write(&writer, samples) else {
                // Nothing that depends on the samples fails.
                preconditionFailure("libpng is out of memory or refuses its own settings")
            }
        }
        return bytes
    }
}
