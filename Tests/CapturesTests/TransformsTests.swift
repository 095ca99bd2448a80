import Foundation
import Media
import Spatial
import Testing

@testable import Captures

@Suite struct TransformsTests {
    private func frame(_ path: String, _ camera: Camera, _ more: String = "") -> String {
        #"{"file_path": "\#(path)", "transform_matrix": \#(openGLMatrix(camera))\#(more)}"#
    }

    @Test func nerfstudioIsRead() async throws {
        try await withFolder { url in
            let cameras = ring(9)
            let k = cameras[0].intrinsics
            let frames = cameras.enumerated().map { index, camera in
                frame(
                    "images/frame_\(index).png", camera,
                    #", "mask_path": "masks/frame_\#(index).png", "depth_file_path": "depths/\#(index).png""#
                )
            }
            try url.put(
                """
                {"camera_model": "OPENCV", "fl_x": \(k.fx), "fl_y": \(k.fy), "cx": \(k.cx),
                 "cy": \(k.cy), "w": 24, "h": 16, "k1": 0, "k2": 0.0, "p1": 0, "p2": 0,
                 "applied_transform": [[1, 0, 0, 0]], "frames": [\(frames.joined(separator: ",\n"))]}
                """, "transforms.json")
            for index in 0..<9 {
                try url.put(picture(index), "images/frame_\(index).png")
                try url.put(halfMask(), "masks/frame_\(index).png")
                let depth = Image(width: 12, height: 8, channels: 1, filledWith: 2000 / 65535)
                try url.put(depth, "depths/\(index).png", bitDepth: 16)
            }
            let capture = try await Capture(contentsOf: url)
            #expect(capture.layout == .nerfstudio && capture.cameras.count == 1)
            #expect(capture.cameras[0].distortion == .none)
            #expect(capture.kinds == [.colour, .mask, .depth])
            for index in 0..<9 {
                #expect(agree(capture.views[index].camera, cameras[index]))
                #expect(isPicture(try await capture.picture(.colour, of: index), index))
                #expect(isHalf(try await capture.picture(.mask, of: index)))
                let depth = try #require(await capture.picture(.depth, of: index))
                #expect(depth.width == 24 && abs(depth[5, 5, 0] - 2) < 1e-5)
            }
            #expect(capture.views(for: .test) == [0, 8])
            // The file itself will do.
            let file = url.appendingPathComponent("transforms.json")
            #expect(try await Capture(contentsOf: file).views.count == 9)
        }
    }

    @Test func lensesOfFramesAndNamedPartsAreRead() async throws {
        try await withFolder { url in
            let cameras = ring(2)
            let lens = #", "fl_x": 40, "cx": 11, "cy": 7, "w": 24, "h": 16, "k1": 0.1"#
            try url.put(
                """
                {"fl_x": 30, "fl_y": 31, "w": 24, "h": 16, "camera_model": "OPENCV",
                 "test_filenames": ["b.png"], "train_filenames": ["a.png"],
                 "frames": [\(frame("a.png", cameras[0], lens)), \(frame("b.png", cameras[1]))]}
                """, "transforms.json")
            try url.put(picture(1), "a.png")
            try url.put(picture(2), "b.png")
            let capture = try await Capture(contentsOf: url)
            #expect(capture.views.map(\.part) == [.train, .test])
            #expect(capture.cameras.count == 2)
            #expect(
                capture.cameras[0].distortion
                    == .polynomial(radial: [0.1, 0, 0], tangential: .zero))
            #expect(
                capture.views[0].camera.intrinsics == Intrinsics(fx: 40, fy: 40, cx: 11, cy: 7))
            #expect(
                capture.views[1].camera.intrinsics == Intrinsics(fx: 30, fy: 31, cx: 12, cy: 8))
        }
    }

    /// Three files, angles of view, no endings, alpha for masks and no size.
    @Test func syntheticScenesOfNeRFAreRead() async throws {
        try await withFolder { url in
            let camera = ring(1)[0]
            for (index, part) in ["train", "val", "test"].enumerated() {
                let angle = 2 * atan(Float(12) / camera.intrinsics.fx)
                try url.put(
                    #"{"camera_angle_x": \#(angle), "frames": [\#(frame("./\(part)/r_0", camera))]}"#,
                    "transforms_\(part).json")
                try url.put(picture(index).withAlpha(halfMask()), "\(part)/r_0.png")
            }
            let capture = try await Capture(contentsOf: url)
            #expect(capture.layout == .nerfstudio)
            #expect(capture.views.map(\.part) == [.train, .validation, .test])
            for view in 0..<3 {
                #expect(agree(capture.views[view].camera, camera))
                #expect(isPicture(try await capture.picture(.colour, of: view), view))
                #expect(isHalf(try await capture.picture(.mask, of: view)))
            }
        }
    }

    @Test func headsOfVHAPAreRead() async throws {
        try await withFolder { url in
            let cameras = ring(3)
            let angle = 2 * atan(Float(12) / cameras[0].intrinsics.fx)
            func list(_ part: String, _ shots: [(Int, Int)]) throws {
                let frames = shots.map { t, c in
                    frame(
                        "images/\(t)_\(c).png", cameras[c],
                        """
                        , "timestep_index": \(t), "camera_index": \(c), "camera_angle_x": \(angle),
                        "w": 24, "h": 16, "fg_mask_path": "fg_masks/\(t)_\(c).png",
                        "flame_param_path": "flame_param/\(t).npz"
                        """)
                }
                try url.put(
                    #"{"frames": [\#(frames.joined(separator: ", "))]}"#, "transforms_\(part).json")
            }
            try list("train", [(1, 0), (0, 0), (1, 2), (0, 2)])
            try list("val", [(0, 1), (1, 1)])
            try list("test", [(2, 0)])
            for t in 0..<3 {
                for c in 0..<3 {
                    try url.put(picture(3 * t + c), "images/\(t)_\(c).png")
                    try url.put(halfMask(), "fg_masks/\(t)_\(c).png")
                }
                if t == 2 { continue }
                try NPZFile.write(
                    [
                        "expr": TensorData(
                            [Float](repeating: Float(t), count: 100), shape: [1, 100]),
                        "shape": TensorData([Float](repeating: 0.5, count: 300)),
                        "static_offset": TensorData(
                            [Float](repeating: 0, count: 6), shape: [1, 2, 3]),
                        "translation": TensorData([0, 1, Float(t)], shape: [1, 3]),
                    ], to: url.appendingPathComponent("flame_param/\(t).npz"), overwrite: false)
            }
            let capture = try await Capture(contentsOf: url)
            #expect(capture.layout == .gaussianAvatars)
            #expect(capture.frames.map(\.name) == ["0", "1", "2"])
            #expect(capture.cameras.map(\.name) == ["0", "1", "2"])
            #expect(
                capture.views.map { [$0.frame, $0.cameraIndex] }
                    == [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2], [2, 0]])
            #expect(
                capture.views.map(\.part)
                    == [.train, .validation, .train, .train, .validation, .train, .test])
            for (view, number) in [0, 1, 2, 3, 4, 5, 6].enumerated() {
                #expect(agree(capture.views[view].camera, cameras[number % 3]))
                #expect(isPicture(try await capture.picture(.colour, of: view), number))
                #expect(isHalf(try await capture.picture(.mask, of: view)))
            }
            let tracks = try #require(capture.tracks)
            #expect(tracks.rig == "flame" && Set(tracks.shared.keys) == ["shape", "static_offset"])
            let values = try #require(try tracks.parameters(at: 1))
            #expect(Set(values.keys) == ["expr", "translation"])
            #expect(values["expr"]?.shape == [100] && values["expr"]?.floats()[7] == 1)
            #expect(!tracks.isTracked(2))
        }
    }

    @Test(arguments: [
        #"{"frames": [{"file_path": "a.png"}]}"#, #"{"frames": []}"#, "[]", "{",
        #"{"w": 24, "h": 16, "frames": [{"file_path": "a.png", "transform_matrix": [[1, 0]]}]}"#,
        #"""
        {"w": 24, "h": 16, "fl_x": 30,
         "frames": [{"file_path": "a.png", "transform_matrix": [[0,0,0,0],[0,0,0,0],[0,0,0,0]]}]}
        """#,
        #"""
        {"w": -1e30, "h": 16, "fl_x": 30,
         "frames": [{"file_path": "a.png", "transform_matrix": [[1,0,0,0],[0,1,0,0],[0,0,1,0]]}]}
        """#,
        #"""
        {"w": 24, "h": 16,
         "frames": [{"file_path": "a.png", "transform_matrix": [[1,0,0,0],[0,1,0,0],[0,0,1,0]]}]}
        """#,
    ])
    func damageIsTold(_ text: String) async throws {
        try await withFolder { url in
            try url.put(text, "transforms.json")
            do {
                _ = try await Capture(contentsOf: url)
                Issue.record("no error")
            } catch {
                expectSentence(error)
            }
        }
    }
}
