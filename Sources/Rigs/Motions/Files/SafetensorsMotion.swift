import Foundation
import Media
import Spatial

/// Our own file of a motion: a safetensors file.
///
/// Metadata: `format` "likeness-motion", `version` "1", `name`, `frame_rate`, `joints` (the names, one a
/// line), and where the motion is not on Anny's bones `skeleton` (a kind of `MotionSkeleton`) and
/// `skeleton_joints`; `captions`, "first last text" a line; `loop_travel` x y z where it repeats;
/// `framing` "all" where pictures are to have room for all of it. Tensors, float32: `rotations` T×J×4
/// (w, x, y, z), `influence` T, `root` T×3 with metadata `root` "offset" or "position",
/// `expression` T×52 in the order of `FaceUnit`, and if used `gaze` T×4 (left x, y, right x, y;
/// not a number where nil), `camera` T, `skeleton_positions` K×3, `skeleton_parents` K (int32),
/// `skeleton_ends` K×3 (not a number where none).
enum SafetensorsMotion {
    static let format = "likeness-motion"

    static func encode(_ motion: Motion) -> [UInt8] {
        let joints = Set(motion.frames.flatMap { $0.rotations.keys }).sorted()
        let count = motion.frames.count
        var rotations: [Float] = []
        rotations.reserveCapacity(count * joints.count * 4)
        var root: [Float] = []
        var isPosition = false
        for frame in motion.frames {
            for joint in joints {
                let q = frame.rotations[joint] ?? .identity
                rotations += [q.w, q.x, q.y, q.z]
            }
            switch frame.root {
            case .offset(let v): root += [v.x, v.y, v.z]
            case .position(let v):
                isPosition = true
                root += [v.x, v.y, v.z]
            }
        }
        var tensors = [
            "rotations": TensorData(rotations, shape: [count, joints.count, 4]),
            "influence": TensorData(motion.frames.map(\.influence)),
            "root": TensorData(root, shape: [count, 3]),
            "expression": TensorData(
                motion.frames.flatMap(\.expression.weights), shape: [count, FaceUnit.count]),
        ]
        if motion.frames.contains(where: { $0.gaze != nil }) {
            tensors["gaze"] = TensorData(
                motion.frames.flatMap { frame -> [Float] in
                    guard let gaze = frame.gaze else { return [.nan, .nan, .nan, .nan] }
                    return [gaze.left.x, gaze.left.y, gaze.right.x, gaze.right.y]
                }, shape: [count, 4])
        }
        if motion.frames.contains(where: { $0.cameraAzimuth != 0 }) {
            tensors["camera"] = TensorData(motion.frames.map(\.cameraAzimuth))
        }
        var metadata = [
            "format": format, "version": "1", "name": motion.name,
            "frame_rate": "\(motion.frameRate)", "joints": joints.joined(separator: "\n"),
            "root": isPosition ? "position" : "offset",
            "captions": motion.captions.map {
                "\($0.frames.lowerBound) \($0.frames.upperBound) "
                    + $0.text.replacingOccurrences(of: "\n", with: " ")
            }.joined(separator: "\n"),
        ]
        if let way = motion.loopTravel { metadata["loop_travel"] = "\(way.x) \(way.y) \(way.z)" }
        if motion.keepsAllInPicture { metadata["framing"] = "all" }
        if let skeleton = motion.skeleton {
            metadata["skeleton"] = skeleton.kind.rawValue
            metadata["skeleton_joints"] = skeleton.names.joined(separator: "\n")
            tensors["skeleton_positions"] = TensorData(
                skeleton.positions.flatMap { [$0.x, $0.y, $0.z] }, shape: [skeleton.count, 3])
            tensors["skeleton_parents"] = TensorData(skeleton.parents.map(Int32.init))
            tensors["skeleton_ends"] = TensorData(
                (0..<skeleton.count).flatMap { joint -> [Float] in
                    guard let end = skeleton.ends[joint] else { return [.nan, .nan, .nan] }
                    return [end.x, end.y, end.z]
                }, shape: [skeleton.count, 3])
        }
        return SafetensorsFile.encode(tensors, metadata: metadata)
    }

    static func read(_ bytes: [UInt8], file: String) throws -> MotionFile {
        let archive = try SafetensorsFile(bytes: bytes, name: file)
        let metadata = archive.metadata
        func error(_ found: String, _ expected: String) -> RigError {
            .motion(file: file, found: found, expected: expected)
        }
        guard metadata["format"] == format else {
            throw error("tensors of another kind", "a motion of our own")
        }
        guard metadata["version"] == "1" else {
            throw error("version \(metadata["version"] ?? "none")", "version 1")
        }
        func lines(_ key: String) -> [String] {
            (metadata[key] ?? "").split(separator: "\n").map(String.init)
        }
        func floats(_ name: String, _ shape: [Int]) throws -> [Float] {
            let tensor = try archive.tensor(name)
            guard tensor.shape == shape else {
                throw error("\(name) of shape \(tensor.shape)", "\(shape)")
            }
            return tensor.floats()
        }
        let joints = lines("joints")
        let influence = try archive.tensor("influence").floats()
        let count = influence.count
        guard (1...MotionFile.frameLimit).contains(count), Set(joints).count == joints.count else {
            throw error("\(count) frames of \(joints.count) joints", "frames of distinct joints")
        }
        let rotations = try floats("rotations", [count, joints.count, 4])
        let root = try floats("root", [count, 3])
        let expression = try floats("expression", [count, FaceUnit.count])
        let names = Set(archive.names)
        let gaze = names.contains("gaze") ? try floats("gaze", [count, 4]) : []
        let camera = names.contains("camera") ? try floats("camera", [count]) : []
        guard camera.allSatisfy({ $0.isFinite }), influence.allSatisfy({ $0.isFinite }) else {
            throw error("a camera or influence that is not a finite number", "finite numbers")
        }
        var motion = Motion(
            name: metadata["name"] ?? "motion",
            frameRate: metadata["frame_rate"].flatMap(Float.init) ?? 0, frames: [])
        motion.frames = (0..<count).map { t in
            var frame = Motion.Frame(influence: influence[t])
            for (index, joint) in joints.enumerated() {
                let at = (t * joints.count + index) * 4
                frame.rotations[joint] = Quaternion(
                    w: rotations[at], x: rotations[at + 1], y: rotations[at + 2],
                    z: rotations[at + 3])
            }
            let place = Vector3(root[3 * t], root[3 * t + 1], root[3 * t + 2])
            frame.root = metadata["root"] == "position" ? .position(place) : .offset(place)
            frame.expression = FaceExpression(
                weights: Array(expression[t * FaceUnit.count..<(t + 1) * FaceUnit.count]))
            if !gaze.isEmpty, !gaze[4 * t].isNaN {
                frame.gaze = Gaze(
                    left: Vector2(gaze[4 * t], gaze[4 * t + 1]),
                    right: Vector2(gaze[4 * t + 2], gaze[4 * t + 3]))
            }
            if !camera.isEmpty { frame.cameraAzimuth = camera[t] }
            return frame
        }
        motion.captions = try lines("captions").map { line in
            let words = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
            guard words.count == 3, let first = Int(words[0]), let last = Int(words[1]),
                0 <= first, first <= last, last <= count
            else { throw error("the caption \"\(line)\"", "first and last frame and a text") }
            return Motion.Caption(String(words[2]), frames: first..<last)
        }
        motion.keepsAllInPicture = metadata["framing"] == "all"
        if let way = metadata["loop_travel"] {
            let values = way.split(separator: " ").compactMap { Float($0) }
            guard values.count == 3, values.allSatisfy({ $0.isFinite }) else {
                throw error("the way \"\(way)\" of a loop", "three numbers")
            }
            motion.loopTravel = Vector3(values[0], values[1], values[2])
        }
        if let kind = metadata["skeleton"] {
            motion.skeleton = try skeleton(archive, kind: kind, file: file)
        }
        motion = try motion.checked(file)
        for t in motion.frames.indices {
            motion.frames[t].rotations = motion.frames[t].rotations.mapValues(\.normalized)
        }
        return MotionFile(format: .likeness, motion: motion)
    }

    private static func skeleton(
        _ archive: SafetensorsFile, kind: String, file: String
    ) throws -> MotionSkeleton {
        func error(_ found: String, _ expected: String) -> RigError {
            .motion(file: file, found: found, expected: expected)
        }
        guard let kind = MotionSkeleton.Kind(rawValue: kind) else {
            throw error(
                "the skeleton \"\(kind.prefix(40))\"",
                "one of \(MotionSkeleton.Kind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        let names = (archive.metadata["skeleton_joints"] ?? "").split(separator: "\n")
            .map(String.init)
        let positions = try archive.tensor("skeleton_positions")
        let parents = try archive.tensor("skeleton_parents").integers() ?? []
        guard !names.isEmpty, Set(names).count == names.count,
            positions.shape == [names.count, 3], parents.count == names.count
        else { throw error("a skeleton of uneven parts", "as many names, parents and positions") }
        guard parents.enumerated().allSatisfy({ $0 == 0 ? $1 == -1 : (0..<$0).contains($1) }) else {
            throw error(
                "joints that hang on one another in a circle, or before their parents",
                "parents before their children")
        }
        let values = positions.floats()
        guard values.allSatisfy({ $0.isFinite && abs($0) < 1e6 }) else {
            throw error("a position of a joint that is not a finite number", "metres")
        }
        func vectors(_ values: [Float]) -> [Vector3] {
            (0..<names.count).map {
                Vector3(values[3 * $0], values[3 * $0 + 1], values[3 * $0 + 2])
            }
        }
        var ends: [Int: Vector3] = [:]
        if archive.names.contains("skeleton_ends") {
            let tensor = try archive.tensor("skeleton_ends")
            guard tensor.shape == [names.count, 3] else {
                throw error("ends of shape \(tensor.shape)", "\([names.count, 3])")
            }
            for (joint, end) in vectors(tensor.floats()).enumerated()
            where end.lengthSquared.isFinite { ends[joint] = end }
        }
        return MotionSkeleton(
            kind: kind, names: names, parents: parents, positions: vectors(values), ends: ends)
    }
}

extension Motion {
    /// Writes our own file: all that the motion holds, in single precision. What it holds is
    /// documented at `SafetensorsMotion`.
    ///
    /// - Throws: As `AtomicFile.write(to:overwrite:_:)`.
    public func write(to url: URL, overwrite: Bool) throws {
        try AtomicFile.write(SafetensorsMotion.encode(self), to: url, overwrite: overwrite)
    }
}
