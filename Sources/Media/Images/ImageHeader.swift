import Foundation
import Spatial

/// What an image file says of itself before its pixels: cheap, for lists of many.
public struct ImageHeader: Equatable, Sendable {
    public let format: ImageFormat
    /// The size in pixels, turned upright as `ImageFile` turns it.
    public let width: Int
    public let height: Int
    /// Whether it has an alpha channel.
    public let hasAlpha: Bool
    /// As `ImageFile.focalLength35mm`.
    public let focalLength35mm: Float?

    /// Reads the header of a PNG, JPEG or WebP file, a few kilobytes of it.
    ///
    /// - Throws: `MediaError` where there is no such file, it is something else, or its header is
    ///   damaged. What follows the header is not looked at.
    public init(contentsOf url: URL) throws { try self.init(ByteSource(contentsOf: url)) }

    /// Reads the header of a file in memory; `name` is for error messages.
    public init(bytes: [UInt8], name: String) throws {
        try self.init(ByteSource(bytes, name: name))
    }

    private init(_ source: ByteSource) throws {
        let start = try source.read(at: 0, count: min(64, source.count))
        guard let format = ImageFormat(of: start) else {
            throw MediaError.unsupported(
                file: source.name, found: ImageFormat.describe(start),
                expected: ImageFormat.accepted)
        }
        self.format = format
        let found =
            switch format {
            case .png: try Self.png(source)
            case .jpeg: try Self.jpeg(source)
            case .webp: try Self.webp(source, start)
            }
        try ImageFile.check(width: found.width, height: found.height, name: source.name)
        let exif = found.exif.map { EXIF($0) } ?? EXIF()
        let isTurned = exif.orientation >= 5
        (width, height) =
            isTurned ? (found.height, found.width) : (found.width, found.height)
        hasAlpha = found.hasAlpha
        focalLength35mm = exif.focalLength35mm
    }

    private typealias Found = (width: Int, height: Int, hasAlpha: Bool, exif: ArraySlice<UInt8>?)

    private static func damaged(_ source: ByteSource) -> MediaError {
        .damaged(
            file: source.name, found: "a header that makes no sense", expected: "a whole image")
    }

    /// No note of a camera is longer.
    private static let exifLimit = 1 << 18

    private static func integer(_ bytes: some Sequence<UInt8>) -> Int {
        bytes.reduce(0) { $0 << 8 | Int($1) }
    }

    /// The chunks before the pixels.
    private static func png(_ source: ByteSource) throws -> Found {
        let head = try source.read(at: 8, count: 25)
        guard head[4..<8].elementsEqual("IHDR".utf8) else { throw damaged(source) }
        // Colour types 4 and 6 are with alpha, and a palette may have some.
        var found: Found = (
            integer(head[8..<12]), integer(head[12..<16]), head[17] & 4 != 0, nil
        )
        var position = 33
        while position + 8 <= source.count {
            let chunk = try source.read(at: position, count: 8)
            let (length, type) = (integer(chunk[..<4]), chunk[4...])
            if type.elementsEqual("IDAT".utf8) { break }
            if type.elementsEqual("tRNS".utf8) { found.hasAlpha = true }
            if type.elementsEqual("eXIf".utf8), length <= exifLimit,
                let body = try? source.read(at: position + 8, count: length)
            {
                found.exif = body[...]
            }
            position += 12 + length
        }
        return found
    }

    /// The segments before the start of a frame, or of the pixels.
    private static func jpeg(_ source: ByteSource) throws -> Found {
        var exif: ArraySlice<UInt8>?
        var position = 2
        while position + 4 <= source.count {
            let head = try source.read(at: position, count: 4)
            guard head[0] == 0xff else { throw damaged(source) }
            let marker = head[1]
            // Padding, and markers that stand alone.
            if marker == 0xff || marker == 1 || (0xd0...0xd8).contains(marker) {
                position += marker == 0xff ? 1 : 2
                continue
            }
            let length = integer(head[2...])
            guard length >= 2 else { throw damaged(source) }
            switch marker {
            case 0xc4, 0xc8, 0xcc: break
            case 0xc0...0xcf:
                let frame = try source.read(at: position + 4, count: 5)
                return (integer(frame[3..<5]), integer(frame[1..<3]), false, exif)
            case 0xe1:
                let body = try source.read(
                    at: position + 4, count: min(length - 2, source.count - position - 4))
                let mark = Array("Exif\0\0".utf8)
                if body.starts(with: mark) { exif = body.dropFirst(mark.count) }
            case 0xd9, 0xda: throw damaged(source)
            default: break
            }
            position += 2 + length
        }
        throw damaged(source)
    }

    private static func webp(_ source: ByteSource, _ start: [UInt8]) throws -> Found {
        guard let features = WebP.features(start) else { throw damaged(source) }
        // Its note stands behind the pixels.
        let exif = source.count <= 1 << 24 ? try WebP.exif(in: source.readAll()) : nil
        return (features.width, features.height, features.hasAlpha, exif)
    }
}
