import Foundation
import Spatial
import Testing

@testable import Media

@Suite struct ImageTests {
    static let expected = Result {
        try SafetensorsFile(contentsOf: fixture("images.safetensors")).tensors()
    }
    static let names = (try? expected.get().keys.sorted()) ?? []

    /// The image that Pillow decoded.
    static func expectedImage(_ name: String) throws -> Image {
        let tensor = try #require(try expected.get()[name])
        let (height, width, channels) = (tensor.shape[0], tensor.shape[1], tensor.shape[2])
        let values = tensor.floats()
        let scale: Float = tensor.elementType == .uint16 ? 65535 : 255
        var image = Image(width: width, height: height, channels: channels)
        for y in 0..<height {
            for x in 0..<width {
                for c in 0..<channels {
                    image[x, y, c] = values[(y * width + x) * channels + c] / scale
                }
            }
        }
        return image
    }

    @Test func theFixturesAreThere() { #expect(Self.names.count >= 40) }

    @Test(arguments: names)
    func readsAsPillowDoes(name: String) throws {
        let file = try ImageFile(contentsOf: fixture(name))
        let expected = try Self.expectedImage(name)
        #expect(file.image.width == expected.width && file.image.height == expected.height)
        #expect(file.image.channels == expected.channels)
        guard file.image.samples.count == expected.samples.count else { return }
        let difference = zip(file.image.samples, expected.samples).map { abs($0 - $1) }.max() ?? 0
        // Lossless formats exactly; another build of a lossy decoder may round otherwise.
        let isLossy = name.hasSuffix(".jpg") || name == "lossy.webp"
        #expect(difference <= (isLossy ? 1.01 / 255 : 0), "largest difference \(difference * 255)")
        if name.contains("16") { #expect(file.bitDepth == 16) }
        if let orientation = name.firstMatch(of: /turned([1-8])/)?.1 {
            #expect(file.focalLength35mm == 20 + Float(orientation)!)
        } else if name == "lossy.webp" {
            #expect(file.focalLength35mm == 28)
        } else {
            #expect(file.focalLength35mm == nil)
        }
    }

    @Test func fileNamesDoNotMatter() throws {
        try withFolder { folder in
            let url = folder.appendingPathComponent("jpeg.png")
            try FileManager.default.copyItem(at: fixture("colour.jpg"), to: url)
            #expect(try ImageFile(contentsOf: url).format == .jpeg)
        }
    }

    @Test(arguments: [
        ("Just a note, ünï", "a text file"), ("", "an empty file"), ("GIF89a…", "a GIF image"),
        ("%PDF-1.4", "a PDF document"), ("\0\0\0\u{18}ftypheic", "an HEIC image"),
        ("\0\u{1}\u{2}", "a file of a kind that is not known"),
    ])
    func otherFilesAreNamed(content: String, kind: String) throws {
        let error = #expect(throws: MediaError.self) {
            try ImageFile(bytes: Array(content.utf8), name: "portrait.png")
        }
        let message = try #require(error).description
        #expect(message.hasPrefix("portrait.png is \(kind)"))
        expectSentence(try #require(error))
    }

    @Test func animatedWebPIsRefused() throws {
        let error = #expect(throws: MediaError.self) {
            try ImageFile(contentsOf: fixture("animated.webp"))
        }
        let message = try #require(error).description
        #expect(message.contains("animated"))
    }

    @Test func hugeHeadersAreRefusedBeforeMemoryIsTaken() throws {
        var header: [UInt8] = []
        header.append(integer: UInt32(20000).bigEndian)
        header.append(integer: UInt32(20000).bigEndian)
        let png = png([("IHDR", header + [8, 6, 0, 0, 0]), ("IDAT", [1, 2, 3])])

        var jpeg = try fixtureBytes("colour.jpg")
        let frame = try #require(
            jpeg.indices.first { jpeg[$0] == 0xff && jpeg[$0 + 1] == 0xc0 })
        jpeg.replaceSubrange(frame + 5..<frame + 9, with: [0x4e, 0x20, 0x4e, 0x20])

        // VP8L: 14 bits of width less one, 14 of height (at most 16384 a side).
        var webp = try fixtureBytes("lossless.webp")
        let bitstream = try #require(
            webp.indices.first { webp[$0...].starts(with: Array("VP8L".utf8)) })
        webp.replaceSubrange(bitstream + 9..<bitstream + 12, with: [0xff, 0xff, 0xff])
        webp[bitstream + 12] |= 0x0f

        for (name, bytes) in [("png", png), ("jpeg", jpeg), ("webp", webp)] {
            let error = #expect(throws: MediaError.self) {
                try ImageFile(bytes: bytes, name: name)
            }
            guard case .tooLarge = error else {
                Issue.record("\(name): \(String(describing: error))")
                continue
            }
            expectSentence(try #require(error))
        }
    }

    @Test(arguments: ["colour.jpg", "progressive.jpg", "grey.jpg", "lossy.webp", "rgb8.png"])
    func cutFilesAreRefused(name: String) throws {
        let bytes = try fixtureBytes(name)
        for part in [0.3, 0.6, 0.8, 0.95] {
            let cut = Array(bytes.prefix(Int(Double(bytes.count) * part)))
            let error = #expect(throws: MediaError.self, "\(part)") {
                try ImageFile(bytes: cut, name: name)
            }
            if let error { expectSentence(error) }
        }
    }

    @Test func smallFaultsHarmNothing() throws {
        let bytes = try fixtureBytes("colour.jpg")
        #expect(bytes.suffix(2) == [0xff, 0xd9])
        let whole = try Image(decoding: bytes, name: "whole")
        #expect(try Image(decoding: bytes.dropLast(2), name: "cut") == whole)
        #expect(try Image(decoding: bytes + [0, 0, 0], name: "padded") == whole)
        let table = try #require(
            bytes.indices.first { bytes[$0...].starts(with: [0xff, 0xdb]) })
        #expect(
            try Image(decoding: Array(bytes[..<table] + [0, 0] + bytes[table...]), name: "gap")
                == whole)
        let png = try fixtureBytes("rgb8.png")
        #expect(
            try Image(decoding: png.dropLast(12), name: "cut")
                == Image(decoding: png, name: "whole"))
    }

    @Test(arguments: names)
    func damagedImagesAreRefused(name: String) throws {
        fuzz(try fixtureBytes(name), rounds: 200) {
            let image = try ImageFile(bytes: $0, name: "fuzz").image
            #expect(image.pixelCount <= ImageFile.pixelLimit)
        }
    }
}
