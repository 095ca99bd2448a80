import Foundation
import Spatial
import Testing

@testable import Media

/// A file that scripts/fixtures/media_formats.py made.
func fixture(_ name: String) throws -> URL {
    let folder = try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
    return folder.appendingPathComponent(name)
}

func fixtureBytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: fixture(name)))
}

/// A folder of its own for a test, gone afterwards.
func withFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("media-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
}

/// As `withFolder`, asynchronous.
func withFolder<Result>(
    isolation: isolated (any Actor)? = #isolation, _ body: (URL) async throws -> Result
) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("media-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder)
}

/// Hands `read` cut, changed and spliced versions of a valid file: each must give a result or a
/// typed error whose description is one sentence. Returns how many were refused.
@discardableResult
func fuzz(_ valid: [UInt8], rounds: Int = 300, _ read: ([UInt8]) throws -> Void) -> Int {
    var random = SplitMix(seed: UInt64(valid.count))
    var refused = 0
    for round in 0..<rounds {
        var bytes = valid
        switch round % 4 {
        case 0:
            bytes.removeLast(Int.random(in: 1...valid.count, using: &random))
        case 1:
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] ^=
                    1 << UInt8.random(in: 0..<8, using: &random)
            }
        case 2:
            // Extremes where sizes and offsets are, which is mostly near either end.
            let near = min(bytes.count, 128)
            let at =
                Bool.random(using: &random)
                ? Int.random(in: 0..<near, using: &random)
                : Int.random(in: bytes.count - near..<bytes.count, using: &random)
            let fill: UInt8 = [0, 0x7f, 0x80, 0xff].randomElement(using: &random)!
            for i in at..<min(bytes.count, at + Int.random(in: 1...8, using: &random)) {
                bytes[i] = fill
            }
        default:
            let from = Int.random(in: 0..<bytes.count, using: &random)
            let length = min(bytes.count - from, Int.random(in: 1...64, using: &random))
            let part = Array(bytes[from..<from + length])
            bytes.insert(contentsOf: part, at: Int.random(in: 0...bytes.count, using: &random))
        }
        do {
            try read(bytes)
        } catch let error as any InputError {
            refused += 1
            expectSentence(error)
        } catch {
            Issue.record("round \(round): \(error) is not an InputError")
        }
    }
    return refused
}

/// An error for the user is one sentence on one line.
func expectSentence(
    _ error: any InputError, sourceLocation: SourceLocation = #_sourceLocation
) {
    let text = error.description
    #expect(text.hasSuffix("."), "\(text)", sourceLocation: sourceLocation)
    #expect(!text.contains("\n"), "\(text)", sourceLocation: sourceLocation)
    #expect(text.count < 600, "\(text)", sourceLocation: sourceLocation)
}

/// A PNG file of these chunks, with right lengths and checksums.
func png(_ chunks: [(type: String, body: [UInt8])]) -> [UInt8] {
    var bytes = PNG.signature
    for (type, body) in chunks {
        let typed = Array(type.utf8) + body
        bytes.append(integer: UInt32(body.count).bigEndian)
        bytes += typed
        bytes.append(integer: Zlib.crc32(typed).bigEndian)
    }
    return bytes
}

/// The chunks of a PNG file, as far as it makes sense; checksums are not looked at.
func pngChunks(_ bytes: [UInt8]) -> [(type: String, body: [UInt8])] {
    var chunks: [(type: String, body: [UInt8])] = []
    var reader = ByteReader(bytes, at: PNG.signature.count, name: "png")
    while let length = try? reader.integer(UInt32.self).byteSwapped,
        let type = try? reader.slice(4),
        let body = try? reader.slice(min(Int(length), max(0, reader.remaining - 4)))
    {
        try? reader.skip(4)
        chunks.append((String(decoding: type.map { $0 & 0x7f }, as: UTF8.self), Array(body)))
    }
    return chunks
}
