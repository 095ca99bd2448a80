import Foundation

/// Files of one gzip stream (RFC 1952).
public enum Gzip {
    /// The content of a .gz file, its checksum verified.
    ///
    /// - Parameter limit: The greatest number of bytes that may come out.
    /// - Throws: `MediaError` where there is no such file, or it is damaged or longer than `limit`.
    public static func read(contentsOf url: URL, limit: Int = 1 << 30) throws -> [UInt8] {
        let source = try ByteSource(contentsOf: url)
        return try decompress(source.readAll(), name: source.name, limit: limit)
    }

    /// The content of a gzip stream in memory; `name` is for error messages.
    public static func decompress(
        _ bytes: [UInt8], name: String, limit: Int = 1 << 30
    ) throws -> [UInt8] {
        do {
            return try Zlib.inflate(bytes[...], limit: limit, wrapping: .gzip)
        } catch ZlibFailure.tooLong {
            throw MediaError.tooLarge(
                file: name, found: "more content than expected", limit: "\(limit) bytes")
        } catch let failure as ZlibFailure {
            throw MediaError.damaged(
                file: name, found: failure.found, expected: "a gzip stream")
        }
    }

    /// A gzip stream of bytes; level 1 is the fastest, 9 the smallest.
    public static func compress(_ bytes: [UInt8], level: Int = 6) -> [UInt8] {
        Zlib.deflate(bytes, level: level, wrapping: .gzip)
    }
}
