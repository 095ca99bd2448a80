import Foundation
import Media
import Spatial
import Testing

@testable import Captures

/// Images, video, colour with depth, and scans.
@Suite struct PlainLayoutTests {
    @Test func imagesAreRead() async throws {
        try await withFolder { url in
            for index in 0..<11 { try url.put(picture(index), "shot \(index).jpg") }
            try url.put(
                picture(11, width: 30, height: 20).withAlpha(halfMask(width: 30, height: 20)),
                "shot 11.png")
            try url.put("hello", "notes.txt")
            try url.put("no picture", "shot 12.png")
            let capture = try await Capture(contentsOf: url)
            #expect(capture.layout == .images)
            // 10 comes after 9.
            #expect(capture.frames.map(\.name) == (0..<12).map { "shot \($0)" })
            #expect(capture.cameras.count == 2 && !capture.cameras[0].isCalibrated)
            for index in 0..<12 {
                #expect(isPicture(try await capture.picture(.colour, of: index), index))
            }
            #expect(isHalf(try await capture.picture(.mask, of: 11)))
            #expect(capture.problems.count == 1 && capture.problems[0].contains("shot 12.png"))
            #expect(capture.views(for: .test) == [0, 8])
            let one = try await Capture(contentsOf: url.appendingPathComponent("shot 3.jpg"))
            #expect(one.views.count == 1 && one.views(for: .test).isEmpty)
            #expect(isPicture(try await one.picture(.colour, of: 0), 3))
        }
    }

    @Test func theLensIsTakenFromEXIF() {
        // 43.27 mm is the diagonal of film.
        let camera = LayoutSupport.guess(width: 400, height: 300, focalLength35mm: 43.27)
        #expect(abs(camera.intrinsics.fx - 500) < 1e-3)
        #expect(abs(LayoutSupport.guess(width: 400, height: 300).intrinsics.fx - 480) < 1e-3)
    }

    @Test(.enabled(if: isInstalled("ffmpeg"))) func videosAreReadInAnyOrder() async throws {
        try await withFolder { url in
            let file = url.appendingPathComponent("clip.mp4")
            try await VideoWriter.write(
                to: file, width: 32, height: 24, frameCount: 25,
                options: .init(frameRate: 25, quality: 4, preset: "veryfast"), overwrite: false
            ) { picture($0, width: 32, height: 24) }
            let capture = try await Capture(contentsOf: file)
            #expect(capture.layout == .video && capture.frameRate == 25)
            #expect(capture.views.count == 25 && capture.frames[5].time == 0.2)
            #expect(capture.views(for: .test) == Array(20..<25))
            for index in [24, 0, 1, 17, 18, 3] {
                let frame = try #require(await capture.picture(.colour, of: index))
                let mean = frame.samples.reduce(0, +) / Float(frame.samples.count)
                #expect(abs(mean - Float(index) / 32) < 0.012, "\(index): \(mean)")
            }
        }
    }

    @Test func colourWithDepthIsRead() async throws {
        try await withFolder { url in
            let cameras = ring(4)
            for index in 0..<4 {
                try url.put(picture(index), "color/frame_\(index).jpg")
                let depth = Image(
                    width: 12, height: 8, channels: 1, filledWith: Float(1500 + index) / 65535)
                // Number 2 has none.
                if index != 2 { try url.put(depth, "depth/d\(index).png", bitDepth: 16) }
                try url.put(halfMask(), "mask/\(index).png")
                let rows = cameras[index].viewMatrix.rigidInverse.rowMajor
                try url.put(
                    stride(from: 0, to: 16, by: 4).map {
                        rows[$0..<$0 + 4].map { "\($0)" }.joined(separator: " ")
                    }.joined(separator: "\n"), "poses/\(index).txt")
            }
            let k = cameras[0].intrinsics
            try url.put("\(k.fx) 0 \(k.cx)\n0 \(k.fy) \(k.cy)\n0 0 1\n", "intrinsics.txt")
            let capture = try await Capture(contentsOf: url)
            #expect(capture.layout == .rgbd && capture.cameras[0].isCalibrated)
            for index in 0..<4 {
                #expect(agree(capture.views[index].camera, cameras[index]))
                #expect(isPicture(try await capture.picture(.colour, of: index), index))
                #expect(isHalf(try await capture.picture(.mask, of: index)))
                let depth = try await capture.picture(.depth, of: index)
                #expect((depth == nil) == (index == 2))
                if let depth {
                    #expect(
                        depth.width == 24 && abs(depth[7, 3, 0] - 1.5 - Float(index) / 1000) < 1e-5)
                }
            }
            try FileManager.default.removeItem(at: url.appendingPathComponent("intrinsics.txt"))
            try url.put(
                #"{"width": 24, "height": 16, "intrinsic_matrix": [20, 0, 0, 0, 21, 0, 11, 7, 1]}"#,
                "camera_intrinsic.json")
            #expect(
                try await Capture(contentsOf: url).cameras[0].camera.intrinsics
                    == Intrinsics(fx: 20, fy: 21, cx: 11, cy: 7))
        }
    }

    @Test func scenesInOneFolderAreRead() async throws {
        try await withFolder { url in
            let camera = ring(1)[0]
            for index in 0..<2 {
                try url.put(picture(index), "frame-00000\(index).color.png")
                let depth = Image(width: 24, height: 16, channels: 1, filledWith: 900 / 65535)
                try url.put(depth, "frame-00000\(index).depth.png", bitDepth: 16)
                let rows = camera.viewMatrix.rigidInverse.rowMajor
                try url.put(
                    rows.map { "\($0)" }.joined(separator: " "), "frame-00000\(index).pose.txt")
            }
            let capture = try await Capture(contentsOf: url)
            #expect(capture.layout == .rgbd && capture.views.count == 2)
            #expect(!capture.cameras[0].isCalibrated)
            #expect(capture.views[1].camera.viewMatrix.translation.y.isFinite)
            let depth = try #require(await capture.picture(.depth, of: 1))
            #expect(abs(depth[0, 0, 0] - 0.9) < 1e-6)
        }
    }

    @Test func scansAreRead() async throws {
        try await withFolder { url in
            let file = url.appendingPathComponent("scan.ply")
            var mesh = ColouredMesh(texture: Image(width: 1, height: 1, channels: 3, filledWith: 1))
            mesh.positions = [Vector3(0, 0, 0), Vector3(1, 0, 0), Vector3(0, 2, 0)]
            mesh.colours = [SIMD3(1, 2, 3), SIMD3(4, 5, 6), SIMD3(7, 8, 9)]
            mesh.faces = [SIMD3(0, 1, 2)]
            try MeshFile.write(mesh, to: file, overwrite: false)
            let capture = try await Capture(contentsOf: file)
            #expect(capture.layout == .pointCloud && capture.views.isEmpty)
            #expect(try capture.points() == mesh)
        }
    }

    @Test func whatIsNothingIsRefused() async throws {
        try await withFolder { url in
            await #expect(
                throws: MediaError.notFound(file: url.appendingPathComponent("a").relativePath)
            ) {
                try await Capture(contentsOf: url.appendingPathComponent("a"))
            }
            try url.put("hello", "notes.txt")
            for path in [url, url.appendingPathComponent("notes.txt")] {
                do {
                    _ = try await Capture(contentsOf: path)
                    Issue.record("no error")
                } catch {
                    expectSentence(error)
                    #expect("\(error)".contains("img_lmdb/") && "\(error)".contains("capture.json"))
                }
            }
            // Of a data set one capture is to be chosen.
            for index in 0..<2 { try url.put(picture(index), "00028/images/\(index).png") }
            do {
                _ = try await Capture(contentsOf: url.appendingPathComponent("00028"))
                Issue.record("no error")
            } catch {
                expectSentence(error)
                #expect("\(error)".hasSuffix("such as images, a folder of images."))
            }
            try FileManager.default.removeItem(at: url.appendingPathComponent("00028"))
            // Every layout can be asked for by name, and says what is missing.
            for layout in CaptureLayout.allCases {
                do {
                    _ = try await Capture(contentsOf: url, layout: layout)
                    if layout != .pointCloud { Issue.record("no error of \(layout)") }
                } catch {
                    expectSentence(error)
                }
            }
        }
    }
}

/// Whether the program is on the search path.
func isInstalled(_ tool: String) -> Bool {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        .contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(tool)") }
}
