import Foundation
import Spatial
import Testing

@testable import Media

@Suite struct PNGTests {
    /// A valid image of one row of indices, of 2 bits each, with three colours.
    static func indexed(_ row: UInt8, also: [(String, [UInt8])] = []) -> [UInt8] {
        let header: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 1, 2, 3, 0, 0, 0]
        let palette: [UInt8] = [255, 0, 0, 0, 255, 0, 0, 0, 255]
        return png(
            [("IHDR", header), ("PLTE", palette)] + also + [
                ("IDAT", stored([0, row])), ("IEND", []),
            ])
    }

    /// A zlib stream of bytes as they are (RFC 1950, RFC 1951 section 3.2.4).
    static func stored(_ bytes: [UInt8]) -> [UInt8] {
        var (a, b) = (UInt32(1), UInt32(0))
        for byte in bytes {
            a = (a + UInt32(byte)) % 65521
            b = (b + a) % 65521
        }
        let count = UInt16(bytes.count)
        var stream: [UInt8] = [0x78, 0x01, 1]
        stream.append(integer: count.littleEndian)
        stream.append(integer: (~count).littleEndian)
        stream += bytes
        stream.append(integer: (b << 16 | a).bigEndian)
        return stream
    }

    static func refusal(_ bytes: [UInt8]) throws -> MediaError {
        let error = #expect(throws: MediaError.self) { try ImageFile(bytes: bytes, name: "it") }
        expectSentence(try #require(error))
        return try #require(error)
    }

    @Test func aPixelBeyondThePaletteIsRefused() throws {
        let image = try Image(decoding: Self.indexed(0b00_01_10_00), name: "indexed")
        #expect(image.samples == [1, 0, 0, 1, 0, 1, 0, 0, 0, 0, 1, 0])
        let error = try Self.refusal(Self.indexed(0b00_01_10_11))
        #expect(error.description.contains("colour 3"))
        let clear = try Image(
            decoding: Self.indexed(0b00_01_10_00, also: [("tRNS", [0, 51])]), name: "indexed")
        #expect(clear.alpha?.samples == [0, 0.2, 1, 0])
    }

    @Test func transparentColoursHaveTheDepthOfTheFile() throws {
        // Grey of 2 bits, and of 16: only a value that is equal in all its bits is transparent.
        let low = png([
            ("IHDR", [0, 0, 0, 4, 0, 0, 0, 1, 2, 0, 0, 0, 0]), ("tRNS", [0, 2]),
            ("IDAT", Self.stored([0, 0b00_01_10_11])), ("IEND", []),
        ])
        let image = try ImageFile(bytes: low, name: "low")
        #expect(image.bitDepth == 2)
        #expect(image.image.samples == [0, 85 / 255, 170 / 255, 1, 1, 1, 0, 1])
        let deep = png([
            ("IHDR", [0, 0, 0, 2, 0, 0, 0, 1, 16, 0, 0, 0, 0]), ("tRNS", [0x12, 0x34]),
            ("IDAT", Self.stored([0, 0x12, 0x34, 0x12, 0x35])), ("IEND", []),
        ])
        #expect(
            try Image(decoding: deep, name: "deep").samples
                == [Float(0x1234) / 65535, Float(0x1235) / 65535, 0, 1])
    }

    @Test func exifMayStandAnywhere() throws {
        // One entry: orientation 3, turned by half.
        let exif: [UInt8] =
            Array("MM\0*".utf8) + [0, 0, 0, 8, 0, 1] + [1, 0x12, 0, 3, 0, 0, 0, 1, 0, 3, 0, 0]
            + [0, 0, 0, 0]
        var image = Image(width: 3, height: 2, channels: 1)
        for i in image.samples.indices { image.samples[i] = Float(i) / 255 }
        for at in [1, 2] {
            var chunks = pngChunks(image.pngBytes())
            #expect(chunks.map(\.type) == ["IHDR", "IDAT", "IEND"])
            chunks.insert(("eXIf", exif), at: at)
            let read = try Image(decoding: png(chunks), name: "turned")
            #expect(read.samples == image.samples.reversed())
        }
    }

    @Test func onlyWhatMattersIsLookedAt() throws {
        let image = Image(
            width: 5, height: 4, channels: 3, samples: (0..<60).map { Float($0) / 255 })
        let chunks = pngChunks(image.pngBytes())
        // A profile, a gamma, a text and a chunk of one's own that make no sense.
        for type in ["iCCP", "gAMA", "sRGB", "zTXt", "tIME", "liKe"] {
            var more = chunks
            more.insert((type, [1, 2, 3]), at: 1)
            #expect(try Image(decoding: png(more), name: type) == image)
        }
        // A capital first letter marks what cannot be done without.
        var critical = chunks
        critical.insert(("LIKe", [1, 2, 3]), at: 1)
        _ = try Self.refusal(png(critical))
    }

    @Test func everyCutIsRefused() throws {
        let bytes = try fixtureBytes("rgb8.png")
        let whole = try Image(decoding: bytes, name: "whole")
        for count in PNG.signature.count..<bytes.count - 12 {
            _ = try Self.refusal(Array(bytes.prefix(count)))
        }
        #expect(try Image(decoding: bytes.dropLast(12), name: "cut") == whole)
        #expect(try Image(decoding: bytes + [0, 0, 0], name: "padded") == whole)
    }

    @Test func pixelsThatCannotBeThereAreRefused() throws {
        let header: [UInt8] = [0, 0, 0x1f, 0x40, 0, 0, 0x1f, 0x40, 8, 6, 0, 0, 0]
        let error = try Self.refusal(
            png([("IHDR", header), ("IDAT", Self.stored([1, 2, 3])), ("IEND", [])]))
        #expect(error.description.contains("8000 × 8000"))
        // And a side whose rows alone would take all memory.
        let wide: [UInt8] = [0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 1, 16, 6, 0, 0, 0]
        guard case .tooLarge = try Self.refusal(png([("IHDR", wide), ("IDAT", [])])) else {
            Issue.record("a side of 2³¹ − 1 pixels is not refused for its size")
            return
        }
    }

    @Test func aChangedBitIsRefused() throws {
        let bytes = try fixtureBytes("rgba16.png")
        let start = try #require(
            bytes.indices.first { bytes[$0...].starts(with: Array("IDAT".utf8)) })
        for at in stride(from: start + 4, to: bytes.count - 16, by: 37) {
            var changed = bytes
            changed[at] ^= 4
            let error = try Self.refusal(changed)
            #expect(error.description.contains("IDAT"))
        }
    }

    @Test(arguments: ["palette4.png", "rgb16-interlaced.png", "grey1.png", "key.png"])
    func damageBehindRightChecksumsIsRefused(name: String) throws {
        fuzz(try fixtureBytes(name), rounds: 400) {
            _ = try ImageFile(bytes: png(pngChunks($0)), name: "fuzz")
        }
    }
}
