import Foundation
import Media
import Spatial
import Testing

@testable import Captures

/// A folder that is there while a test runs.
func withFolder<Result>(
    isolation: isolated (any Actor)? = #isolation, _ body: (URL) async throws -> Result
) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("capture-\(UUID())").resolvingSymlinksInPath()
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder)
}

/// A file that scripts/fixtures/captures_formats.py made.
func fixture(_ name: String) throws -> URL {
    let folder = try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
    return folder.appendingPathComponent(name)
}

extension URL {
    /// Writes a text below this folder.
    func put(_ text: String, _ path: String) throws {
        try AtomicFile.write(Array(text.utf8), to: appendingPathComponent(path), overwrite: true)
    }

    /// Writes an image below this folder, PNG or JPEG by its name.
    func put(_ image: Image, _ path: String, bitDepth: Int = 8) throws {
        let url = appendingPathComponent(path)
        if url.pathExtension == "png" {
            try image.writePNG(to: url, bitDepth: bitDepth, overwrite: true)
        } else {
            try image.writeJPEG(to: url, quality: 100, overwrite: true)
        }
    }
}

/// A picture of one colour that tells its number.
func picture(_ number: Int, width: Int = 24, height: Int = 16) -> Image {
    Image(width: width, height: height, channels: 3, filledWith: Float(number) / 32)
}

/// Whether an image is the picture of that number, whatever JPEG did to it.
func isPicture(_ image: Image?, _ number: Int) -> Bool {
    guard let image else { return false }
    return image.channels == 3
        && image.samples.allSatisfy { abs($0 - Float(number) / 32) < 0.01 }
}

/// A mask whose left half is covered.
func halfMask(width: Int = 24, height: Int = 16) -> Image {
    var mask = Image(width: width, height: height, channels: 1)
    for y in 0..<height { for x in 0..<width / 2 { mask[x, y, 0] = 1 } }
    return mask
}

/// Whether a mask is `halfMask`.
func isHalf(_ mask: Image?) -> Bool {
    guard let mask, mask.channels == 1 else { return false }
    return (0..<mask.height).allSatisfy { y in
        (0..<mask.width).allSatisfy { x in
            abs(mask[x, y, 0] - (x < mask.width / 2 ? 1 : 0)) < 0.02
        }
    }
}

/// Cameras on a circle that look at its centre, 1 m above the ground.
func ring(_ count: Int, width: Int = 24, height: Int = 16) -> [Camera] {
    (0..<count).map { i in
        let angle = Float(i) / Float(count) * 2 * .pi
        return Camera(
            eye: Vector3(3 * sin(angle), 1.2, 3 * cos(angle)), target: Vector3(0, 1, 0),
            verticalFOV: 0.7, width: width, height: height)
    }
}

/// The matrix from the camera to the world as nerfstudio writes it, row by row in JSON.
func openGLMatrix(_ camera: Camera) -> String {
    let toWorld = camera.viewMatrix.rigidInverse
    let (m, t) = (toWorld.linear, toWorld.translation)
    let rows = (0..<3).map { "[\(m[$0, 0]), \(-m[$0, 1]), \(-m[$0, 2]), \(t[$0])]" }
    return "[\(rows.joined(separator: ", ")), [0, 0, 0, 1]]"
}

/// Whether two cameras show points at the same places, within a thousandth of a pixel.
func agree(_ a: Camera, _ b: Camera) -> Bool {
    guard a.width == b.width, a.height == b.height else { return false }
    return [Vector3(0.1, 1.2, -0.2), Vector3(-0.3, 0.8, 0.1), Vector3(0, 1, 0)].allSatisfy { p in
        let (u, v) = (a.project(p), b.project(p))
        return (u.pixel - v.pixel).length < 2e-3 && abs(u.depth - v.depth) < 1e-4
    }
}

/// An error for the user is one sentence on one line.
func expectSentence(_ error: any Error, sourceLocation: SourceLocation = #_sourceLocation) {
    guard let error = error as? any InputError else {
        Issue.record("\(error) is no InputError", sourceLocation: sourceLocation)
        return
    }
    #expect(error.description.hasSuffix("."), "\(error)", sourceLocation: sourceLocation)
    #expect(!error.description.contains("\n"), "\(error)", sourceLocation: sourceLocation)
}
