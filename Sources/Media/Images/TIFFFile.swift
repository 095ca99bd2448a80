import Foundation
import Spatial

/// A TIFF image of numbers that are no colours: depths as OpenCV and NumPy programs save them (TIFF 6.0).
///
/// One plane of strips, 8, 16 or 32-bit integers or 32 or 64-bit floats, uncompressed or by LZW or
/// Deflate, with or without a predictor. Photographs in TIFF are not read as images anywhere.
public struct TIFFFile: Equatable, Sendable {
    /// The samples as the file has them: integers are not scaled.
    public let image: Image

    /// Reads the first image of a file.
    ///
    /// - Throws: `MediaError` where there is no such file, it is damaged, or of a kind that is not
    ///   handled.
    public init(contentsOf url: URL) throws {
        let source = try ByteSource(contentsOf: url)
        guard source.count <= ImageFile.byteLimit else {
            throw MediaError.tooLarge(
                file: source.name, found: "\(source.count) bytes",
                limit: "\(ImageFile.byteLimit) bytes for an image")
        }
        try self.init(bytes: source.readAll(), name: source.name)
    }

    /// Reads a file in memory; `name` is for error messages.
    public init(bytes: [UInt8], name: String) throws {
        image = try TIFFDecoder(bytes, name: name).image()
    }
}

/// Reads the first directory of a TIFF file.
private struct TIFFDecoder {
    private enum Tag {
        static let width = 256
        static let height = 257
        static let bits = 258
        static let compression = 259
        static let stripOffsets = 273
        static let samples = 277
        static let rowsPerStrip = 278
        static let stripSizes = 279
        static let planes = 284
        static let predictor = 317
        static let tileWidth = 322
        static let format = 339
    }

    private let bytes: [UInt8]
    private let name: String
    private let isLittleEndian: Bool
    private var entries: [Int: [Int]] = [:]

    init(_ bytes: [UInt8], name: String) throws {
        (self.bytes, self.name) = (bytes, name)
        guard bytes.count >= 8,
            bytes.starts(with: Array("II*\0".utf8)) || bytes.starts(with: Array("MM\0*".utf8))
        else {
            throw MediaError.unsupported(
                file: name, found: ImageFormat.describe(Array(bytes.prefix(64))),
                expected: "a TIFF image")
        }
        isLittleEndian = bytes[0] == 0x49
        let start = try integer(at: 4, size: 4)
        let count = try integer(at: start, size: 2)
        for index in 0..<count {
            let at = start + 2 + 12 * index
            let (tag, type) = (try integer(at: at, size: 2), try integer(at: at + 2, size: 2))
            let items = try integer(at: at + 4, size: 4)
            guard let size = [1: 1, 3: 2, 4: 4][type], items <= bytes.count / size else { continue }
            let place = items * size <= 4 ? at + 8 : try integer(at: at + 8, size: 4)
            entries[tag] = try (0..<items).map { try integer(at: place + $0 * size, size: size) }
        }
    }

    private func integer(at offset: Int, size: Int) throws -> Int {
        guard offset >= 0, offset + size <= bytes.count else {
            throw damaged("an end after \(bytes.count) bytes")
        }
        let field = bytes[offset..<offset + size]
        return isLittleEndian
            ? field.reversed().reduce(0) { $0 << 8 | Int($1) }
            : field.reduce(0) { $0 << 8 | Int($1) }
    }

    private func damaged(_ found: String) -> MediaError {
        .damaged(file: name, found: found, expected: "a whole TIFF image")
    }

    private func value(_ tag: Int, _ standard: Int) -> Int { entries[tag]?.first ?? standard }

    func image() throws -> Image {
        let (width, height) = (value(Tag.width, 0), value(Tag.height, 0))
        try ImageFile.check(width: width, height: height, name: name)
        let channels = value(Tag.samples, 1)
        let bits = value(Tag.bits, 1)
        let isReal = value(Tag.format, 1) == 3
        guard (1...4).contains(channels), [8, 16, 32, 64].contains(bits), bits != 64 || isReal,
            !isReal || bits >= 32, value(Tag.format, 1) != 2,
            entries[Tag.bits]?.allSatisfy({ $0 == bits }) != false,
            value(Tag.planes, 1) == 1 || channels == 1, entries[Tag.tileWidth] == nil
        else {
            throw MediaError.unsupported(
                file: name,
                found: "a TIFF image of \(channels) × \(bits) bits of an unusual layout",
                expected: "unsigned integers or floats in strips")
        }
        let rowBytes = width * channels * bits / 8
        let rows = min(max(1, value(Tag.rowsPerStrip, height)), height)
        let offsets = entries[Tag.stripOffsets] ?? []
        let sizes = entries[Tag.stripSizes] ?? []
        guard offsets.count == (height + rows - 1) / rows, sizes.count == offsets.count else {
            throw damaged("\(offsets.count) strips")
        }
        var result = Image(width: width, height: height, channels: channels)
        for (strip, (offset, size)) in zip(offsets, sizes).enumerated() {
            let count = min(rows, height - strip * rows)
            guard offset >= 0, size >= 0, offset <= bytes.count, size <= bytes.count - offset else {
                throw damaged("a strip outside of the file")
            }
            var data = try unpacked(bytes[offset..<offset + size], count: count * rowBytes)
            for row in 0..<count {
                undoPredictor(&data, row * rowBytes, rowBytes, channels, bits)
                store(data, row * rowBytes, bits, isReal, strip * rows + row, &result)
            }
        }
        return result
    }

    private func unpacked(_ packed: ArraySlice<UInt8>, count: Int) throws -> [UInt8] {
        let data: [UInt8]
        switch value(Tag.compression, 1) {
        case 1: data = Array(packed.prefix(count))
        case 5: data = try TIFFLZW.decode(packed, count: count, name: name)
        case 8, 32946:
            do {
                data = try Zlib.inflate(packed, limit: count, expecting: count, wrapping: .zlib)
            } catch let failure as ZlibFailure {
                throw damaged(failure.found)
            }
        case let other:
            throw MediaError.unsupported(
                file: name, found: "a TIFF image compressed by method \(other)",
                expected: "one that is not compressed, or by LZW or Deflate")
        }
        guard data.count == count else { throw damaged("a strip of \(data.count) bytes") }
        return data
    }

    /// Undoes the differences along a row: of integers predictor 2, of the bytes of floats 3 (Adobe
    /// Photoshop TIFF Technical Note 3).
    private func undoPredictor(
        _ data: inout [UInt8], _ start: Int, _ length: Int, _ channels: Int, _ bits: Int
    ) {
        switch value(Tag.predictor, 1) {
        case 2:
            let size = bits / 8
            for at in stride(from: start + channels * size, to: start + length, by: size) {
                var carry = 0
                for byte in 0..<size {
                    let place = isLittleEndian ? byte : size - 1 - byte
                    let sum =
                        Int(data[at + place]) + Int(data[at + place - channels * size]) + carry
                    data[at + place] = UInt8(truncatingIfNeeded: sum)
                    carry = sum >> 8
                }
            }
        case 3:
            for at in start + channels..<start + length { data[at] &+= data[at - channels] }
            // The bytes stand by significance, all the highest first.
            let row = Array(data[start..<start + length])
            let (size, count) = (bits / 8, length * 8 / bits)
            for item in 0..<count {
                for byte in 0..<size {
                    let place = isLittleEndian ? size - 1 - byte : byte
                    data[start + item * size + place] = row[byte * count + item]
                }
            }
        default: break
        }
    }

    private func store(
        _ data: [UInt8], _ start: Int, _ bits: Int, _ isReal: Bool, _ y: Int,
        _ image: inout Image
    ) {
        let size = bits / 8
        for x in 0..<image.width {
            for channel in 0..<image.channels {
                let at = start + (x * image.channels + channel) * size
                var pattern: UInt64 = 0
                for byte in 0..<size {
                    pattern =
                        pattern << 8 | UInt64(data[at + (isLittleEndian ? size - 1 - byte : byte)])
                }
                image[x, y, channel] =
                    !isReal
                    ? Float(pattern)
                    : bits == 32
                        ? Float(bitPattern: UInt32(pattern)) : Float(Double(bitPattern: pattern))
            }
        }
    }
}

/// The variant of LZW that TIFF uses: codes of 9 to 12 bits, the highest bit first.
private enum TIFFLZW {
    static func decode(_ packed: ArraySlice<UInt8>, count: Int, name: String) throws -> [UInt8] {
        var output: [UInt8] = []
        // A code is 9 bits at least, and stands for at most as many bytes as there are codes.
        guard count <= packed.count * 4096 else { throw damaged(name) }
        output.reserveCapacity(count)
        // Of each code where it was put out last, and how long it is.
        var starts = [Int](repeating: 0, count: 4096)
        var lengths = [Int](repeating: 0, count: 4096)
        var (next, width) = (258, 9)
        var previous: Int?
        var (bits, available) = (0, 0)
        for byte in packed {
            bits = bits << 8 | Int(byte)
            available += 8
            guard available >= width else { continue }
            available -= width
            let code = bits >> available
            bits &= 1 << available - 1
            if code == 257 { break }
            if code == 256 {
                (next, width, previous) = (258, 9, nil)
                continue
            }
            guard code < 256 || code < next || code == next && previous != nil else {
                throw damaged(name)
            }
            let start = output.count
            if code < 256 {
                output.append(UInt8(code))
            } else {
                let (from, length) =
                    code < next
                    ? (starts[code], lengths[code]) : (previous!, start - previous! + 1)
                // Byte by byte: a new code's last byte is its first one, put out only now.
                for i in 0..<length { output.append(output[from + i]) }
            }
            if let previous, next < 4096 {
                (starts[next], lengths[next]) = (previous, start - previous + 1)
                next += 1
            }
            previous = start
            if next >= 1 << width - 1, width < 12 { width += 1 }
            if output.count >= count { break }
        }
        return Array(output.prefix(count))
    }

    private static func damaged(_ name: String) -> MediaError {
        .damaged(file: name, found: "codes that make no sense", expected: "a whole TIFF image")
    }
}
