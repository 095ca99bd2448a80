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
        let colour: PNG.Colour = [.grey, .greyAlpha, .rgb, .rgba][channels - 1]
        let pixels: [UInt8]
        if bitDepth == 8 {
            pixels = interleavedBytes()
        } else {
            pixels = interleavedWords().map(\.bigEndian).withUnsafeBytes { Array($0) }
        }
        var header: [UInt8] = []
        header.append(integer: UInt32(width).bigEndian)
        header.append(integer: UInt32(height).bigEndian)
        header += [UInt8(bitDepth), colour.rawValue, 0, 0, 0]
        let filtered = PNG.filter(
            pixels, rows: height, pixelBytes: channels * bitDepth / 8)
        var bytes = PNG.signature
        PNG.append("IHDR", header, to: &bytes)
        let data = Zlib.deflate(filtered, level: compression, wrapping: .zlib, strategy: .filtered)
        // Chunks hold less than 2³¹ bytes.
        var start = 0
        while start < data.count {
            let end = min(data.count, start + 1 << 30)
            PNG.append("IDAT", Array(data[start..<end]), to: &bytes)
            start = end
        }
        PNG.append("IEND", [], to: &bytes)
        return bytes
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
    /// Rows with the filter each that leaves the smallest sum of absolute differences
    /// (section 12.7), its number in front.
    static func filter(_ pixels: [UInt8], rows: Int, pixelBytes: Int) -> [UInt8] {
        let length = pixels.count / rows
        return [UInt8](unsafeUninitializedCapacity: (length + 1) * rows) { buffer, count in
            nonisolated(unsafe) let target = buffer
            pixels.withUnsafeBufferPointer { pixels in
                nonisolated(unsafe) let pixels = pixels
                parallelFor(rows, grain: 32) { block, _ in
                    let empty = [UInt8](repeating: 0, count: length)
                    var (sub, up, nearest) = (empty, empty, empty)
                    for y in block {
                        let row = slice(pixels, y, length)
                        let above = y == 0 ? nil : slice(pixels, y - 1, length)
                        difference(row, above, pixelBytes, &sub, &up, &nearest)
                        var best = (filter: UInt8(1), cost: cost(sub))
                        if above != nil {
                            for (filter, bytes) in [(UInt8(2), up), (4, nearest)] {
                                let next = cost(bytes)
                                if next < best.cost { best = (filter, next) }
                            }
                        }
                        let chosen = best.filter == 1 ? sub : best.filter == 2 ? up : nearest
                        let start = y * (length + 1)
                        target[start] = best.filter
                        for i in 0..<length { target[start + 1 + i] = chosen[i] }
                    }
                }
            }
            count = buffer.count
        }
    }

    /// What the filters 1, 2 and 4 leave of a row.
    private static func difference(
        _ row: UnsafeBufferPointer<UInt8>, _ above: UnsafeBufferPointer<UInt8>?, _ pixel: Int,
        _ sub: inout [UInt8], _ up: inout [UInt8], _ nearest: inout [UInt8]
    ) {
        for i in 0..<min(pixel, row.count) { sub[i] = row[i] }
        for i in stride(from: pixel, to: row.count, by: 1) { sub[i] = row[i] &- row[i - pixel] }
        guard let above else { return }
        for i in 0..<row.count { up[i] = row[i] &- above[i] }
        for i in 0..<min(pixel, row.count) { nearest[i] = up[i] }
        for i in stride(from: pixel, to: row.count, by: 1) {
            nearest[i] = row[i] &- paeth(row[i - pixel], above[i], above[i - pixel])
        }
    }

    private static func slice(
        _ pixels: UnsafeBufferPointer<UInt8>, _ row: Int, _ length: Int
    ) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: pixels[row * length..<(row + 1) * length])
    }

    private static func cost(_ bytes: [UInt8]) -> Int {
        var sum = 0
        for byte in bytes { sum += Int(Int8(bitPattern: byte).magnitude) }
        return sum
    }

    static func append(_ type: String, _ body: [UInt8], to bytes: inout [UInt8]) {
        let typed = Array(type.utf8) + body
        bytes.append(integer: UInt32(body.count).bigEndian)
        bytes += typed
        bytes.append(integer: Zlib.crc32(typed).bigEndian)
    }
}
