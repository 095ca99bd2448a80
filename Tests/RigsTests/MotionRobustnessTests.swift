import Foundation
import Media
import Spatial
import Testing

@testable import Rigs

@Suite struct MotionRobustnessTests {
    private static let files: [(String, [UInt8])] = [
        ("walk_smplx.npz", MotionFixture.bytes("walk_smplx.npz")),
        ("cmu.bvh", MotionFixture.bytes("cmu.bvh")),
        ("own.motion", SafetensorsMotion.encode(MotionFixture.everything())),
        ("take.csv", Array(MotionFixture.everything().liveLinkCSV().utf8)),
        (
            "face.json",
            Array(
                "{\"names\":[\"jawOpen\"],\"frames\":[{\"weights\":[0.5],\"time\":0}]}".utf8)
        ),
    ]

    /// Whatever is read is finite, and whatever is not is said in a sentence.
    private func attempt(_ bytes: [UInt8], _ name: String) {
        do {
            #expect(try MotionFile(bytes: bytes, name: name).motion.flaw == nil)
        } catch {
            expectMotionSentence(error, naming: name)
        }
    }

    @Test(arguments: 0..<5) func cutShort(index: Int) {
        let (name, bytes) = Self.files[index]
        for part in 0..<60 { attempt(Array(bytes.prefix(bytes.count * part / 60)), name) }
        for tail in 1..<20 { attempt(Array(bytes.dropLast(tail)), name) }
    }

    @Test(arguments: 0..<5) func changedBytes(index: Int) {
        let (name, bytes) = Self.files[index]
        var random = SystemRandomNumberGenerator.seeded(UInt64(index) + 1)
        for _ in 0..<150 {
            var changed = bytes
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                changed[Int.random(in: 0..<changed.count, using: &random)] =
                    UInt8.random(in: 0...255, using: &random)
            }
            attempt(changed, name)
        }
    }

    private static let good = """
        HIERARCHY
        ROOT Hips
        {
          OFFSET 0 0 0
          CHANNELS 3 Zrotation Xrotation Yrotation
          JOINT Leg
          {
            OFFSET 0 -1 0
            CHANNELS 3 Zrotation Xrotation Yrotation
            End Site
            {
              OFFSET 0 -1 0
            }
          }
        }
        MOTION
        Frames: 2
        Frame Time: 0.04
        0 0 0 1 2 3
        0 0 0 4 5 6
        """

    @Test(arguments: [
        ("    CHANNELS 3 Zrotation Xrotation Yrotation\n    End", "    End", "CHANNELS"),
        ("CHANNELS 3 Zrotation Xrotation Yrotation\n  J", "CHANNELS 3 Zrotation\n  J", "channels"),
        ("Zrotation Xrotation Yrotation\n  J", "Zrotation Wrotation Yrotation\n  J", "channels"),
        ("0 0 0 4 5 6", "0 0 0 4 5", "5 numbers in frame 2"),
        ("0 0 0 1 2 3", "0 0 nan 1 2 3", "2 numbers in frame 1"),
        ("0 0 0 1 2 3", "0 0 1e999 1 2 3", "frame 1"),
        ("Frames: 2", "Frames: 3", "2 rows"), ("Frames: 2", "Frames: -1", "Frames"),
        ("Frames: 2", "Frames: 99999999999999999999", "Frames"),
        ("Time: 0.04", "Time: 0", "Frame Time"), ("Time: 0.04", "Time: nan", "Frame Time"),
        ("OFFSET 0 -1 0\n    C", "OFFSET 0 inf 0\n    C", "3 finite numbers"),
        ("JOINT Leg", "ROOT Leg", "one ROOT"), ("}\nMOTION", "MOTION", "closing braces"),
        ("MOTION", "}\nMOTION", "an open one"), ("  {\n    OFF", "    OFF", "OFFSET"),
        ("MOTION\nFrames: 2\nFrame Time: 0.04\n0 0 0 1 2 3\n0 0 0 4 5 6", "", "its end"),
    ])
    func brokenBVHIsNamed(_ old: String, _ new: String, _ word: String) throws {
        _ = try MotionFile(bytes: Array(Self.good.utf8), name: "a.bvh")
        #expect(Self.good.contains(old))
        let text = Self.good.replacingOccurrences(of: old, with: new)
        let error = #expect(throws: (any Error).self, "\(old)") {
            try MotionFile(bytes: Array(text.utf8), name: "a.bvh")
        }
        let found = try #require(error)
        expectMotionSentence(found, naming: "a.bvh")
        #expect("\(found)".contains(word), "\(found)")
    }

    @Test func aHierarchyOfAMillionLevelsIsRefused() {
        let text =
            "HIERARCHY\nROOT a\n{\n"
            + String(repeating: "JOINT a\n{\nCHANNELS 0\n", count: 200_000)
        attempt(Array(text.utf8), "deep.bvh")
    }

    @Test func circlesAndWrongShapesInOurOwnAreRefused() throws {
        let bytes = SafetensorsMotion.encode(MotionFixture.everything())
        let file = try SafetensorsFile(bytes: bytes, name: "a")
        func expectRefusal(
            _ change: (inout [String: TensorData], inout [String: String]) -> Void, _ word: String
        ) throws {
            var (tensors, metadata) = (try file.tensors(), file.metadata)
            change(&tensors, &metadata)
            let changed = SafetensorsFile.encode(tensors, metadata: metadata)
            let error = #expect(throws: (any Error).self) {
                try MotionFile(bytes: changed, name: "own.motion")
            }
            let found = try #require(error)
            expectMotionSentence(found, naming: "own.motion")
            #expect("\(found)".contains(word), "\(found)")
        }
        var parents = try file.tensor("skeleton_parents").integers()!.map(Int32.init)
        parents[3] = 6
        try expectRefusal({ t, _ in t["skeleton_parents"] = TensorData(parents) }, "circle")
        try expectRefusal(
            { t, _ in t["root"] = TensorData([Float](repeating: 0, count: 6), shape: [2, 3]) },
            "root of shape")
        try expectRefusal(
            { t, _ in
                t["expression"] = TensorData(
                    [Float](repeating: .nan, count: 7 * 52), shape: [7, 52])
            }, "weight in frame 1")
        try expectRefusal({ _, m in m["frame_rate"] = "nan" }, "frame rate")
        try expectRefusal({ _, m in m["version"] = "9" }, "version 9")
        try expectRefusal({ _, m in m["skeleton"] = "octopus" }, "octopus")
        try expectRefusal({ _, m in m["captions"] = "5 99 far" }, "caption")
    }

    @Test func amassOfWrongShapesIsRefused() throws {
        let archive = try NPZFile(contentsOf: MotionFixture.url("walk_smplh.npz"))
        func expectRefusal(_ change: (inout [String: TensorData]) -> Void, _ word: String) throws {
            var tensors = try archive.tensors()
            change(&tensors)
            let url = FileManager.default.temporaryDirectory.appendingPathComponent(
                "broken-\(UUID().uuidString).npz")
            defer { try? FileManager.default.removeItem(at: url) }
            try NPZFile.write(tensors, to: url, overwrite: false)
            let error = #expect(throws: (any Error).self) { try MotionFile(contentsOf: url) }
            let found = try #require(error)
            expectMotionSentence(found, naming: "broken-")
            #expect("\(found)".contains(word), "\(found)")
        }
        try expectRefusal(
            { $0["poses"] = TensorData([Float](repeating: 0, count: 14), shape: [2, 7]) },
            "poses of shape")
        try expectRefusal({ $0["poses"] = nil }, "root_orient")
        try expectRefusal(
            { $0["trans"] = TensorData([Float](repeating: 0, count: 6), shape: [2, 3]) }, "trans")
        try expectRefusal({ $0["mocap_framerate"] = TensorData([Double.nan]) }, "rate")
        try expectRefusal(
            {
                $0["poses"] = TensorData(
                    [Float](repeating: .nan, count: 156 * 150), shape: [150, 156])
            },
            "finite")
        try expectRefusal(
            { $0["poses"] = TensorData([Float](), shape: [0, 156]) }, "poses of shape")
    }
}

extension SystemRandomNumberGenerator {
    /// Numbers that are the same in every run (splitmix64).
    static func seeded(_ seed: UInt64) -> SplitMix { SplitMix(seed: seed) }
}
