import Foundation
import Media
import Spatial
import Testing

@testable import Rigs

@Suite struct MotionFileTests {
    private func file(_ text: String, _ name: String = "a.txt") throws -> MotionFile {
        try MotionFile(bytes: Array(text.utf8), name: name)
    }

    @Test(arguments: [("walk_smplx", MotionSkeleton.Kind.smplx), ("walk_smplh", .smplh)])
    func amassIsTurnedToYUp(name: String, kind: MotionSkeleton.Kind) throws {
        let file = try MotionFixture.read("\(name).npz")
        let motion = file.motion
        let skeleton = try #require(motion.skeleton)
        #expect(file.format == .amass && skeleton.kind == kind && motion.frameRate == 30)
        #expect(motion.frames.count == 150 && file.betas.count == 16 && motion.name == name)
        #expect(file.notes.contains { $0.contains("markers_latent_vids") } == (kind == .smplx))
        let picked = MotionFixture.expected["\(name).frames"]!.integers()!
        let rotations = MotionFixture.floats("\(name).rotations")
        let roots = MotionFixture.floats("\(name).root")
        for (row, frame) in picked.enumerated() {
            let world = skeleton.worldRotations(motion.frames[frame].rotations)
            for joint in 0..<22 {
                let m = rotations[(row * 22 + joint) * 9..<(row * 22 + joint + 1) * 9]
                let found = world[joint].matrix
                for (index, value) in m.enumerated() {
                    #expect(abs(found[index / 3, index % 3] - value) < 1e-5)
                }
            }
            guard case .position(let root) = motion.frames[frame].root else {
                Issue.record("no position")
                return
            }
            let place = Vector3(roots[3 * row], roots[3 * row + 1], roots[3 * row + 2])
            #expect((root - place).length < 1e-5)
        }
        // The soles of both feet are near one height all along.
        let heights = motion.frames.map { frame in
            let places = skeleton.positions(frame)
            return min(
                places[skeleton.index(of: "left_foot")!].y,
                places[skeleton.index(of: "right_foot")!].y)
        }
        #expect(heights.max()! - heights.min()! < 0.01)
    }

    @Test func amassInPartsIsTheSame() throws {
        let whole = try MotionFixture.read("walk_smplx.npz")
        let archive = try NPZFile(contentsOf: MotionFixture.url("walk_smplx.npz"))
        var tensors = try archive.tensors()
        tensors["poses"] = nil
        tensors["fps"] = tensors.removeValue(forKey: "mocap_frame_rate")
        let url = FileManager.default.temporaryDirectory.appendingPathComponent(
            "parts-\(UUID().uuidString).npz")
        defer { try? FileManager.default.removeItem(at: url) }
        try NPZFile.write(tensors, to: url, overwrite: false)
        let parts = try MotionFile(contentsOf: url)
        #expect(parts.motion.frames == whole.motion.frames && parts.motion.frameRate == 30)
    }

    @Test(arguments: [("mixamo", 0.01), ("cmu", 0.0254)] as [(String, Float)])
    func bvhIsWhatSciPyMakesOfIt(name: String, unit: Float) throws {
        let file = try MotionFixture.read("\(name).bvh")
        let motion = file.motion
        let skeleton = try #require(motion.skeleton)
        #expect(file.format == .bvh && motion.frames.count == 12)
        #expect(abs(motion.frameRate - 120) < 0.01)
        let rotations = MotionFixture.floats("\(name).rotations")
        let positions = MotionFixture.floats("\(name).positions")
        for t in 0..<12 {
            let world = skeleton.worldRotations(motion.frames[t].rotations)
            let places = skeleton.positions(motion.frames[t])
            for joint in 0..<skeleton.count {
                let at = t * skeleton.count + joint
                for index in 0..<9 {
                    let found = world[joint].matrix[index / 3, index % 3]
                    #expect(abs(found - rotations[9 * at + index]) < 1e-5)
                }
                let place = Vector3(
                    positions[3 * at], positions[3 * at + 1], positions[3 * at + 2])
                #expect((places[joint] - place).length < 2e-5, "\(skeleton.names[joint])")
            }
        }
        #expect(file.notes.contains { $0.contains(unit == 0.01 ? "centimetres" : "inches") })
        let metres = try MotionFile(
            contentsOf: MotionFixture.url("\(name).bvh"), options: .init(metresPerUnit: 1))
        let size = metres.motion.skeleton!.positions[3] * unit
        #expect((size - skeleton.positions[3]).length < 1e-4)
    }

    @Test func bvhIsWrittenAsItIsRead() throws {
        let motion = try MotionFixture.read("walk_smplx.npz").motion
        let again = try file(try motion.bvh(), "walk.bvh").motion
        #expect(again.frames.count == motion.frames.count)
        #expect(abs(again.frameRate - motion.frameRate) < 1e-3)
        let skeleton = try #require(again.skeleton)
        for t in stride(from: 0, to: motion.frames.count, by: 10) {
            let expected = motion.skeleton!.positions(motion.frames[t])
            let found = skeleton.positions(again.frames[t])
            for (joint, name) in motion.skeleton!.names.enumerated() {
                let other = try #require(skeleton.index(of: name))
                #expect((found[other] - expected[joint]).length < 2e-5)
                let a = motion.frames[t].rotations[name]!
                #expect(angle(a, again.frames[t].rotations[name]!) < 2e-3)
            }
        }
    }

    private let table = """
        Timecode,BlendShapeCount,EyeBlinkLeft,JawOpen,HeadYaw,HeadPitch,HeadRoll,LeftEyeYaw,LeftEyePitch,LeftEyeRoll,RightEyeYaw,RightEyePitch,RightEyeRoll

        """

    @Test func liveLinkTimecodesHaveFractions() throws {
        var text = "\u{feff}" + table
        // Across a second's end; frame 70 is recorded twice, and 73 is missing.
        for frame in [0, 20, 40] + Array(55...72) + [70, 74, 75, 76, 77] + Array(78...90) {
            let (second, part) = (frame / 60, Double(frame % 60) + 0.453)
            text += "18:46:\(37 + second):\(part),61,\(Float(frame) / 100),0.5,0.3,0.2,-0.1,"
            text += "0.05,0.1,0,0.06,0.1,0\r\n"
        }
        let face = try file(text, "take.csv")
        #expect(face.format == .liveLink && face.motion.frameRate == 60)
        #expect(face.motion.frames.count == 91 && face.motion.skeleton == .face)
        for frame in [0, 10, 56, 60, 73, 90] {
            let weight = face.motion.frames[frame].expression[.eyeBlinkLeft]
            #expect(abs(weight - Float(frame) / 100) < 1e-3, "\(frame)")
        }
        let moment = face.motion.frames[60]
        #expect(moment.expression[.jawOpen] == 0.5)
        // To the person's left and down.
        let ahead = try #require(moment.rotations["head"]).matrix * Vector3(0, 0, 1)
        #expect(abs(atan2(ahead.x, ahead.z) - 0.3) < 1e-4 && abs(ahead.y + sin(0.2)) < 1e-4)
        #expect(moment.gaze == Gaze(left: Vector2(0.05, 0.1), right: Vector2(0.06, 0.1)))
        #expect(moment.face[.eyeLookOutLeft] > 0 && moment.face[.eyeLookInRight] > 0)

        let again = try file(face.motion.liveLinkCSV(), "again.csv").motion
        #expect(again.frameRate == 60 && again.frames.count == 91)
        for (a, b) in zip(face.motion.frames, again.frames) {
            #expect(abs(a.expression[.eyeBlinkLeft] - b.expression[.eyeBlinkLeft]) < 1e-4)
            #expect(angle(a.rotations["head"]!, b.rotations["head"]!) < 2e-3)
        }
    }

    @Test func arkitNamesMayComeInAnyOrder() throws {
        let text = """
            {"names": ["_neutral", "mouthSmileLeft", "jawOpen"], "frames": [
             {"weights": [1, 0.25, 0.5], "time": 0, "rotation": []},
             {"weights": [1, 0.75, 1], "time": 0.04, "rotation": [0, 0.2, 0]}],
             "head_pose": [[0.1, 0, 0], [0, 0, 0]]}
            """
        let face = try file(text, "b.json")
        #expect(face.format == .arkit && face.motion.frameRate == 25)
        #expect(face.motion.frames[1].expression[.mouthSmileLeft] == 0.75)
        #expect(face.motion.frames[0].expression[.jawOpen] == 0.5)
        #expect(
            angle(face.motion.frames[0].rotations["head"]!, Quaternion(axisAngle: [0.1, 0, 0]))
                < 1e-3)
        #expect(
            angle(face.motion.frames[1].rotations["head"]!, Quaternion(axisAngle: [0, 0.2, 0]))
                < 1e-3)
    }

    /// The recording beside the repository or a folder above, where it is there.
    private static let track: URL? = {
        var folder = URL(fileURLWithPath: #filePath)
        while folder.path != "/" {
            folder.deleteLastPathComponent()
            let url = folder.appendingPathComponent("shared/real/arkit_track.json")
            if FileManager.default.fileExists(atPath: url.path) { return url }
        }
        return nil
    }()

    @Test(.enabled(if: track != nil, "no shared recordings here"))
    func aRealARKitTrackIsRead() throws {
        let face = try MotionFile(contentsOf: try #require(Self.track))
        #expect(face.motion.frames.count == 973 && face.motion.frameRate == 30)
        let jaw = face.motion.frames.map { $0.expression[.jawOpen] }
        let lid = face.motion.frames.map { $0.expression[.eyeBlinkLeft] }
        // As Python reads them.
        #expect(abs(jaw.max()! - 0.300000) < 1e-5 && jaw.firstIndex(of: jaw.max()!) == 249)
        #expect(abs(lid.max()! - 0.936741) < 1e-5 && lid.firstIndex(of: lid.max()!) == 739)
    }

    @Test func ownFilesKeepEverything() throws {
        let motion = MotionFixture.everything()
        let again = try MotionFile(bytes: SafetensorsMotion.encode(motion), name: "a.motion")
        #expect(again.format == .likeness && again.motion.name == motion.name)
        #expect(again.motion.captions == motion.captions && again.motion.frameRate == 29.97)
        #expect(again.motion.skeleton == motion.skeleton)
        for (a, b) in zip(again.motion.frames, motion.frames) {
            for (name, rotation) in b.rotations {
                #expect((a.rotations[name]!.components - rotation.components).length < 1e-6)
            }
            var c = a
            c.rotations = b.rotations
            #expect(c == b)
        }
        let built = BuiltInMotion.expressions(30)
        let other = try MotionFile(bytes: SafetensorsMotion.encode(built), name: "b.motion").motion
        #expect(other == built)
    }

    @Test func theFormatIsToldByContent() {
        #expect(MotionFile.format(of: []) == nil)
        #expect(MotionFile.format(of: Array("hello".utf8)) == nil)
        #expect(MotionFile.format(of: Array("  \nHIERARCHY\n".utf8)) == .bvh)
        #expect(MotionFile.format(of: MotionFixture.bytes("walk_smplh.npz")) == .amass)
    }
}
