import Foundation
import Media
import Spatial
import Testing

@testable import Captures

/// Small copies of the data sets' folders.
@Suite struct DataSetTests {
    @Test func xHumansIsRead() async throws {
        try await withFolder { folder in
            let url = folder.appendingPathComponent("00028")
            try FileManager.default.copyItem(at: fixture("x-humans"), to: url)
            let test = url.appendingPathComponent("test")
            try FileManager.default.createDirectory(at: test, withIntermediateDirectories: true)
            try FileManager.default.copyItem(
                at: url.appendingPathComponent("train/Take1"),
                to: test.appendingPathComponent("Take8"))
            for take in ["train/Take1", "test/Take8"] {
                for frame in 1...2 {
                    try url.put(picture(frame), "\(take)/render/image/color_00000\(frame).png")
                }
            }
            let capture = try await Capture(contentsOf: url)
            #expect(capture.layout == .xHumans && capture.cameras.count == 1)
            #expect(
                capture.frames.map(\.sequence)
                    == ["train/Take1", "train/Take1", "test/Take8", "test/Take8"])
            #expect(capture.views.map(\.part) == [.train, .train, .test, .test])
            let camera = capture.views[1].camera
            #expect(camera.intrinsics == Intrinsics(fx: 30, fy: 31, cx: 12, cy: 8))
            #expect(camera.viewMatrix.translation == Vector3(0, 0, 4))
            #expect(isPicture(try await capture.picture(.colour, of: 1), 2))
            let mask = try #require(await capture.picture(.mask, of: 1))
            let depth = try #require(await capture.picture(.depth, of: 1))
            for y in 0..<16 {
                for x in 0..<24 {
                    let isThere = (4..<12).contains(y) && (8..<16).contains(x)
                    #expect(mask[x, y, 0] == (isThere ? 1 : 0))
                    let expected = isThere ? 2.7 + Float(x - 8) / 100 : 0
                    #expect(abs(depth[x, y, 0] - expected) < 1e-5)
                }
            }
            let values = try #require(try capture.tracks?.parameters(at: 1))
            #expect(capture.tracks?.rig == "smplx")
            #expect(values["transl"]?.floats() == [0, 0.5, 2])
            #expect(values["body_pose"]?.count == 63)
        }
    }

    @Test func neuManIsRead() async throws {
        try await withFolder { url in
            let sparse = url.appendingPathComponent("sparse")
            try FileManager.default.copyItem(at: fixture("colmap/text"), to: sparse)
            // A sequence has one camera and numbered pictures.
            let list = sparse.appendingPathComponent("images.txt")
            var text = try String(decoding: Data(contentsOf: list), as: UTF8.self)
            for index in 1...11 {
                let name = index == 3 ? "shot 37.jpg" : "shot_0\(40 - index).jpg"
                text = text.replacingOccurrences(
                    of: " \(index) \(name)", with: " 2 000\(index < 10 ? "0" : "")\(index).png")
                let number = "000\(index < 10 ? "0" : "")\(index)"
                try url.put(picture(index, width: 320, height: 240), "images/\(number).png")
                let nobody = halfMask(width: 320, height: 240)
                try url.put(
                    Image(
                        width: 320, height: 240, channels: 1, samples: nobody.samples.map { 1 - $0 }
                    ),
                    "segmentations/\(number).png")
            }
            try Data(text.utf8).write(to: list)
            try url.put("00001.png\n00002.png\n", "train_split.txt")
            try url.put("00004.png\n", "val_split.txt")
            try url.put("00003.png\n00011.png\n", "test_split.txt")
            try url.put(
                #"{"root_pose": [0.1, 0, 0], "body_pose": [[1, 2, 3], [4, 5, 6]], "trans": [0, 0, 3]}"#,
                "smplx_optimized/smplx_params/2.json")
            try url.put("[0.5, 0.25]", "smplx_optimized/shape_param.json")
            let capture = try await Capture(contentsOf: url)
            #expect(capture.layout == .neuMan && capture.cameras.count == 1)
            #expect(capture.frames.first?.name == "00001.png" && capture.views.count == 11)
            #expect(capture.views(for: .test) == [2, 10])
            #expect(capture.views(for: .validation) == [3])
            #expect(isPicture(try await capture.picture(.colour, of: 4), 5))
            #expect(isHalf(try await capture.picture(.mask, of: 4)))
            let tracks = try #require(capture.tracks)
            #expect(tracks.shared["betas"]?.floats() == [0.5, 0.25])
            #expect(tracks.isTracked(1) && !tracks.isTracked(0))
            let values = try #require(try tracks.parameters(at: 1))
            #expect(values["body_pose"]?.floats() == [1, 2, 3, 4, 5, 6])
            #expect(values["transl"]?.floats() == [0, 0, 3])
            #expect(try capture.points()?.positions.count == 6)
        }
    }

    @Test func actorsHQIsRead() async throws {
        try await withFolder { url in
            let cameras = ring(6)
            var lines = ["name,w,h,rx,ry,rz,tx,ty,tz,fx,fy,px,py"]
            for (index, camera) in cameras.enumerated() {
                let toWorld = camera.viewMatrix.rigidInverse
                let q = Quaternion(toWorld.linear)
                let axis = Vector3(q.x, q.y, q.z)
                let turn = axis.normalized * 2 * atan2(axis.length, q.w)
                let (t, k) = (toWorld.translation, camera.intrinsics)
                lines.append(
                    "Cam00\(index + 1),24,16,\(turn.x),\(turn.y),\(turn.z),\(t.x),\(t.y),\(t.z),"
                        + "\(k.fx / 24),\(k.fy / 16),\(k.cx / 24),\(k.cy / 16)")
                for frame in 3..<5 {
                    let name = "Cam00\(index + 1)"
                    try url.put(
                        picture(frame + 4 * index), "4x/rgbs/\(name)/\(name)_rgb00000\(frame).jpg")
                    try url.put(halfMask(), "4x/masks/\(name)/\(name)_mask00000\(frame).png")
                }
            }
            // One that was left out when it was fetched.
            lines.append("Cam009,24,16,0,0,0,0,0,0,1,1,0.5,0.5")
            try url.put(lines.joined(separator: "\r\n") + "\r\n", "4x/calibration.csv")
            try NPZFile.write(
                [
                    "betas": TensorData([Float](repeating: 0.1, count: 10), shape: [1, 10]),
                    "transl": TensorData((0..<15).map { Float($0) }, shape: [5, 3]),
                    "global_orient": TensorData([Float](repeating: 0, count: 15), shape: [5, 3]),
                ], to: url.appendingPathComponent("smpl_params.npz"), overwrite: false)
            try FileManager.default.copyItem(
                at: fixture("degas/dpe-codes.pt"), to: url.appendingPathComponent("dpe-codes.pt"))
            let capture = try await Capture(contentsOf: url)
            #expect(capture.layout == .actorsHQ && capture.cameras.count == 6)
            #expect(capture.frames.map(\.name) == ["3", "4"] && capture.views.count == 12)
            for view in 0..<12 {
                let (frame, camera) = (view / 6, view % 6)
                #expect(agree(capture.views[view].camera, cameras[camera]))
                #expect(
                    isPicture(try await capture.picture(.colour, of: view), 3 + frame + 4 * camera))
                #expect(isHalf(try await capture.picture(.mask, of: view)))
                #expect(capture.views[view].part == (camera == 0 ? .test : .train))
            }
            // Its row is that of the frame's number.
            #expect(try capture.tracks?.parameters(at: 0)?["transl"]?.floats() == [9, 10, 11])
            #expect(capture.tracks?.shared["betas"]?.count == 10)
            // As many codes as frames: the second one is the second frame's.
            let code = try #require(try capture.tracks?.parameters(at: 1)?["dpe"])
            #expect(code.shape == [1, 512] && code.floats()[..<3] == [2, 2.5, 3])
            #expect(
                try await Capture(contentsOf: url.appendingPathComponent("4x")).views.count == 12)
        }
    }

    @Test(.enabled(if: isInstalled("ffmpeg"))) func dreamsIsRead() async throws {
        try await withFolder { url in
            let cameras = ring(4, width: 32, height: 24)
            let flip = Matrix3(diagonal: Vector3(1, -1, -1))
            var rigs: [String] = []
            for (index, camera) in cameras.enumerated() {
                // Into a world whose y points down.
                let r = camera.viewMatrix.linear * flip
                let c = flip * camera.position
                let numbers = (0..<3).flatMap { row in (0..<3).map { "\(r[row, $0])" } }
                let k = camera.intrinsics
                // Calibrated at twice the size.
                rigs.append(
                    """
                    {"cameras": [{"info": "x", "w": 64, "h": 48, "fx": \(2 * k.fx), "fy": \(2 * k.fy),
                      "cx": \(2 * k.cx), "cy": \(2 * k.cy), "R": [\(numbers.joined(separator: ", "))],
                      "c": [\(c.x), \(c.y), \(c.z)]}]}
                    """)
                let mask = halfMask(width: 32, height: 24).flattened()
                try await VideoWriter.write(
                    to: url.appendingPathComponent("videos/cam0\(index).mp4"), width: 64,
                    height: 24,
                    frameCount: 6, options: .init(frameRate: 25, quality: 2, preset: "veryfast"),
                    overwrite: true
                ) { frame in
                    var both = Image(width: 64, height: 24, channels: 3)
                    for channel in 0..<3 {
                        for y in 0..<24 {
                            for x in 0..<32 {
                                both[x, y, channel] = Float(frame + 6 * index) / 32
                                both[x + 32, y, channel] = mask[x, y, channel]
                            }
                        }
                    }
                    return both
                }
            }
            try url.put(#"{"rigs": [\#(rigs.joined(separator: ", "))]}"#, "cameras.json")
            try url.put(
                #"{"frame_convention": {"offset_d": 0}, "video": {"rgb_width": 32}}"#,
                "capture.json")
            try NPZFile.write(
                [
                    "frames": TensorData([Int64(1), 2, 4]),
                    "transl": TensorData((0..<9).map { Float($0) }, shape: [3, 3]),
                    "body_pose": TensorData([Float](repeating: 0.5, count: 189), shape: [3, 63]),
                    "betas": TensorData([Float](repeating: 0.1, count: 300)),
                ], to: url.appendingPathComponent("smplx.npz"), overwrite: false)
            let codes = url.appendingPathComponent("dpe/dpe-multi-faces.zip")
            try FileManager.default.createDirectory(
                at: codes.deletingLastPathComponent(), withIntermediateDirectories: true)
            try FileManager.default.copyItem(at: fixture("degas/dpe-multi-faces.zip"), to: codes)
            let capture = try await Capture(contentsOf: url)
            #expect(
                capture.layout == .dreams
                    && capture.cameras.map(\.name) == ["cam00", "cam01", "cam02", "cam03"])
            #expect(capture.frames.count == 6 && capture.views.count == 24)
            for view in [0, 5, 14, 23] {
                #expect(agree(capture.views[view].camera, cameras[view % 4]))
                let colour = try #require(await capture.picture(.colour, of: view))
                let mean = colour.samples.reduce(0, +) / Float(colour.samples.count)
                #expect(abs(mean - Float(view / 4 + 6 * (view % 4)) / 32) < 0.015, "\(mean)")
                let mask = try #require(await capture.picture(.mask, of: view))
                #expect(mask[4, 4, 0] > 0.9 && mask[28, 4, 0] < 0.1)
            }
            #expect(capture.views(for: .test) == stride(from: 3, to: 24, by: 4).map { $0 })
            let tracks = try #require(capture.tracks)
            #expect((0..<6).map(tracks.isTracked) == [false, true, true, false, true, false])
            let values = try #require(try tracks.parameters(at: 4))
            #expect(values["transl"]?.floats() == [6, 7, 8])
            // Codes of two cameras for the frame, of one for another, and none for a third.
            #expect(values["dpe_cameras"]?.integers() == [0, 3])
            #expect(values["dpe"]?.shape == [2, 512])
            #expect(values["dpe"]?.floats()[511...513] == [4 + 511 / 2, 43, 43.5])
            #expect(try tracks.parameters(at: 1)?["dpe_cameras"]?.integers() == [3])
            #expect(try tracks.parameters(at: 2)?["dpe"] == nil)
            // Unpacked they are the same; a damaged one is told when it is asked for.
            let archive = try ZipArchive(contentsOf: codes)
            let folder = url.appendingPathComponent("dpe/dpe-multi-faces")
            for entry in archive.entries {
                let file = folder.appendingPathComponent(entry.name)
                try AtomicFile.write(try archive.read(entry), to: file, overwrite: false)
            }
            try FileManager.default.removeItem(at: codes)
            let unpacked = try await Capture(contentsOf: url)
            #expect(try unpacked.tracks?.parameters(at: 4)?["dpe"] == values["dpe"])
            try url.put("no code", "dpe/dpe-multi-faces/dpe-000001-cam03.pt")
            let damaged = try #require(try await Capture(contentsOf: url).tracks)
            #expect(throws: MediaError.self) { try damaged.parameters(at: 1) }
        }
    }

    @Test func subjectsOfPERSONAAreRead() async throws {
        try await withFolder { url in
            func put(_ split: String, _ number: Int, isCaptured: Bool) throws {
                let folder = url.appendingPathComponent(split)
                try folder.put(picture(number), "images/\(number).png")
                try folder.put(halfMask(), "masks/\(number).png")
                try folder.put(
                    """
                    {"R": [[1, 0, 0], [0, 1, 0], [0, 0, 1]], "t": [0, 0, 0.5], "focal": [20, 21],
                     "princpt": [12, 8]}
                    """, "cam_params/\(number).json")
                try folder.put(
                    #"{"root_pose": [0, 0, \#(number)], "lhand_pose": [[1, 2, 3]], "expr": [0.5], "trans": [0, 0, 2]}"#,
                    "smplx_optimized/smplx_params/\(number).json")
                let depth = [Float](repeating: 0.25, count: 24 * 16)
                try TensorData(depth, shape: [16, 24]).writeNPY(
                    to: folder.appendingPathComponent("depths/\(number).npy"), overwrite: false)
                let normal = (0..<24 * 16).flatMap { _ -> [Float] in [0, 0.6, 0.8] }
                try TensorData(normal, shape: [16, 24, 3]).writeNPY(
                    to: folder.appendingPathComponent("normals/\(number).npy"), overwrite: false)
                try TensorData([UInt8](repeating: 21, count: 24 * 16), shape: [16, 24]).writeNPY(
                    to: folder.appendingPathComponent("segs/\(number)_seg.npy"), overwrite: false)
                if isCaptured {
                    try folder.put(picture(number + 5), "image_intrinsics/\(number)_albedo.png")
                    // The right half of the picture's upper half, at four times the size.
                    try folder.put(
                        picture(number + 8, width: 48, height: 32),
                        "face_patches/images/\(number).png")
                    try folder.put("[12.0, 0.0, 12.0, 8.0]", "face_patches/bbox/\(number).json")
                    try folder.put("[0.1, 0.2]", "smplx_optimized/shape_param.json")
                    try folder.put("[[0, 0, 1], [0, 0, 2]]", "smplx_optimized/joint_offset.json")
                }
            }
            try put("captured", 0, isCaptured: true)
            for number in [2, 10, 11] { try put("generated_0", number, isCaptured: false) }
            try url.put("2\n10\n", "generated_0/frame_idx_list.txt")
            try put("test", 7, isCaptured: false)
            let capture = try await Capture(contentsOf: url)
            #expect(capture.layout == .persona && !capture.depthIsMetric)
            #expect(
                capture.frames.map(\.sequence) == [
                    "captured", "generated_0", "generated_0", "test",
                ])
            #expect(capture.frames.map(\.name) == ["0", "2", "10", "7"])
            #expect(capture.views.map(\.frame) == [0, 0, 1, 2, 3])
            #expect(capture.views.map(\.part) == [.train, .train, .train, .train, .test])
            #expect(capture.views[3].camera.intrinsics == Intrinsics(fx: 20, fy: 21, cx: 12, cy: 8))
            #expect(capture.views[3].camera.viewMatrix.translation == Vector3(0, 0, 0.5))
            // What is at a place of the box is at that place of the patch.
            #expect(capture.cameras.map(\.name) == ["camera 1", "face"])
            #expect(capture.views.map(\.cameraIndex) == [0, 1, 0, 0, 0])
            let patch = capture.views[1].camera
            #expect(patch.width == 48 && patch.height == 32)
            let point = Vector3(0.2, -0.1, 1.5)
            let pixel = capture.views[0].camera.project(point).pixel
            let expected = Vector2((pixel.x - 12) * 4, pixel.y * 4)
            #expect((patch.project(point).pixel - expected).length < 1e-3)
            #expect(isPicture(try await capture.picture(.colour, of: 1), 8))
            #expect(try await capture.picture(.mask, of: 1) == nil)
            #expect(try await CaptureReport(of: capture).problems.isEmpty)
            for (view, number) in [(0, 0), (2, 2), (3, 10), (4, 7)] {
                #expect(isPicture(try await capture.picture(.colour, of: view), number))
                #expect(isHalf(try await capture.picture(.mask, of: view)))
                #expect(try await capture.picture(.depth, of: view)?[3, 3, 0] == 0.25)
                let parts = try #require(await capture.picture(.parts, of: view))
                #expect(capture.partNames[Int(parts[3, 3, 0])] == "torso")
                // From y up and z backward to ours.
                let normal = try #require(await capture.picture(.normal, of: view))
                #expect(normal.rgb(x: 3, y: 3) == Vector3(0, -0.6, -0.8))
            }
            #expect(isPicture(try await capture.picture(.albedo, of: 0), 5))
            #expect(try await capture.picture(.albedo, of: 2) == nil)
            let tracks = try #require(capture.tracks)
            #expect(tracks.shared["betas"]?.floats() == [0.1, 0.2])
            #expect(tracks.shared["joint_offset"]?.shape == [2, 3])
            let values = try #require(try tracks.parameters(at: 2))
            #expect(values["global_orient"]?.floats() == [0, 0, 10])
            #expect(values["left_hand_pose"]?.floats() == [1, 2, 3])
            // One part of a subject is a capture too.
            let captured = try await Capture(contentsOf: url.appendingPathComponent("captured"))
            #expect(captured.views.count == 2)
            try url.put("[12, 0, 0, 8]", "captured/face_patches/bbox/0.json")
            await #expect(throws: MediaError.self) { try await Capture(contentsOf: url) }
        }
    }

    @Test func databasesOfGAGAvatarAreRead() async throws {
        let url = try fixture("gagavatar")
        let capture = try await Capture(contentsOf: url)
        #expect(capture.layout == .gagAvatar && capture.views.count == 6)
        #expect(
            capture.frames.map(\.name)
                == ["000000_0", "000000_2", "000000_10", "000001_0", "000001_2", "000001_10"])
        #expect(Set(capture.frames.map(\.sequence)) == ["000000", "000001"])
        #expect(capture.views.map(\.part) == [.train, .train, .train, .train, .validation, .test])
        let camera = capture.views[3].camera
        #expect(camera.width == 32 && camera.intrinsics.fx == 12 * 16)
        // PyTorch3D: x·R + T in front of a camera whose x goes left and y up.
        let record = try #require(
            try Pickle.read(contentsOf: url.appendingPathComponent("optim.pkl"))["000001_0"])
        let m = try #require(record["transform_matrix"]?.tensor).read().floats()
        let p = Vector3(0.1, -0.2, 0.3)
        let theirs = (0..<3).map { c in
            p.x * m[c] + p.y * m[4 + c] + p.z * m[8 + c] + m[4 * c + 3]
        }
        let (pixel, depth) = camera.project(p)
        #expect(abs(depth - theirs[2]) < 1e-4)
        // Their normalised coordinates go left and up from the centre, to 1 at the border.
        let ndc = Vector2(12 * theirs[0] / theirs[2], 12 * theirs[1] / theirs[2])
        #expect((pixel - Vector2(16 - 16 * ndc.x, 16 - 16 * ndc.y)).length < 1e-3)
        for view in 0..<6 {
            let image = try #require(await capture.picture(.colour, of: view))
            #expect(image.width == 32 && image.channels == 3)
        }
        #expect(
            try await capture.picture(.colour, of: 0) != capture.picture(.colour, of: 1))
        let tracks = try #require(capture.tracks)
        let values = try #require(try tracks.parameters(at: 4))
        #expect(values["shape"]?.count == 300 && values["expr"]?.floats()[0] == 4)
        #expect(values["jaw_pose"]?.floats() == [3, 4, 5])
        #expect(tracks.isTracked(5) && !tracks.isTracked(6))
    }
}
