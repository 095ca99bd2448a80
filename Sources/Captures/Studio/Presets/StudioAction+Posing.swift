import Rigs
import Spatial

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Turns actions into poses of one person, whose motions are worked out once.
final class StudioPoser {
    private let rig: ShapedRig
    private var motions: [BuiltInMotion: Motion] = [:]
    let standing: Pose

    init(_ rig: ShapedRig) {
        self.rig = rig
        standing = Pose.standing(rig.skeleton)
    }

    func pose(_ action: StudioAction) -> Pose {
        switch action {
        case .standing: return standing
        case .builtIn(let name, let frame):
            let motion = motions[name] ?? name.motion(for: rig).inPlace
            motions[name] = motion
            return motion.pose(
                at: frame % max(1, motion.frames.count), on: standing, skeleton: rig.skeleton)
        case .generated(let seed, let time, let strength):
            return generated(seed, time, strength)
        case .head(let yaw, let pitch, let roll):
            var pose = standing
            turnHead(&pose, Vector3(pitch, yaw, roll))
            return pose
        }
    }

    /// A neck and head turned together, as vertebrae share a turn.
    private func turnHead(_ pose: inout Pose, _ turn: Vector3) {
        for (name, share) in [
            ("neck01", Float(0.15)), ("neck02", 0.2), ("neck03", 0.25), ("head", 0.4),
        ] {
            if let bone = rig.skeleton.index(of: name) {
                pose.rotations[bone] = Quaternion(axisAngle: turn * share)
            }
        }
    }

    /// Slow waves of different periods at every joint of trunk, arms and legs.
    private func generated(_ seed: UInt64, _ time: Float, _ strength: Float) -> Pose {
        var draw = StudioDraw(seed: seed &+ 0x6d6f_7665)
        var pose = standing
        /// A wave between −1 and 1 that does not repeat soon.
        func wave() -> Float {
            let (a, b) = (draw.uniform(0.25, 0.55), draw.uniform(0.6, 1.0))
            let (p, q) = (draw.uniform(0, 2 * .pi), draw.uniform(0, 2 * .pi))
            return 0.65 * sinf(2 * .pi * a * time + p) + 0.35 * sinf(2 * .pi * b * time + q)
        }
        func turn(_ name: String, _ axisAngle: Vector3) {
            guard let bone = rig.skeleton.index(of: name) else { return }
            pose.rotations[bone] =
                pose.rotations[bone] * Quaternion(axisAngle: axisAngle * strength)
        }
        for name in ["spine05", "spine04", "spine03", "spine02"] {
            turn(name, Vector3(0.05 * wave() + 0.02, 0.09 * wave(), 0.05 * wave()))
        }
        turnHead(&pose, Vector3(0.18 * wave(), 0.45 * wave(), 0.12 * wave()) * strength)
        for (side, sign) in [("L", Float(1)), ("R", -1)] {
            // Out of the sides, forward and back; elbows only bend.
            let (out, ahead) = (0.5 + 0.55 * wave(), 0.25 + 0.5 * wave())
            turn("upperarm01.\(side)", Vector3(-ahead, 0, sign * max(out, -0.1)))
            let bend = 0.75 + 0.7 * wave()
            turn("lowerarm01.\(side)", Vector3(-bend * 0.75, -sign * bend * 0.55, 0))
            turn("wrist.\(side)", Vector3(0.2 * wave(), 0.2 * wave(), 0.2 * wave()))
            let (lift, spread) = (0.14 + 0.22 * wave(), 0.05 * wave())
            turn("upperleg01.\(side)", Vector3(-lift, 0, sign * spread))
            turn("lowerleg01.\(side)", Vector3(max(0, lift) * 1.6, 0, 0))
            for finger in 1...5 {
                let curl = 0.35 + 0.3 * wave()
                for joint in 1...3 where !(finger == 1 && joint == 1) {
                    turn("finger\(finger)-\(joint).\(side)", Vector3(0, 0, -sign * curl * 0.6))
                }
            }
        }
        // One foot at least stays on the floor.
        let height = lowestFoot(pose) - lowestFoot(standing)
        pose.rootTranslation.y -= height
        return pose
    }

    /// The height of the lower foot's joint, metres.
    private func lowestFoot(_ pose: Pose) -> Float {
        var workspace = PoseWorkspace(for: rig)
        rig.poseBones(pose, into: &workspace)
        return ["foot.L", "foot.R"].compactMap { rig.skeleton.index(of: $0) }
            .map { workspace.bonePoses[$0].translation.y }.min() ?? 0
    }
}
