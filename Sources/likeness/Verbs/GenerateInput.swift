import ArgumentParser
import Foundation
import Media
import Methods
import Spatial

/// The options of `generate` that say what picture to begin with.
struct GenerateInput: ParsableArguments {
    @Option(help: ArgumentHelp("Begin with this picture.", valueName: "picture"))
    var image: String?

    @Option(
        help: ArgumentHelp(
            "Its depth: grey, 16 bits, larger is nearer, as this verb writes it.",
            valueName: "picture"))
    var depth: String?

    @Option(
        help: ArgumentHelp(
            "Make only this part of it anew: a picture, white there.", valueName: "picture"))
    var mask: String?

    @Option(help: "How far the picture may go away from that one, 0 to 1.")
    var strength = 0.8

    var paths: [(what: String, path: String?)] {
        [("--image", image), ("--depth", depth), ("--mask", mask)]
    }

    func validate() throws {
        guard image != nil || (depth == nil && mask == nil) else {
            throw ValidationError("--depth and --mask belong to an --image.")
        }
        guard (0...1).contains(strength) else { throw ValidationError("--strength takes 0 to 1.") }
    }

    /// The picture; nil where there is none.
    func read() throws -> LDM3D.Input? {
        guard let image else { return nil }
        let colour = try Image.read(contentsOf: URL(fileURLWithPath: image)).flattened()
        func grey(_ path: String) throws -> Image {
            let picture = try Image.read(contentsOf: URL(fileURLWithPath: path))
            guard picture.channels <= 2 else {
                throw MediaError.unsupported(
                    file: path, found: "a picture in colour", expected: "a grey one")
            }
            return picture.channels(0..<1).resized(width: colour.width, height: colour.height)
        }
        let depth = try depth.map { try grey($0).interleavedWords() }
        return LDM3D.Input(
            image: RGBDImage(colour: colour, depth: depth), strength: strength,
            mask: try mask.map {
                let picture = try Image.read(contentsOf: URL(fileURLWithPath: $0)).flattened()
                return picture.channels(0..<1)
                    .resized(width: colour.width, height: colour.height)
            })
    }
}
