import Foundation
import Media
import Spatial
import Testing

@testable import Tracking

/// The same face is found in the same place whatever kind of file the portrait came in.
@Suite(.enabled(if: Pictures.areInstalled, "run scripts/bootstrap first"))
struct PictureFormatTests {
    private static let side = 320
    private static let last = side - 1

    private static let expected = Result {
        try PersonTracker().analyse(try portrait())
    }

    private static func portrait() throws -> Image {
        try Pictures.load("astronaut").resized(width: side, height: side)
    }

    @Test(arguments: [
        "grey8", "grey16", "greyAlpha", "rgb16", "rgba", "cutOut", "jpeg", "turned3", "turned6",
        "turned8", "cmyk",
    ])
    func theFaceIsFound(_ kind: String) throws {
        let expected = try Self.expected.get()
        let image = try ImageFile(bytes: try Self.bytes(kind), name: kind).image
        #expect(image.width == Self.side && image.height == Self.side)
        let person = try PersonTracker().analyse(image, named: kind)
        let (a, b) = (try #require(person.face), try #require(expected.face))
        let error =
            zip(a.points, b.points).reduce(Float(0)) { sum, pair in
                sum + Vector2(pair.0.x - pair.1.x, pair.0.y - pair.1.y).length
            } / Float(a.points.count)
        print("\(kind): \(error) px")
        // Grey shows other lips and brows, no other face.
        #expect(error < (kind.hasPrefix("grey") ? 2 : 1))
        let union = zip(person.mask.samples, expected.mask.samples).count { $0 > 0.5 || $1 > 0.5 }
        let both = zip(person.mask.samples, expected.mask.samples).count { $0 > 0.5 && $1 > 0.5 }
        print("\(kind): masks share \(Float(both) / Float(union))")
        // Without colour more of the background looks like the person.
        #expect(Float(both) > (kind.hasPrefix("grey") ? 0.8 : 0.98) * Float(union))
    }

    /// Colours below a transparent picture mean nothing.
    @Test func nobodyIsSeenThroughATransparentPicture() throws {
        let portrait = try Self.portrait()
        let clear = portrait.withAlpha(
            Image(width: Self.side, height: Self.side, channels: 1))
        #expect(throws: TrackingError.noPerson(name: "clear")) {
            try PersonTracker().analyse(clear, named: "clear")
        }
    }

    private static func bytes(_ kind: String) throws -> [UInt8] {
        let portrait = try portrait()
        let grey = Image(
            width: side, height: side, channels: 1,
            samples: (0..<portrait.pixelCount).map {
                dot(portrait.rgb(x: $0 % side, y: $0 / side), Vector3(0.299, 0.587, 0.114))
            })
        let opaque = Image(width: side, height: side, channels: 1, filledWith: 1)
        switch kind {
        case "grey8": return grey.pngBytes()
        case "grey16": return grey.pngBytes(bitDepth: 16)
        case "greyAlpha": return grey.withAlpha(opaque).pngBytes()
        case "rgb16": return portrait.pngBytes(bitDepth: 16)
        case "rgba": return portrait.withAlpha(opaque).pngBytes()
        case "cutOut": return portrait.withAlpha(try expected.get().mask).pngBytes()
        case "cmyk":
            let url = try #require(
                Bundle.module.url(forResource: "Fixtures/portrait_cmyk", withExtension: "jpg"))
            return Array(try Data(contentsOf: url))
        case "turned3": return try jpeg(stored(portrait) { (last - $0, last - $1) }, 3)
        // The first row of the file is the right side of the picture, or the left one.
        case "turned6": return try jpeg(stored(portrait) { (last - $1, $0) }, 6)
        case "turned8": return try jpeg(stored(portrait) { ($1, last - $0) }, 8)
        default: return try jpeg(portrait, 1)
        }
    }

    /// The square image whose pixel (x, y) is that of `image` at `place(x, y)`.
    private static func stored(_ image: Image, _ place: (_ x: Int, _ y: Int) -> (Int, Int)) -> Image
    {
        var result = image
        for y in 0..<side {
            for x in 0..<side {
                let (u, v) = place(x, y)
                for c in 0..<3 { result[x, y, c] = image[u, v, c] }
            }
        }
        return result
    }

    /// A JPEG file with an EXIF block that holds the orientation and nothing else.
    private static func jpeg(_ image: Image, _ orientation: UInt8) throws
        -> [UInt8]
    {
        let url = FileManager.default.temporaryDirectory
            .appendingPathComponent("\(UUID().uuidString).jpg")
        defer { try? FileManager.default.removeItem(at: url) }
        try image.writeJPEG(to: url, quality: 95, overwrite: false)
        var bytes = Array(try Data(contentsOf: url))
        let tiff: [UInt8] = [
            0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0,
            0, 0, 0,
        ]
        let block = Array("Exif".utf8) + [0, 0] + tiff
        bytes.insert(contentsOf: [0xff, 0xe1, 0, UInt8(block.count + 2)] + block, at: 2)
        return bytes
    }
}
