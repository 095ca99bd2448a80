import Foundation
import Testing

@testable import Media

@Suite struct ZipTests {
    static let text = Array(
        String(repeating: "The quick brown fox jumps over the lazy dog. ", count: 40).utf8)

    @Test func readsWhatPythonWrote() throws {
        let archive = try ZipArchive(contentsOf: fixture("python.zip"))
        #expect(
            archive.entries.map(\.name) == [
                "stored.bin", "folder/deflated.txt", "empty", "wide.bin",
            ])
        #expect(try archive.read("folder/deflated.txt") == Self.text)
        #expect(try archive.read("empty").isEmpty)
        #expect(try archive.read("stored.bin") == archive.read("wide.bin"))
        #expect(try archive.read("stored.bin").count == 999)
        let streamed = try ZipArchive(contentsOf: fixture("streamed.zip"))
        #expect(try streamed.read("ünï.txt") == Self.text)
        let bzip2 = try ZipArchive(contentsOf: fixture("bzip2.zip"))
        #expect(throws: MediaError.self) { try bzip2.read("a.txt") }
        let error = #expect(throws: MediaError.self) { _ = try archive.read("nothing") }
        expectSentence(try #require(error))
    }

    @Test func readsGzipOfSeveralMembers() throws {
        let bytes = try Gzip.read(contentsOf: fixture("two-members.gz"))
        #expect(Array(bytes.prefix(Self.text.count)) == Self.text)
        #expect(bytes.count == Self.text.count + 999)
        #expect(throws: MediaError.self) {
            try Gzip.read(contentsOf: fixture("two-members.gz"), limit: 100)
        }
    }

    @Test(arguments: [1, 50, 2000, 0xffff_ffff])
    func whatIsWrittenIsRead(wideThreshold: Int) throws {
        func write() throws -> [UInt8] {
            var bytes: [UInt8] = []
            var writer = ZipWriter { bytes += $0 }
            writer.wideThreshold = wideThreshold
            try writer.add("a.txt", Self.text, compression: .deflated())
            try writer.add("b", [1, 2, 3])
            try writer.add("ü/c", [])
            try writer.add("d", [9, 8, 7], compression: .deflated(level: 1))
            try writer.finish()
            return bytes
        }
        let bytes = try write()
        #expect(try write() == bytes)
        let archive = try ZipArchive(bytes: bytes, name: "new")
        #expect(try archive.read("a.txt") == Self.text)
        #expect(try archive.read("b") == [1, 2, 3])
        #expect(try archive.read("ü/c") == [])
        #expect(try archive.read("d") == [9, 8, 7])
        let packed = try #require(archive.entry(named: "a.txt"))
        #expect(packed.compressedSize < 200)
    }

    @Test func writesAFileOrNone() throws {
        try withFolder { folder in
            let url = folder.appendingPathComponent("a.zip")
            struct Stop: Error {}
            #expect(throws: Stop.self) {
                try ZipWriter.write(to: url, overwrite: false) {
                    try $0.add("a", [1])
                    throw Stop()
                }
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
            try ZipWriter.write(to: url, overwrite: false) { try $0.add("a", [1]) }
            #expect(try ZipArchive(contentsOf: url).read("a") == [1])
        }
    }

    @Test func aBombIsRefused() throws {
        var bytes: [UInt8] = []
        var writer = ZipWriter { bytes += $0 }
        try writer.add(
            "zeros", [UInt8](repeating: 0, count: 5_000_000), compression: .deflated())
        try writer.finish()
        var limits = ZipArchive.Limits()
        limits.inflatedSize = 1_000_000
        let archive = try ZipArchive(bytes: bytes, name: "bomb", limits: limits)
        #expect(throws: MediaError.self) { try archive.read("zeros") }
        #expect(try ZipArchive(bytes: bytes, name: "same").read("zeros").count == 5_000_000)

        // Two entries of the directory that point to the same bytes.
        let record = try #require(
            bytes.indices.first { bytes[$0...].starts(with: [0x50, 0x4b, 1, 2]) })
        let end = try #require(
            bytes.indices.first { bytes[$0...].starts(with: [0x50, 0x4b, 5, 6]) })
        var doubled = Array(bytes[..<end]) + bytes[record..<end] + bytes[end...]
        let newEnd = end + (end - record)
        doubled[newEnd + 8] = 2
        doubled[newEnd + 10] = 2
        doubled[newEnd + 12] = UInt8(2 * (end - record))
        let error = #expect(throws: MediaError.self) {
            try ZipArchive(bytes: doubled, name: "overlapping")
        }
        let message = try #require(error).description
        #expect(message.contains("overlapping"))
    }

    @Test(arguments: ["python.zip", "streamed.zip"])
    func damagedArchivesAreRefused(name: String) throws {
        let refused = fuzz(try fixtureBytes(name), rounds: 2000) {
            let archive = try ZipArchive(bytes: $0, name: "fuzz")
            for entry in archive.entries { _ = try archive.read(entry) }
        }
        #expect(refused > 1000)
    }

    @Test func damagedGzipIsRefused() throws {
        fuzz(try fixtureBytes("two-members.gz"), rounds: 1000) {
            _ = try Gzip.decompress($0, name: "fuzz")
        }
    }
}
