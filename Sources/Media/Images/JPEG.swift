import CTurboJPEG
import Foundation
import Spatial

/// Reading and writing JPEG through libturbojpeg, whose interface returns errors.
enum JPEG {
    static func decode(_ bytes: [UInt8], name: String) throws -> Raster {
        guard let handle = tjInitDecompress() else { throw outOfMemory(name) }
        defer { tjDestroy(handle) }
        // Complete but for its end marker, which some cameras leave away, a file is good; with the
        // marker in place what is missing before it shows as missing data.
        let bytes = bytes.suffix(2) == [0xff, 0xd9] ? bytes : bytes + [0xff, 0xd9]
        let size = CUnsignedLong(bytes.count)
        var (width, height, sampling, space) = (Int32(0), Int32(0), Int32(0), Int32(0))
        guard
            tjDecompressHeader3(handle, bytes, size, &width, &height, &sampling, &space) == 0
                || isHarmless(handle)
        else {
            throw damaged(handle, name, "the header of a JPEG image")
        }
        try ImageFile.check(width: Int(width), height: Int(height), name: name)

        let format: TJPF
        let channels: Int
        switch TJCS(UInt32(space)) {
        case TJCS_GRAY: (format, channels) = (TJPF_GRAY, 1)
        case TJCS_CMYK, TJCS_YCCK: (format, channels) = (TJPF_CMYK, 4)
        default: (format, channels) = (TJPF_RGB, 3)
        }
        var pixels = [UInt8](repeating: 0, count: Int(width) * Int(height) * channels)
        let flags = TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS
        guard
            tjDecompress2(
                handle, bytes, size, &pixels, width, 0, height, Int32(format.rawValue), flags) == 0
                || isHarmless(handle)
        else {
            throw damaged(handle, name, "a whole JPEG image")
        }
        if channels == 4 { pixels = rgb(fromInvertedCMYK: pixels) }
        return Raster(
            image: Image(
                width: Int(width), height: Int(height), channels: min(channels, 3),
                interleaved: pixels),
            bitDepth: 8, exif: exif(in: bytes))
    }

    static func encode(_ image: Image, quality: Int) throws -> [UInt8] {
        precondition(image.channels == 1 || image.channels == 3, "grey or RGB")
        precondition((1...100).contains(quality) && image.pixelCount > 0, "a quality of 1 to 100")
        guard image.width <= 65500, image.height <= 65500 else {
            throw MediaError.tooLarge(
                file: "The image", found: "\(image.width) × \(image.height) pixels",
                limit: "65500 pixels a side in JPEG")
        }
        guard let handle = tjInitCompress() else { throw outOfMemory("The image") }
        defer { tjDestroy(handle) }
        let isGrey = image.channels == 1
        var result: UnsafeMutablePointer<UInt8>?
        var size = CUnsignedLong(0)
        defer { tjFree(result) }
        let sampling = isGrey ? TJSAMP_GRAY : quality >= 90 ? TJSAMP_444 : TJSAMP_420
        guard
            tjCompress2(
                handle, image.interleavedBytes(), Int32(image.width), 0, Int32(image.height),
                Int32((isGrey ? TJPF_GRAY : TJPF_RGB).rawValue), &result, &size,
                Int32(sampling.rawValue), Int32(quality), TJFLAG_ACCURATEDCT) == 0,
            let result
        else {
            throw MediaError.unwritable(file: "The image", reason: message(handle))
        }
        return Array(UnsafeBufferPointer(start: result, count: Int(size)))
    }

    /// Inks to colours, (1 − C)(1 − K) and so on. JPEG files keep inks inverted, as Adobe began it:
    /// 255 is no ink.
    private static func rgb(fromInvertedCMYK pixels: [UInt8]) -> [UInt8] {
        var rgb: [UInt8] = []
        rgb.reserveCapacity(pixels.count / 4 * 3)
        for i in stride(from: 0, to: pixels.count, by: 4) {
            let black = Int(pixels[i + 3])
            for c in 0..<3 { rgb.append(UInt8((Int(pixels[i + c]) * black + 127) / 255)) }
        }
        return rgb
    }

    /// The TIFF structure of the APP1 segment that begins with "Exif".
    private static func exif(in bytes: [UInt8]) -> ArraySlice<UInt8>? {
        let mark = Array("Exif\0\0".utf8)
        var at = 2
        while at + 4 <= bytes.count, bytes[at] == 0xff {
            let marker = bytes[at + 1]
            // Padding, and markers that stand alone.
            if marker == 0xff || marker == 1 || (0xd0...0xd8).contains(marker) {
                at += marker == 0xff ? 1 : 2
                continue
            }
            // After the start of scan there are only pixels.
            if marker == 0xda || marker == 0xd9 { return nil }
            let length = Int(bytes[at + 2]) << 8 | Int(bytes[at + 3])
            guard length >= 2, at + 2 + length <= bytes.count else { return nil }
            let body = bytes[at + 4..<at + 2 + length]
            if marker == 0xe1, body.starts(with: mark) { return body.dropFirst(mark.count) }
            at += 2 + length
        }
        return nil
    }

    /// Whether the last failure is only that bytes stand between two segments. All other warnings
    /// mean lost pixels.
    private static func isHarmless(_ handle: tjhandle) -> Bool {
        tjGetErrorCode(handle) == Int32(TJERR_WARNING.rawValue)
            && message(handle).contains("extraneous bytes before marker")
    }

    private static func message(_ handle: tjhandle) -> String {
        String(cString: tjGetErrorStr2(handle)).split(whereSeparator: \.isNewline)
            .joined(separator: " ")
    }

    private static func damaged(
        _ handle: tjhandle, _ name: String, _ expected: String
    ) -> MediaError {
        .damaged(
            file: name, found: "pixels that cannot be decoded (\(message(handle)))",
            expected: expected)
    }

    private static func outOfMemory(_ name: String) -> MediaError {
        .unreadable(file: name, reason: "out of memory")
    }
}

extension Image {
    /// The bytes of a JPEG image of 1 or 3 channels, without subsampled colour from quality 90 on.
    ///
    /// - Parameter quality: 1 to 100.
    /// - Throws: `MediaError.tooLarge` where a side passes 65500 pixels.
    public func jpegBytes(quality: Int = 90) throws -> [UInt8] {
        try JPEG.encode(self, quality: quality)
    }

    /// Writes a JPEG image; see `jpegBytes(quality:)`.
    ///
    /// - Throws: Also as `AtomicFile.write(to:overwrite:_:)`.
    public func writeJPEG(to url: URL, quality: Int = 90, overwrite: Bool) throws {
        try AtomicFile.write(jpegBytes(quality: quality), to: url, overwrite: overwrite)
    }
}
