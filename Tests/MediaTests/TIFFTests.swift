import Foundation
import Testing

@testable import Media

@Suite struct TIFFTests {
    private func file(_ name: String) throws -> URL {
        try fixture("tiff").appendingPathComponent(name)
    }

    @Test(arguments: [
        "floats-opencv", "floats-raw", "floats-lzw", "floats-lzw-p3", "floats-deflate-p3",
        "words-opencv", "words-lzw-p2",
    ])
    func everyWayGivesTheSameNumbers(_ name: String) throws {
        let kind = name.hasPrefix("floats") ? "floats" : "words"
        let expected = try #require(
            NumPyArray.read(contentsOf: file("\(kind).npy")).tensor)
        let image = try TIFFFile(contentsOf: file("\(name).tiff")).image
        #expect([image.height, image.width] == expected.shape)
        #expect(image.samples == expected.floats())
    }

    @Test(arguments: ["floats-raw", "floats-lzw-p3", "floats-deflate-p3", "words-lzw-p2"])
    func damageIsToldNotTrappedOn(_ name: String) throws {
        let valid = try [UInt8](Data(contentsOf: file("\(name).tiff")))
        #expect(fuzz(valid) { _ = try TIFFFile(bytes: $0, name: "fuzzed.tiff") } > 50)
    }

    @Test func whatIsNoneIsRefused() throws {
        #expect(throws: MediaError.self) { try TIFFFile(contentsOf: fixture("rgb8.png")) }
    }
}
