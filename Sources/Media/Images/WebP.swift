import CWebP
import Spatial

/// Reading WebP through libwebp.
enum WebP {
    static func decode(_ bytes: [UInt8], name: String) throws -> Raster {
        var features = WebPBitstreamFeatures()
        let status = WebPGetFeatures(bytes, bytes.count, &features)
        guard status == VP8_STATUS_OK else { throw damaged(name, "a header that makes no sense") }
        if features.has_animation != 0 {
            throw MediaError.unsupported(
                file: name, found: "an animated WebP image", expected: ImageFormat.accepted)
        }
        let (width, height) = (Int(features.width), Int(features.height))
        try ImageFile.check(width: width, height: height, name: name)
        let channels = features.has_alpha != 0 ? 4 : 3
        var pixels = [UInt8](repeating: 0, count: width * height * channels)
        let decoder = channels == 4 ? WebPDecodeRGBAInto : WebPDecodeRGBInto
        let stride = Int32(width * channels)
        guard decoder(bytes, bytes.count, &pixels, pixels.count, stride) != nil else {
            throw damaged(name, "pixels that cannot be decoded")
        }
        return Raster(
            image: Image(width: width, height: height, channels: channels, interleaved: pixels),
            bitDepth: 8, exif: exif(in: bytes))
    }

    /// What the first bytes of a file say.
    static func features(_ start: [UInt8]) -> (width: Int, height: Int, hasAlpha: Bool)? {
        var features = WebPBitstreamFeatures()
        guard WebPGetFeatures(start, start.count, &features) == VP8_STATUS_OK else { return nil }
        return (Int(features.width), Int(features.height), features.has_alpha != 0)
    }

    /// The body of the RIFF chunk "EXIF", without the mark that some writers keep.
    static func exif(in bytes: [UInt8]) -> ArraySlice<UInt8>? {
        var reader = ByteReader(bytes, at: 12, name: "")
        while let type = try? reader.slice(4), let length = try? reader.integer(UInt32.self),
            let body = try? reader.slice(Int(length))
        {
            if type.elementsEqual("EXIF".utf8) {
                let mark = Array("Exif\0\0".utf8)
                return body.starts(with: mark) ? body.dropFirst(mark.count) : body
            }
            // Chunks are padded to an even length.
            if length % 2 == 1 { try? reader.skip(1) }
        }
        return nil
    }

    private static func damaged(_ name: String, _ found: String) -> MediaError {
        .damaged(file: name, found: found, expected: "a whole WebP image")
    }
}
