import Foundation
import Media
import Spatial

/// Poses of SMPL, SMPL-H or SMPL-X in an .npz, as AMASS and its relatives hold them.
///
/// Two layouts are read (the owners' formats, "AMASS motion npz"): `poses` T×72, T×156 or T×165, axis
/// angles of all joints; or the parts `root_orient`, `pose_body`, `pose_hand`, `pose_jaw`, `pose_eye`.
/// `trans` is T×3, metres, z up (y up in some relatives' files, which how people stand tells); the rate is `mocap_framerate` or `mocap_frame_rate` (also `fps`).
/// Arrays of Python objects (`markers_latent_vids`) are passed over, never unpickled.
enum AMASSMotion {
    static func read(
        _ bytes: [UInt8], file: String, stem: String, options: MotionFile.Options
    ) throws -> MotionFile {
        let archive = try NPZFile(bytes: bytes, name: file)
        let source = Source(archive: archive, file: file)
        let poses = try source.poses()
        let (kind, joints) = (poses.skeleton.kind, poses.skeleton.count)
        let count = poses.count
        guard count > 0, count <= MotionFile.frameLimit else {
            throw source.error("\(count) frames", "1 to \(MotionFile.frameLimit)")
        }
        let trans =
            try source.rows(["trans", "transl"], width: 3)
            ?? [Float](repeating: 0, count: 3 * count)
        guard trans.count == 3 * count else {
            throw source.error("\(trans.count / 3) rows of trans for \(count) poses", "as many")
        }
        var notes: [String] = []
        let rate = try source.frameRate() ?? options.frameRate
        if rate == nil { notes.append("The file gives no frame rate; 120 a second is assumed.") }

        let names = poses.skeleton.names
        let eyes = (poses.skeleton.index(of: "left_eye"), poses.skeleton.index(of: "right_eye"))
        let jaw = poses.skeleton.index(of: "jaw")
        let rest = restPelvis(kind)
        var frames: [Motion.Frame] = []
        frames.reserveCapacity(count)
        for t in 0..<count {
            func rotation(_ joint: Int) -> Quaternion {
                let at = (t * joints + joint) * 3
                return Quaternion(
                    axisAngle: Vector3(
                        poses.values[at], poses.values[at + 1], poses.values[at + 2]))
            }
            var frame = Motion.Frame()
            for joint in 0..<joints { frame.rotations[names[joint]] = rotation(joint) }
            // The root turns about the pelvis, which `trans` moves from its place in the model.
            frame.root = .position(
                Vector3(trans[3 * t], trans[3 * t + 1], trans[3 * t + 2]) + rest)
            if let left = eyes.0, let right = eyes.1 {
                let gaze = Gaze(left: rotation(left), right: rotation(right))
                if gaze != Gaze(left: .zero, right: .zero) { frame.gaze = gaze }
            }
            if let jaw { frame.expression = JawRotation.expression(rotation(jaw)) }
            frames.append(frame)
        }
        if source.has(["expression", "expressions"]) {
            notes.append(
                "The expression coefficients are left out: without the model file they have no "
                    + "meaning; the jaw is kept.")
        }
        let skipped = source.objectArrays()
        if !skipped.isEmpty {
            notes.append(
                "Arrays of Python objects are left out: \(skipped.joined(separator: ", ")).")
        }
        let recorded = try Motion(
            name: stem, frameRate: rate ?? 120, frames: frames, skeleton: poses.skeleton
        ).checked(file)
        let isTurned = recorded.standsAlongY
        if isTurned { notes.append("The people in the file stand along y, which is taken as up.") }
        return MotionFile(
            format: .amass, motion: isTurned ? recorded : recorded.turnedUpright(),
            betas: try source.betas(),
            notes: notes)
    }

    /// Where the pelvis is in the models' own space, round figures: it is not at the origin.
    private static func restPelvis(_ kind: MotionSkeleton.Kind) -> Vector3 {
        kind == .smplx ? Vector3(0, -0.35, 0.01) : Vector3(0, -0.22, 0.03)
    }
}

extension AMASSMotion {
    /// The arrays of the file.
    private struct Source {
        let archive: NPZFile
        let file: String

        func error(_ found: String, _ expected: String) -> RigError {
            .motion(file: file, found: found, expected: expected)
        }

        func has(_ names: [String]) -> Bool { names.contains { archive.contains($0) } }

        /// The first array of these names, whose rows must be of `width` numbers.
        func rows(_ names: [String], width: Int) throws -> [Float]? {
            guard let name = names.first(where: { archive.contains($0) }) else { return nil }
            let tensor = try archive.tensor(name)
            guard tensor.shape.count >= 1, tensor.count == (tensor.shape.first ?? 0) * width else {
                throw error("\(name) of shape \(tensor.shape)", "rows of \(width) numbers")
            }
            return tensor.floats()
        }

        /// The axis angles of all joints, T×J×3, and whose joints they are.
        func poses() throws -> (skeleton: MotionSkeleton, values: [Float], count: Int) {
            if archive.contains("poses") {
                let tensor = try archive.tensor("poses")
                let count = tensor.shape.first ?? 0
                let width = count > 0 ? tensor.count / count : 0
                let known: [Int: MotionSkeleton] = [72: .smpl, 156: .smplh, 165: .smplx]
                guard let skeleton = known[width], tensor.shape.count >= 2 else {
                    throw error(
                        "poses of shape \(tensor.shape)",
                        "72 (SMPL), 156 (SMPL-H) or 165 (SMPL-X) numbers a frame")
                }
                return (skeleton, tensor.floats(), count)
            }
            guard let root = try rows(["root_orient", "global_orient"], width: 3),
                let body = try rows(["pose_body", "body_pose"], width: 63)
            else {
                throw error(
                    "neither poses nor root_orient and pose_body", "a motion of the SMPL family")
            }
            let count = root.count / 3
            let face =
                [
                    (try rows(["pose_jaw", "jaw_pose"], width: 3), 3),
                    (try rows(["pose_eye"], width: 6), 6),
                ]
            let hands = try hands(count: count)
            let isX = face.contains { $0.0 != nil } || !has(["dmpls"])
            var parts: [(values: [Float]?, width: Int)] = [(root, 3), (body, 63)]
            if isX { parts += face }
            parts.append((hands, 90))
            let width = parts.reduce(0) { $0 + $1.width }
            guard count <= MotionFile.frameLimit else {
                throw error("\(count) frames", "at most \(MotionFile.frameLimit)")
            }
            var values: [Float] = []
            values.reserveCapacity(count * width)
            for (part, width) in parts where part != nil && part!.count != count * width {
                throw error("\(part!.count / width) rows of one part of the pose", "\(count)")
            }
            for t in 0..<count {
                for (part, width) in parts {
                    if let part {
                        values += part[t * width..<(t + 1) * width]
                    } else {
                        values += repeatElement(0, count: width)
                    }
                }
            }
            return (isX ? .smplx : .smplh, values, count)
        }

        /// Both hands' poses, T×90.
        private func hands(count: Int) throws -> [Float]? {
            if let both = try rows(["pose_hand"], width: 90) { return both }
            guard let left = try rows(["left_hand_pose"], width: 45),
                let right = try rows(["right_hand_pose"], width: 45), left.count == right.count,
                left.count == count * 45
            else { return nil }
            var values: [Float] = []
            values.reserveCapacity(90 * count)
            for t in 0..<count {
                values += left[t * 45..<(t + 1) * 45]
                values += right[t * 45..<(t + 1) * 45]
            }
            return values
        }

        func frameRate() throws -> Float? {
            let names = [
                "mocap_frame_rate", "mocap_framerate", "frame_rate", "framerate", "fps",
            ]
            guard let name = names.first(where: { archive.contains($0) }) else { return nil }
            guard let rate = try archive.tensor(name).floats().first, rate.isFinite, rate > 0,
                rate <= 10_000
            else { throw error("a \(name) that is no rate", "frames a second") }
            return rate
        }

        func betas() throws -> [Float] {
            guard archive.contains("betas") else { return [] }
            let tensor = try archive.tensor("betas")
            guard tensor.count <= 1024 || tensor.shape.count == 2 else {
                throw error("betas of shape \(tensor.shape)", "at most 1024 of them")
            }
            // One row a frame in some files: all are the same person's.
            let values = tensor.floats().prefix(tensor.shape.last ?? 0).prefix(1024)
            guard values.allSatisfy({ $0.isFinite }) else {
                throw error("a beta that is not a finite number", "finite numbers")
            }
            return Array(values)
        }

        /// The names of arrays that cannot be read as numbers or texts.
        func objectArrays() -> [String] {
            archive.names.filter { name in
                do {
                    _ = try archive.array(name)
                    return false
                } catch MediaError.unsupported {
                    return true
                } catch {
                    return false
                }
            }
        }
    }
}

/// The jaw of the SMPL family as face units: Anny opens the mouth by units, not by a bone.
enum JawRotation {
    /// The angle at which the mouth is wide open, radians.
    static let open: Float = 0.45

    static func expression(_ jaw: Quaternion) -> FaceExpression {
        let turn = jaw.axisAngle
        var expression = FaceExpression.neutral
        expression[.jawOpen] = min(max(turn.x / open, 0), 1)
        expression[.jawLeft] = min(max(turn.y / 0.3, 0), 1)
        expression[.jawRight] = min(max(-turn.y / 0.3, 0), 1)
        return expression
    }
}
