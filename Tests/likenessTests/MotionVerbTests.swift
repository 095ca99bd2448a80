import Foundation
import Testing

extension CommandLineTests {
    @Suite(.serialized) struct MotionVerbTests {
        /// Legs and arms with the names of Biovision, in centimetres, the right arm going up.
        static let bvh: String = {
            var text = """
                HIERARCHY
                ROOT Hips
                {
                OFFSET 0 0 0
                CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation

                """
            func chain(_ joints: [(String, Float, Float)]) {
                for (name, x, y) in joints {
                    text += "JOINT \(name)\n{\nOFFSET \(x) \(y) 0\n"
                    text += "CHANNELS 3 Zrotation Xrotation Yrotation\n"
                }
                text += "End Site\n{\nOFFSET 0 0 5\n}\n"
                text += String(repeating: "}\n", count: joints.count)
            }
            for (side, sign) in [("Left", Float(1)), ("Right", -1)] {
                chain([
                    (side + "Hip", 9 * sign, -3), (side + "Knee", 0, -40),
                    (side + "Ankle", 0, -40),
                ])
                chain([
                    (side + "Shoulder", 17 * sign, 45), (side + "Elbow", 27 * sign, 0),
                    (side + "Wrist", 25 * sign, 0),
                ])
            }
            chain([("Neck", 0, 50), ("Head", 0, 12)])
            text += "}\nMOTION\nFrames: 11\nFrame Time: 0.05\n"
            for frame in 0..<11 {
                var row = [Float](repeating: 0, count: 6 + 14 * 3)
                row[1] = 88
                row[6 + 3 * 9] = Float(-6 * frame)
                text += row.map { "\($0)" }.joined(separator: " ") + "\n"
            }
            return text
        }()

        @Test func infoAndConvertGoThroughEveryFormat() throws {
            try withFolder { folder in
                try Data(Self.bvh.utf8).write(to: folder.appendingPathComponent("a.bvh"))
                func info(_ name: String) throws -> [String: Any] {
                    let outcome = try Program.run(["motion", "info", name, "--json"], in: folder)
                    try #require(outcome.status == 0, "\(outcome.errors)")
                    return try #require(
                        try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
                            as? [String: Any])
                }
                let first = try info("a.bvh")
                #expect(first["format"] as? String == "bvh" && first["frames"] as? Int == 11)
                #expect(first["movingJoints"] as? [String] == ["RightShoulder"])
                func convert(_ from: String, _ to: String, _ more: [String] = []) throws {
                    let outcome = try Program.run(
                        ["motion", "convert", from, "-o", to] + more, in: folder)
                    #expect(outcome.status == 0, "\(outcome.errors)")
                }
                try convert("a.bvh", "a.motion", ["--fps", "40", "--smooth", "0.02"])
                let own = try info("a.motion")
                #expect(own["format"] as? String == "likeness" && own["frames"] as? Int == 21)
                try Data("fps: 10\nsmooth: 0.1".utf8).write(
                    to: folder.appendingPathComponent("c.yaml"))
                try convert("a.bvh", "slow.motion", ["--config", "c.yaml"])
                #expect(try info("slow.motion")["frames"] as? Int == 6)
                try convert("a.motion", "x.bvh", ["--to", "smplx"])
                let x = try info("x.bvh")
                #expect(x["joints"] as? Int == 55)
                #expect((x["movingJoints"] as? [String])?.contains("right_shoulder") == true)
                try convert("a.bvh", "a.csv")
                #expect(try info("a.csv")["format"] as? String == "live-link-face")
                let text = try Program.run(["motion", "info", "a.csv"], in: folder)
                #expect(text.output.contains("11 frames at 20 a second"), "\(text.output)")
                // Faces have no place in BVH.
                try Program.expectRefusal(
                    ["motion", "convert", "a.csv", "-o", "b.bvh"], in: folder, naming: "face")
                try Program.expectRefusal(
                    ["motion", "convert", "a.bvh", "-o", "a.csv"], in: folder, naming: "a.csv")
            }
        }

        @Test func whatIsNoMotionIsNamed() throws {
            try withFolder { folder in
                let broken = Self.bvh.replacingOccurrences(
                    of: "CHANNELS 3 Zrotation Xrotation Yrotation\nJOINT LeftKnee",
                    with: "JOINT LeftKnee")
                try Data(broken.utf8).write(to: folder.appendingPathComponent("broken.bvh"))
                try Data("hello".utf8).write(to: folder.appendingPathComponent("a.txt"))
                try Program.expectRefusal(
                    ["motion", "info", "broken.bvh"], in: folder, naming: "LeftHip")
                try Program.expectRefusal(["motion", "info", "a.txt"], in: folder, naming: "a.txt")
                try Program.expectRefusal(["motion", "info", "b.bvh"], in: folder, naming: "b.bvh")
                let outcome = try Program.run(
                    ["motion", "convert", "a.bvh", "-o", "a.fbx"], in: folder)
                #expect(outcome.status == 64 && outcome.errors.contains("a.fbx"))
            }
        }
    }
}
