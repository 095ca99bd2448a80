import Spatial

/// Biovision hierarchy files: joints with offsets and channels, then a row of numbers a frame.
///
/// Angles are degrees; a joint's channels, in any order, are applied from left to right, each about the
/// axes that the ones before have turned (Rz Rx Ry for "Zrotation Xrotation Yrotation"). Positions
/// are read of the root only. Lengths have no unit in the format: it is guessed.
enum BVHMotion {
    static func read(
        _ bytes: [UInt8], file: String, stem: String, options: MotionFile.Options
    ) throws -> MotionFile {
        var parser = BVHParser(bytes, file: file)
        let hierarchy = try parser.hierarchy()
        let (rows, interval) = try parser.motion(channels: hierarchy.channelCount)
        let unscaled = MotionSkeleton(
            kind: .bvh, names: hierarchy.joints.map(\.name),
            parents: hierarchy.joints.map(\.parent), positions: hierarchy.positions,
            ends: hierarchy.ends)
        var notes: [String] = []
        let unit: Float
        if let given = options.metresPerUnit {
            unit = given
        } else {
            let guess = BVHUnit.guess(unscaled)
            unit = guess.metres
            notes.append("Lengths are taken as \(guess.name): legs are then of usual length.")
        }
        let skeleton = MotionSkeleton(
            kind: .bvh, names: unscaled.names, parents: unscaled.parents,
            positions: unscaled.positions.map { $0 * unit },
            ends: unscaled.ends.mapValues { $0 * unit })
        if hierarchy.joints.dropFirst().contains(where: { $0.channels.contains { $0.isPosition } })
        {
            notes.append("Position channels of joints other than the root are left out.")
        }
        var motion = Motion(
            name: stem, frameRate: Float(1 / interval), frames: [], skeleton: skeleton)
        motion.frames = rows.map { row in
            var frame = Motion.Frame()
            for joint in hierarchy.joints where joint.channels.contains(where: { !$0.isPosition }) {
                frame.rotations[joint.name] = joint.rotation(row)
            }
            frame.root = .position(
                skeleton.positions[0] * (hierarchy.joints[0].hasPosition ? 0 : 1)
                    + hierarchy.joints[0].position(row) * unit)
            return frame
        }
        motion = try motion.checked(file)
        if motion.standsAlongZ {
            notes.append("The file's z axis points up; it is turned to y up.")
            motion = motion.turnedUpright()
        }
        return MotionFile(format: .bvh, motion: motion, notes: notes)
    }
}

/// A column of a BVH file.
struct BVHChannel {
    let isPosition: Bool
    /// 0 x, 1 y, 2 z.
    let axis: Int

    init?(_ name: String) {
        let name = name.lowercased()
        guard let axis = ["x", "y", "z"].firstIndex(where: { name.hasPrefix($0) }) else {
            return nil
        }
        switch name.dropFirst() {
        case "position": isPosition = true
        case "rotation": isPosition = false
        default: return nil
        }
        self.axis = axis
    }
}

/// A joint of a BVH file.
struct BVHJoint {
    var name: String
    var parent: Int
    var offset = Vector3.zero
    /// Its channels and the column of the first.
    var channels: [BVHChannel] = []
    var firstColumn = 0

    var hasPosition: Bool { channels.contains(where: \.isPosition) }

    func rotation(_ row: [Float]) -> Quaternion {
        var rotation = Quaternion.identity
        for (index, channel) in channels.enumerated() where !channel.isPosition {
            var axis = Vector3.zero
            axis[channel.axis] = 1
            rotation =
                rotation * Quaternion(angle: row[firstColumn + index] * .pi / 180, axis: axis)
        }
        return rotation.normalized
    }

    /// The position of the file's own unit.
    func position(_ row: [Float]) -> Vector3 {
        var position = Vector3.zero
        for (index, channel) in channels.enumerated() where channel.isPosition {
            position[channel.axis] = row[firstColumn + index]
        }
        return position
    }
}

/// What a BVH file leaves to be guessed.
enum BVHUnit {
    private static let units: [(name: String, metres: Float)] = [
        ("metres", 1), ("centimetres", 0.01), ("millimetres", 0.001), ("inches", 0.0254),
        // 1 / 0.45 inches, of the recordings of Carnegie Mellon.
        ("CMU's units of 5.64 cm", 0.056444),
    ]

    /// The unit in which the legs are nearest to 0.8 m.
    static func guess(_ skeleton: MotionSkeleton) -> (name: String, metres: Float) {
        let roles = SkeletonRoles(skeleton)
        var size = roles.legLength(in: skeleton) / 0.8
        if !(size > 1e-9) {
            // Without legs to go by: the farthest joint is some metre from the root.
            size = skeleton.positions.map { ($0 - skeleton.positions[0]).length }.max() ?? 1
        }
        func misfit(_ metres: Float) -> Float {
            let ratio = size * metres
            return ratio > 1 ? ratio : 1 / max(ratio, 1e-9)
        }
        return units.min { misfit($0.metres) < misfit($1.metres) }!
    }
}
