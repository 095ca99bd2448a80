import Foundation
import Media
import Spatial
import Testing

@testable import Captures

/// Held to a model that COLMAP itself wrote, with a camera of each kind, and to where it says that points
/// fall in the pictures.
@Suite struct COLMAPTests {
    private struct Expected: Decodable {
        struct Shot: Decodable {
            var name: String
            var model: String
            var pixels: [[Float]]
        }
        var points: [[Float]]
        var colours: [[UInt8]]
        var images: [Shot]
    }

    private func expected() throws -> Expected {
        try JSONDecoder().decode(
            Expected.self, from: Data(contentsOf: fixture("colmap/expected.json")))
    }

    /// The model beside pictures, with masks of some.
    private func write(_ kind: String, _ url: URL) throws {
        let sparse = url.appendingPathComponent("sparse")
        try FileManager.default.createDirectory(at: sparse, withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            at: fixture("colmap/\(kind)"), to: sparse.appendingPathComponent("0"))
        for (index, shot) in try expected().images.enumerated() {
            try url.put(picture(index, width: 320, height: 240), "images/\(shot.name)")
            try url.put(halfMask(width: 320, height: 240), "masks/\(shot.name).png")
        }
    }

    @Test(arguments: ["binary", "text"])
    func everyCameraProjectsAsCOLMAPDoes(_ kind: String) async throws {
        let truth = try expected()
        try await withFolder { url in
            try write(kind, url)
            let capture = try await Capture(contentsOf: url)
            #expect(capture.layout == .colmap && capture.views.count == 11)
            #expect(capture.frames.map(\.name) == capture.frames.map(\.name).sorted())
            for shot in truth.images {
                let view = try #require(capture.frames.firstIndex { $0.name == shot.name })
                let camera = capture.views[view].camera
                let device = capture.cameras[capture.views[view].cameraIndex]
                for (point, pixel) in zip(truth.points, shot.pixels) {
                    let p = camera.viewMatrix * Vector3(point[0], point[1], point[2])
                    let bent = device.distortion.distorted(Vector2(p.x, p.y) / p.z)
                    let k = camera.intrinsics
                    let found = Vector2(bent.x * k.fx + k.cx, bent.y * k.fy + k.cy)
                    #expect((found - Vector2(pixel[0], pixel[1])).length < 2e-3, "\(shot.model)")
                }
            }
            let points = try #require(try capture.points())
            for (index, point) in truth.points.enumerated() {
                let p = Vector3(point[0], point[1], point[2])
                #expect(points.positions.contains { ($0 - p).length < 1e-6 })
                let c = truth.colours[index]
                #expect(points.colours.contains(SIMD3(c[0], c[1], c[2])))
            }
        }
    }

    @Test func picturesMasksAndSplit() async throws {
        try await withFolder { url in
            try write("binary", url)
            let capture = try await Capture(contentsOf: url)
            for (index, shot) in try expected().images.enumerated()
            where ["SIMPLE_PINHOLE", "PINHOLE", "OPENCV_FISHEYE"].contains(shot.model) {
                let view = try #require(capture.frames.firstIndex { $0.name == shot.name })
                #expect(isPicture(try await capture.picture(.colour, of: view), index))
                if shot.model != "OPENCV_FISHEYE" {
                    #expect(isHalf(try await capture.picture(.mask, of: view)))
                }
            }
            #expect(capture.views(for: .test) == [0, 8])
            #expect(capture.splitRule == "each eighth picture is held out")
            // The model's own folder will do.
            let model = try await Capture(contentsOf: url.appendingPathComponent("sparse/0"))
            #expect(model.views.count == 11 && model.hasPicture(.colour, of: 3))
        }
    }

    /// The bytes of a file without its end, or with one byte changed.
    private func damaged(_ valid: [UInt8], isCut: Bool, _ random: inout SplitMix) -> [UInt8] {
        var bytes = valid
        if isCut {
            bytes.removeLast(Int.random(in: 1..<valid.count, using: &random))
        } else {
            bytes[Int.random(in: 0..<valid.count, using: &random)] ^=
                UInt8.random(in: 1...255, using: &random)
        }
        return bytes
    }

    @Test(arguments: ["cameras.bin", "images.bin", "points3D.bin"])
    func damageIsToldNotTrappedOn(_ name: String) async throws {
        try await withFolder { url in
            try write("binary", url)
            let file = url.appendingPathComponent("sparse/0/\(name)")
            let valid = try [UInt8](Data(contentsOf: file))
            var random = SplitMix(seed: 4)
            var refused = 0
            for round in 0..<150 {
                try Data(damaged(valid, isCut: round % 2 == 0, &random)).write(to: file)
                do {
                    _ = try await Capture(contentsOf: url).points()
                } catch {
                    refused += 1
                    expectSentence(error)
                }
            }
            #expect(refused >= 75)
        }
    }

    @Test func damagedTextIsTold() async throws {
        try await withFolder { url in
            try write("text", url)
            let file = url.appendingPathComponent("sparse/0/cameras.txt")
            let text = try String(decoding: Data(contentsOf: file), as: UTF8.self)
            for (from, to) in [
                ("PINHOLE 320", "PINHOLE x"), ("OPENCV ", "OPENGL "),
                ("300 310 161 119\n", "300\n"),
                ("320 240", "320 0"),
            ] {
                try url.put(text.replacingOccurrences(of: from, with: to), "sparse/0/cameras.txt")
                await #expect(throws: MediaError.self, "\(to)") {
                    try await Capture(contentsOf: url)
                }
            }
        }
    }

    private struct Shot: Decodable {
        var name: String
        var moment: Int
        var camera: Int
        var matrix: [[Float]]
    }

    /// A rig of two cameras at three moments, of which one camera missed one, and a camera by itself.
    @Test(arguments: ["binary", "text"])
    func picturesOfARigAreOneMoment(_ kind: String) async throws {
        let shots = try JSONDecoder().decode(
            [Shot].self, from: Data(contentsOf: fixture("colmap-rig/expected.json")))
        try await withFolder { url in
            try FileManager.default.copyItem(
                at: fixture("colmap-rig/\(kind)"), to: url.appendingPathComponent("sparse"))
            for (index, shot) in shots.enumerated() {
                try url.put(picture(index), "images/\(shot.name)")
            }
            let capture = try await Capture(contentsOf: url)
            #expect(
                capture.frames.map(\.name)
                    == ["alone.png", "shot8.png", "left/shot9.png", "shot10.png"])
            #expect(capture.views.map(\.frame) == [0, 1, 1, 2, 3, 3])
            #expect(capture.views(ofFrame: 3) == 4..<6)
            let order = [
                "alone.png", "left/shot8.png", "right/shot8.png", "left/shot9.png",
                "left/shot10.png", "right/shot10.png",
            ]
            for (view, name) in order.enumerated() {
                let index = try #require(shots.firstIndex { $0.name == name })
                let shot = shots[index]
                let found = capture.views[view]
                #expect(capture.cameras[found.cameraIndex].name == "\(shot.camera)")
                // The place of the camera, not that of the rig.
                let matrix = found.camera.viewMatrix.rowMajor
                for (value, expected) in zip(matrix, shot.matrix.joined()) {
                    #expect(abs(value - expected) < 1e-5, "\(name)")
                }
                if shot.camera != 9 {
                    #expect(isPicture(try await capture.picture(.colour, of: view), index))
                }
            }
        }
    }

    @Test func damagedMomentsAreToldNotTrappedOn() async throws {
        try await withFolder { url in
            try FileManager.default.copyItem(
                at: fixture("colmap-rig/binary"), to: url.appendingPathComponent("sparse"))
            try url.put(picture(0), "images/alone.png")
            let file = url.appendingPathComponent("sparse/frames.bin")
            let valid = try [UInt8](Data(contentsOf: file))
            var random = SplitMix(seed: 6)
            for round in 0..<100 {
                try Data(damaged(valid, isCut: round % 2 == 0, &random)).write(to: file)
                do {
                    // Other numbers are other moments; what is cut off is told.
                    let capture = try await Capture(contentsOf: url)
                    #expect(round % 2 == 1 && capture.views.count == 6)
                } catch {
                    expectSentence(error)
                }
            }
            try FileManager.default.removeItem(at: file)
            let counts = ["", "2", "\(Int.max)", "\(Int.min)", "-1"]
            for line in ["1 2 3"] + counts.map({ "18 5 1 0 0 0 0 0 0 \($0) CAMERA 7 13" }) {
                try url.put("\(line)\n", "sparse/frames.txt")
                await #expect(throws: MediaError.self) { try await Capture(contentsOf: url) }
            }
        }
    }
}
