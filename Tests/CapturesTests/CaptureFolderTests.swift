import Foundation
import Media
import Rigs
import Spatial
import Testing

@testable import Captures

@Suite struct CaptureFolderTests {
    /// A capture of 3 frames by 2 cameras with all kinds of pictures, tracks, and a split.
    private func write(_ url: URL, cameras: [Camera] = ring(2)) throws {
        let folder = CaptureFolder(url)
        var manifest = CaptureManifest(
            source: "studio", frameRate: 25, frameCount: 3, rig: "anny",
            cameras: cameras.enumerated().map { .init(name: "cam\($0)", camera: $1) },
            events: [.init(kind: .nobody, first: 1, last: 1)])
        manifest.pictures = Dictionary(
            uniqueKeysWithValues: PictureKind.allCases.map { ($0, "png") })
        manifest.partNames = ["nothing", "hair", "hand"]
        manifest.frames = [
            .init(sequence: "a", caption: "one"), .init(sequence: "a"), .init(sequence: "b"),
        ]
        manifest.split = .init(
            test: .init(cameras: ["cam1"]), validation: .init(frames: [2...2]))
        try manifest.write(to: folder.manifest, overwrite: true)
        for frame in 0..<3 {
            for camera in 0..<2 {
                func put(_ image: Image, _ kind: PictureKind, bitDepth: Int = 8) throws {
                    try image.writePNG(
                        to: folder.picture(
                            kind, frame: frame, camera: "cam\(camera)", ending: "png"),
                        bitDepth: bitDepth, overwrite: true)
                }
                let number = 2 * frame + camera
                try put(picture(number), .colour)
                try put(halfMask(), .mask)
                try put(picture(number + 10), .albedo)
                // 1234 mm, nothing on the right.
                let depth = halfMask().samples.map { $0 * 1234 / 65535 }
                try put(
                    Image(width: 24, height: 16, channels: 1, samples: depth), .depth, bitDepth: 16)
                let parts = halfMask().samples.map { $0 * 2 / 255 }
                try put(Image(width: 24, height: 16, channels: 1, samples: parts), .parts)
                // (0.6, 0, −0.8), and nothing on the right.
                let normal = [Float(0.8), 0.5, 0.1].flatMap { c in
                    halfMask().samples.map { $0 * c }
                }
                try put(
                    Image(width: 24, height: 16, channels: 3, samples: normal), .normal,
                    bitDepth: 16)
            }
        }
        var shape = AnnyShape()
        shape.localChanges = [0.5, 0.25]
        let q = (0..<3).flatMap { t in [Float](repeating: Float(t), count: 2 * 4) }
        try SafetensorsFile.write(
            [
                "shape.phenotypes": TensorData(shape.phenotypes),
                "shape.local_changes": TensorData(shape.localChanges),
                "pose": TensorData(q, shape: [3, 2, 4]),
                "translation": TensorData((0..<9).map { Float($0) }, shape: [3, 3]),
                "expression": TensorData(
                    [Float](repeating: 0.5, count: 3 * FaceUnit.count), shape: [3, FaceUnit.count]),
            ], metadata: ["format": "likeness-tracks", "version": "1", "rig": "anny"],
            to: folder.tracks, overwrite: true)
    }

    @Test func everythingIsRead() async throws {
        try await withFolder { url in
            try write(url)
            let capture = try await Capture(contentsOf: url)
            #expect(capture.layout == .likeness && capture.frameRate == 25)
            #expect(capture.cameras.map(\.name) == ["cam0", "cam1"])
            #expect(capture.frames.map(\.sequence) == ["a", "a", "b"])
            #expect(capture.frames[0].caption == "one" && capture.frames[2].time == 0.08)
            #expect(capture.views.map(\.frame) == [0, 0, 1, 1, 2, 2])
            #expect(capture.views.map(\.cameraIndex) == [0, 1, 0, 1, 0, 1])
            #expect(capture.views(ofFrame: 1) == 2..<4)
            #expect(
                capture.views.map(\.part) == [.train, .test, .train, .test, .validation, .test])
            #expect(capture.views(for: .test) == [1, 3, 5])
            #expect(agree(capture.views[3].camera, ring(2)[1]))
            #expect(capture.kinds == Set(PictureKind.allCases))
            #expect(capture.partNames == ["nothing", "hair", "hand"])
            for view in 0..<6 {
                #expect(isPicture(try await capture.picture(.colour, of: view), view))
                #expect(isPicture(try await capture.picture(.albedo, of: view), view + 10))
                #expect(isHalf(try await capture.picture(.mask, of: view)))
                let depth = try #require(await capture.picture(.depth, of: view))
                #expect(abs(depth[3, 3, 0] - 1.234) < 1e-6 && depth[20, 3, 0] == 0)
                let parts = try #require(await capture.picture(.parts, of: view))
                #expect(parts[3, 3, 0] == 2 && parts[20, 3, 0] == 0)
                let normal = try #require(await capture.picture(.normal, of: view))
                #expect((normal.rgb(x: 3, y: 3) - Vector3(0.6, 0, -0.8)).length < 1e-4)
                #expect(normal.rgb(x: 20, y: 3) == .zero)
            }
        }
    }

    @Test func tracksAreReadRowByRow() async throws {
        try await withFolder { url in
            try write(url)
            let tracks = try #require(await Capture(contentsOf: url).tracks)
            #expect(tracks.rig == "anny")
            #expect(tracks.annyShape?.localChanges == [0.5, 0.25])
            let (pose, expression) = try #require(try tracks.anny(at: 2))
            #expect(pose.rotations.count == 2 && pose.rotations[1].w == 2)
            #expect(pose.rootTranslation == Vector3(6, 7, 8))
            #expect(expression.weights[5] == 0.5)
            // Nobody was found there.
            #expect(!tracks.isTracked(1) && tracks.isTracked(0) && !tracks.isTracked(3))
            #expect(try tracks.anny(at: 1) == nil)
            #expect(try tracks.parameters(at: -1) == nil)
        }
    }

    @Test func camerasMayMove() async throws {
        try await withFolder { url in
            try write(url)
            let path = ring(6)
            let matrices = path.flatMap(\.viewMatrix.rowMajor)
            let lenses = (0..<6).flatMap { [Float(50 + $0), 60, 12, 8] as [Float] }
            try SafetensorsFile.write(
                [
                    "cameras.view_matrices": TensorData(matrices, shape: [3, 2, 4, 4]),
                    "cameras.intrinsics": TensorData(lenses, shape: [3, 2, 4]),
                ], metadata: ["rig": "anny"], to: CaptureFolder(url).tracks, overwrite: true)
            let capture = try await Capture(contentsOf: url)
            for view in 0..<6 {
                #expect(capture.views[view].camera.viewMatrix == path[view].viewMatrix)
                #expect(capture.views[view].camera.intrinsics.fx == Float(50 + view))
            }
            // They are no tracks of a person.
            #expect(try capture.tracks?.parameters(at: 0)?.isEmpty == true)
        }
    }

    /// What an earlier version wrote: one camera, JPEG frames, no word of pictures.
    @Test func olderCapturesAreRead() async throws {
        try await withFolder { url in
            let folder = CaptureFolder(url)
            try CaptureManifest(
                source: "me.mp4", frameRate: 30, frameCount: 10, rig: "anny",
                cameras: [.init(name: "camera", camera: ring(1)[0])]
            ).write(to: folder.manifest, overwrite: true)
            for frame in 0..<10 {
                try picture(frame).writeJPEG(to: folder.frame(frame), quality: 100, overwrite: true)
                try halfMask().writePNG(to: folder.mask(frame), overwrite: true)
            }
            let capture = try await Capture(contentsOf: url)
            #expect(capture.kinds == [.colour, .mask] && capture.tracks == nil)
            #expect(capture.views(for: .test) == [8, 9])
            #expect(isPicture(try await capture.picture(.colour, of: 7), 7))
            #expect(isHalf(try await capture.picture(.mask, of: 7)))
            #expect(try await capture.picture(.depth, of: 7) == nil)
        }
    }

    @Test func damageIsToldNotTrappedOn() async throws {
        try await withFolder { url in
            try write(url)
            let valid = try Data(contentsOf: CaptureFolder(url).manifest)
            let text = String(decoding: valid, as: UTF8.self)
            let cases = [
                (#""cam1""#, #""../cam1""#), (#""cam1""#, #""cam0""#), (#""png""#, #""../png""#),
                (#""frameCount" : 3"#, #""frameCount" : 30000000"#),
                (#""frameCount" : 3"#, #""frameCount" : -3"#), (#""width" : 24"#, #""width" : 0"#),
                (#""height" : 16"#, #""height" : 1600000"#),
            ]
            for (from, to) in cases {
                let changed = text.replacingOccurrences(of: from, with: to)
                #expect(changed != text, "\(from)")
                try url.put(changed, "capture.json")
                await #expect(throws: MediaError.self, "\(to)") {
                    try await Capture(contentsOf: url)
                }
            }
            var random = SplitMix(seed: 3)
            for _ in 0..<100 {
                var bytes = Array(valid)
                for _ in 0..<4 {
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] =
                        UInt8.random(in: 32..<127, using: &random)
                }
                try Data(bytes).write(to: CaptureFolder(url).manifest)
                do {
                    let capture = try await Capture(contentsOf: url)
                    _ = try? await capture.picture(.colour, of: 0)
                } catch {
                    expectSentence(error)
                }
            }
        }
    }
}
