import CPNG
import Spatial

/// Reading PNG (W3C PNG, third edition) through libpng, whose `longjmp` stays within the functions
/// of `CPNG`.
enum PNG {
    static let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

    /// The last chunk, IEND.
    private static let end: [UInt8] = [0, 0, 0, 0, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82]

    static func decode(_ bytes: [UInt8], name: String) throws -> Raster {
        // A file that lost its last chunk still has all its pixels; with the chunk in place what is
        // missing before it shows.
        let bytes = bytes.suffix(end.count).elementsEqual(end) ? bytes : bytes + end
        return try bytes.withUnsafeBufferPointer { bytes in
            guard let reader = likeness_png_open(bytes.baseAddress, bytes.count) else {
                throw MediaError.unreadable(file: name, reason: "out of memory")
            }
            defer { likeness_png_close_reader(reader) }
            return try decode(reader, name: name)
        }
    }

    private static func decode(
        _ reader: UnsafeMutablePointer<LikenessPNGReader>, name: String
    ) throws -> Raster {
        guard likeness_png_read_header(reader) else {
            throw damaged(reader, name, "a header that cannot be read")
        }
        let header = reader.pointee
        let (width, height) = (Int(header.width), Int(header.height))
        let (channels, bitDepth) = (Int(header.channels), Int(header.bit_depth))
        try ImageFile.check(width: width, height: height, name: name)
        // Before any memory is taken for pixels that so few bytes cannot hold.
        let least = (width * height * bitDepth + 7) / 8
        guard least / Zlib.greatestGrowth <= header.count else {
            throw MediaError.damaged(
                file: name, found: "\(header.count) bytes",
                expected: "an image of \(width) × \(height) pixels")
        }
        let image: Image
        if header.palette != nil {
            let indices: [UInt8] = try pixels(reader, name: name)
            image = try resolve(indices, width: width, header, name: name)
        } else if header.sample_bits == 8 {
            let samples: [UInt8] = try pixels(reader, name: name)
            image = Image(width: width, height: height, channels: channels, interleaved: samples)
        } else {
            let samples: [UInt16] = try pixels(reader, name: name)
            image = Image(width: width, height: height, channels: channels, interleaved: samples)
        }
        let exif = reader.pointee.exif.map {
            Array(UnsafeBufferPointer(start: $0, count: Int(reader.pointee.exif_count)))[...]
        }
        return Raster(image: image, bitDepth: bitDepth, exif: exif)
    }

    /// The samples, pixel by pixel.
    private static func pixels<Value: FixedWidthInteger>(
        _ reader: UnsafeMutablePointer<LikenessPNGReader>, name: String
    ) throws -> [Value] {
        let size = Int(reader.pointee.width) * Int(reader.pointee.height)
        return try [Value](unsafeUninitializedCapacity: size * Int(reader.pointee.channels)) {
            guard likeness_png_read_pixels(reader, $0.baseAddress) else {
                throw damaged(reader, name, "pixels that cannot be decoded")
            }
            $1 = $0.count
        }
    }

    /// The colours of an image with a palette, RGB or RGBA.
    private static func resolve(
        _ indices: [UInt8], width: Int, _ header: LikenessPNGReader, name: String
    ) throws -> Image {
        let palette = UnsafeBufferPointer(start: header.palette, count: Int(header.palette_count))
        let alphas = UnsafeBufferPointer(
            start: header.palette_alpha, count: Int(header.palette_alpha_count))
        let highest = Int(indices.max() ?? 0)
        guard highest < palette.count else {
            throw MediaError.damaged(
                file: name, found: "a pixel of colour \(highest)",
                expected: "one of the palette's \(palette.count)")
        }
        let channels = alphas.isEmpty ? 3 : 4
        var samples: [UInt8] = []
        samples.reserveCapacity(indices.count * channels)
        for index in indices.lazy.map(Int.init) {
            samples.append(palette[index].red)
            samples.append(palette[index].green)
            samples.append(palette[index].blue)
            if channels == 4 { samples.append(index < alphas.count ? alphas[index] : 255) }
        }
        return Image(
            width: width, height: indices.count / width, channels: channels, interleaved: samples)
    }

    private static func damaged(
        _ reader: UnsafeMutablePointer<LikenessPNGReader>, _ name: String, _ found: String
    ) -> MediaError {
        let message = withUnsafeBytes(of: &reader.pointee.message) {
            String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
        return .damaged(file: name, found: "\(found) (\(message))", expected: "a whole PNG image")
    }
}
