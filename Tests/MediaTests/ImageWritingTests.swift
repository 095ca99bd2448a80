import Foundation
import Spatial
import Testing

@testable import Media

@Suite struct ImageWritingTests {
    static func noise(_ width: Int, _ height: Int, _ channels: Int, levels: Int) -> Image {
        var random = SplitMix(seed: UInt64(width * height * channels))
        return Image(
            width: width, height: height, channels: channels,
            samples: (0..<width * height * channels).map { i in
                // Half smooth, half noise.
                let value =
                    i % 2 == 0 ? i % levels : Int.random(in: 0..<levels, using: &random)
                return Float(value) / Float(levels - 1)
            })
    }

    @Test(arguments: [1, 2, 3, 4], [8, 16])
    func pngKeepsEverySample(channels: Int, bitDepth: Int) throws {
        for (width, height) in [(1, 1), (37, 21), (300, 70)] {
            let image = Self.noise(width, height, channels, levels: 1 << bitDepth)
            let bytes = image.pngBytes(bitDepth: bitDepth)
            let file = try ImageFile(bytes: bytes, name: "png")
            #expect(file.image == image)
            #expect(file.bitDepth == bitDepth)
            #expect(image.pngBytes(bitDepth: bitDepth) == bytes)
        }
    }

    @Test func bytesDoNotDependOnThreads() {
        let image = Self.noise(200, 150, 3, levels: 256)
        let many = image.pngBytes()
        Threads.limit(to: 1)
        defer { Threads.limit(to: 0) }
        #expect(image.pngBytes() == many)
    }

    @Test func samplesAreClampedAndRounded() {
        let image = Image(
            width: 7, height: 1, channels: 1,
            samples: [-1, 2, .nan, .infinity, 0.5, 1 / 255, 0.6 / 255])
        #expect(image.interleavedBytes() == [0, 255, 0, 255, 128, 1, 1])
        #expect(image.interleavedWords() == [0, 65535, 0, 65535, 32768, 257, 154])
        let all = Image(
            width: 65536, height: 1, channels: 1, samples: (0...65535).map { Float($0) / 65535 })
        #expect(all.interleavedWords() == Array(UInt16.min...UInt16.max))
    }

    @Test func jpegIsNear() throws {
        var smooth = Image(width: 61, height: 40, channels: 3)
        for i in smooth.samples.indices {
            let (x, y) = (Float(i % 61), Float(i / 61 % 40))
            smooth.samples[i] = x * y / (61 * 40)
        }
        for image in [smooth, smooth.channels(0..<1)] {
            let decoded = try Image(decoding: image.jpegBytes(quality: 95), name: "jpeg")
            #expect(decoded.channels == image.channels)
            let error = zip(decoded.samples, image.samples).map { abs($0 - $1) }
            #expect(error.reduce(0, +) / Float(error.count) < 0.01)
        }
        #expect(try smooth.jpegBytes(quality: 50).count < smooth.jpegBytes(quality: 95).count)
    }

    @Test func theExtensionChoosesTheFormat() throws {
        try withFolder { folder in
            let image = Self.noise(9, 9, 4, levels: 256)
            for (name, format) in [("a.png", ImageFormat.png), ("b.JPG", .jpeg)] {
                let url = folder.appendingPathComponent(name)
                try image.write(to: url, overwrite: false)
                #expect(try ImageFile(contentsOf: url).format == format)
                #expect(throws: MediaError.self) { try image.write(to: url, overwrite: false) }
            }
            #expect(throws: MediaError.self) {
                try image.write(to: folder.appendingPathComponent("c.bmp"), overwrite: false)
            }
        }
    }

    @Test func alphaIsFlattened() {
        let image = Image(width: 1, height: 1, channels: 4, samples: [1, 0.5, 0, 0.25])
        #expect(
            image.flattened(over: Vector3(0, 0, 1)).samples == [0.25, 0.125, 0.75])
        #expect(image.alpha?.samples == [0.25])
        let grey = Image(width: 1, height: 1, channels: 2, samples: [0.5, 0.5])
        #expect(grey.flattened().samples == [0.75, 0.75, 0.75])
        #expect(
            Image(width: 1, height: 1, channels: 1, samples: [0.5]).flattened().samples
                == [0.5, 0.5, 0.5])
        #expect(image.channels(0..<3).withAlpha(image.alpha!) == image)
    }
}
