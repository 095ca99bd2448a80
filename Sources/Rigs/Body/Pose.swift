import Spatial

/// A pose: one rotation a bone, and where the root is.
///
/// The rotation of a bone turns it, and what hangs from it, about its head, away from the reference
/// pose; its axis is given in the world's axes as they are in the reference pose (x to the person's
/// left, y up, z forward), and turns along with the bone's parents (the `local-ref`
/// parameterisation of Anny). So `upperarm01.L` turned about z by +0.5 rad raises the left arm
/// sideways, whatever the body's own orientation.
public struct Pose: Equatable, Sendable {
    /// The rotations, one a bone of the skeleton.
    public var rotations: [Quaternion]
    /// The position of the root bone's head (the pelvis) in world space, metres.
    public var rootTranslation: Vector3

    public init(rotations: [Quaternion], rootTranslation: Vector3 = .zero) {
        self.rotations = rotations
        self.rootTranslation = rootTranslation
    }

    /// The reference pose of a skeleton of `boneCount` bones, its root at the origin.
    public init(boneCount: Int) {
        self.init(rotations: [Quaternion](repeating: .identity, count: boneCount))
    }

    /// The reference pose with some bones turned.
    ///
    /// - Throws: `RigError.unknownName` where the skeleton has no such bone.
    public init(
        _ skeleton: Skeleton, rotations: [String: Quaternion],
        rootTranslation: Vector3 = .zero
    ) throws {
        self.init(boneCount: skeleton.count)
        self.rootTranslation = rootTranslation
        for (name, rotation) in rotations {
            guard let bone = skeleton.index(of: name) else {
                throw RigError.unknownName(kind: "bone", name: name, available: skeleton.names)
            }
            self.rotations[bone] = rotation
        }
    }
}
