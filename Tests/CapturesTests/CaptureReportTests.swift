import Foundation
import Media
import Spatial
import Testing

@testable import Captures

@Suite struct CaptureReportTests {
    /// A capture of our own with pictures and masks.
    private func write(
        _ url: URL, cameras: [Camera], frames: Int, events: [CaptureManifest.Event] = []
    ) throws {
        var manifest = CaptureManifest(
            source: "studio", frameRate: 25, frameCount: frames, rig: "anny",
            cameras: cameras.enumerated().map { .init(name: "cam\($0)", camera: $1) },
            events: events)
        manifest.pictures = [.colour: "jpg", .mask: "png"]
        let folder = CaptureFolder(url)
        try manifest.write(to: folder.manifest, overwrite: true)
        for frame in 0..<frames {
            for index in cameras.indices {
                let name = cameras.count == 1 ? nil : "cam\(index)"
                try picture(frame).writeJPEG(
                    to: folder.picture(.colour, frame: frame, camera: name), overwrite: true)
                try halfMask().writePNG(
                    to: folder.picture(.mask, frame: frame, camera: name), overwrite: true)
            }
        }
    }

    private func report(_ url: URL) async throws -> CaptureReport {
        try await CaptureReport(of: Capture(contentsOf: url))
    }

    @Test func whatIsSoundHasNoProblems() async throws {
        try await withFolder { url in
            try write(url, cameras: ring(6), frames: 3)
            let report = try await report(url)
            #expect(report.problems == [])
            #expect(report.views == 18 && report.frames == 3 && report.sequences == 1)
            #expect(report.pictures == [.colour: 18, .mask: 18])
            #expect(report.parts == [.train: 15, .test: 3])
            #expect(report.bytes > 18 * 200)
            #expect(abs(report.cameras[2].verticalFOV - 0.7 * 180 / .pi) < 0.01)
            #expect(report.cameras.allSatisfy { !$0.moves && $0.views == 3 && $0.isCalibrated })
        }
    }

    @Test func camerasThatLookAwayAreNamed() async throws {
        try await withFolder { url in
            var cameras = ring(8)
            let eye = cameras[5].position
            cameras[5] = Camera(
                eye: eye, target: eye * 2, verticalFOV: 0.7, width: 24, height: 16)
            try write(url, cameras: cameras, frames: 1)
            let problems = try await report(url).problems
            #expect(problems == ["Camera cam5 looks away from the subject."])
        }
    }

    /// Cameras that stand side by side look at nothing in common, and nothing is said of them.
    @Test func parallelCamerasAreLeftAlone() async throws {
        try await withFolder { url in
            let cameras = (0..<8).map { i in
                Camera(
                    eye: Vector3(Float(i), 1, 3), target: Vector3(Float(i), 1, 0), verticalFOV: 0.7,
                    width: 24, height: 16)
            }
            try write(url, cameras: cameras, frames: 1)
            #expect(try await report(url).problems == [])
        }
    }

    @Test func tracksTellWhereToLook() async throws {
        try await withFolder { url in
            try write(
                url, cameras: [ring(1)[0]], frames: 6,
                events: [.init(kind: .nobody, first: 1, last: 2)])
            // At frame 4 the person is behind the camera.
            let places = (0..<6).flatMap { [0, 1, $0 == 4 ? 9 : 0] as [Float] }
            try SafetensorsFile.write(
                ["translation": TensorData(places, shape: [6, 3])], metadata: ["rig": "anny"],
                to: CaptureFolder(url).tracks, overwrite: false)
            let report = try await report(url)
            #expect(report.tracks?.frames == 4)
            #expect(
                report.problems == [
                    "2 of 6 frames have no track: 1–2.",
                    "The camera looks away from the subject in 1 frame: 4.",
                ])
        }
    }

    @Test func picturesThatAreMissingOrWrongAreTold() async throws {
        try await withFolder { url in
            try write(url, cameras: ring(5), frames: 2)
            let folder = CaptureFolder(url)
            func file(_ kind: PictureKind, _ frame: Int, _ camera: Int) -> URL {
                folder.picture(kind, frame: frame, camera: "cam\(camera)")
            }
            try FileManager.default.removeItem(at: file(.colour, 0, 1))
            try FileManager.default.removeItem(at: file(.colour, 1, 1))
            try FileManager.default.removeItem(at: file(.mask, 1, 3))
            try picture(1, width: 30, height: 16).writeJPEG(
                to: file(.colour, 1, 2), overwrite: true)
            try Data("nothing".utf8).write(to: file(.colour, 1, 4))
            try Image(width: 24, height: 16, channels: 1).writePNG(
                to: file(.mask, 0, 2), overwrite: true)
            let report = try await report(url)
            #expect(report.pictures == [.colour: 8, .mask: 9])
            let expected = [
                "2 of 10 pictures of colour are missing, the first is", "cannot be used here",
                "30 × 16 pixels where the camera says 24 × 16",
                "1 of 10 pictures of mask are missing",
                "1 of 9 masks that were looked at are empty, the first is that of frame 0 by cam2.",
            ]
            #expect(report.problems.count == expected.count, "\(report.problems)")
            for text in expected {
                #expect(report.problems.contains { $0.contains(text) }, "\(text)")
            }
        }
    }

    @Test func masksThatTellNothingAreTold() async throws {
        try await withFolder { url in
            for index in 0..<3 {
                let alpha = Image(width: 24, height: 16, channels: 1, filledWith: 1)
                try url.put(picture(index).withAlpha(alpha), "\(index).png")
            }
            let problems = try await report(url).problems
            #expect(
                problems == ["Masks cover all of their pictures: they tell nobody from anything."])
        }
    }

    @Test func everyFixtureIsSound() async throws {
        let report = try await report(try fixture("gagavatar"))
        #expect(report.problems == [] && report.tracks?.frames == 6)
        #expect(report.pictures == [.colour: 6])
        let json = try JSONEncoder().encode(report)
        #expect(String(decoding: json, as: UTF8.self).contains(#""layout":"gagavatar""#))
    }

    @Test func rangesAreShort() {
        #expect(CaptureReport.stretches([1, 2, 3, 7, 9, 10]) == "1–3, 7, 9–10")
        #expect(
            CaptureReport.stretches(Array(stride(from: 0, to: 20, by: 2)))
                == "0, 2, 4, 6, 8, 10 and 4 more")
    }

    @Test func theCentreIsFoundInSpiteOfOneThatLooksAway() throws {
        var cameras = ring(7)
        cameras[3] = Camera(
            eye: cameras[3].position, target: Vector3(50, 3, 20), verticalFOV: 0.7, width: 24,
            height: 16)
        let centre = try #require(CaptureReport.centre(cameras))
        #expect((centre - Vector3(0, 1, 0)).length < 0.05)
    }
}
