import Captures
import Foundation
import Media
import Spatial
import Testing

@testable import Tracking

/// A capture from beginning to end: what is known of the lens, and what an interruption leaves.
@Suite(.serialized, .enabled(if: LoadedRig.isInstalled, "run scripts/bootstrap first"))
struct ClipTrackerTests {
    private func withFolder<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("tracker-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await body(folder)
    }

    /// A JPEG with an EXIF block (EXIF 2.32, 4.6.2): the length on 35 mm film, tag 0xa405.
    private func write(_ picture: Image, focalLength35mm: UInt8, to url: URL) throws {
        try picture.writeJPEG(to: url, quality: 95, overwrite: false)
        let tiff: [UInt8] =
            Array("II*\0".utf8) + [8, 0, 0, 0]
            + [1, 0, 0x69, 0x87, 4, 0, 1, 0, 0, 0, 26, 0, 0, 0, 0, 0, 0, 0]
            + [1, 0, 0x05, 0xa4, 3, 0, 1, 0, 0, 0, focalLength35mm, 0, 0, 0, 0, 0, 0, 0]
        let block = Array("Exif\0\0".utf8) + tiff
        var bytes = try Data(contentsOf: url)
        bytes.insert(contentsOf: [0xff, 0xe1, 0, UInt8(block.count + 2)] + block, at: 2)
        try bytes.write(to: url)
    }

    /// The lens of a photograph's EXIF, or the one that was given, is the capture's, and the person is
    /// as far away as it says.
    @Test func theLensIsTakenFromEXIFUnlessGiven() async throws {
        try await withFolder { folder in
            let photo = folder.appendingPathComponent("me.jpg")
            try write(
                Pictures.load("astronaut").colourChannels.resized(width: 256, height: 256),
                focalLength35mm: 85, to: photo)
            let source = try await TrackingSource(contentsOf: photo)
            var distances: [Float] = []
            let diagonal = 256 * Float(2).squareRoot()
            for (degrees, focal, origin) in [
                (nil, 85 / 43.27 * diagonal, "from EXIF"),
                (Float(60), 128 * Float(3).squareRoot(), "given"),
            ] {
                var options = ClipTracker.Options()
                options.horizontalFOV = degrees.map { $0 * .pi / 180 }
                let capture = folder.appendingPathComponent(origin)
                let manifest = try await ClipTracker(source, named: "me.jpg", options: options)
                    .track(into: capture)
                #expect(manifest.provenance["focal"] == origin)
                let lens = try #require(manifest.cameras.first).intrinsics
                #expect(abs(lens.fx / focal - 1) < 1e-4 && lens.fx == lens.fy)
                #expect(try #require(manifest.quality?.face) < 0.02)
                let tracks = try SafetensorsFile(contentsOf: CaptureFolder(capture).tracks)
                distances.append(-(try tracks.tensor("translation").floats()[2]))
            }
            // The same picture: distance goes with the focal length, 696 to 222.
            print("\(distances[0]) m by EXIF, \(distances[1]) m as given")
            #expect(abs(distances[0] / distances[1] / 3.14 - 1) < 0.2)
        }
    }
}
