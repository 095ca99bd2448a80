import Spatial

/// The skeleton that a motion was recorded on: the names of its joints, what hangs from what, and where
/// they are in the rest pose, in which all rotations are the identity.
///
/// A joint's rotation turns what hangs from it, away from the rest pose, about axes that are those of
/// the world in the rest pose and that the parents carry along: W_c = W_p R_c with W the rotation of a
/// joint since the rest pose. SMPL's, BVH's and Anny's `local-ref` poses are all of this kind; they
/// differ in their rest poses.
public struct MotionSkeleton: Equatable, Sendable {
    /// The convention that names and rest pose come from.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// Anny's bones and reference pose.
        case anny
        case smpl, smplh, smplx
        /// Any skeleton of a BVH file.
        case bvh
        /// A head alone, as face trackers see it.
        case face
    }

    public let kind: Kind
    /// The joints' names, J; the first is the root.
    public let names: [String]
    /// The index of each joint's parent, smaller than its own; −1 for the root.
    public let parents: [Int]
    /// The joints' positions in the rest pose, metres, J.
    public let positions: [Vector3]
    /// The end points of joints on which none hangs, by the joint's index: metres, in the rest pose.
    public let ends: [Int: Vector3]

    private let indices: [String: Int]

    /// A skeleton of J joints; parents come before their children.
    public init(
        kind: Kind, names: [String], parents: [Int], positions: [Vector3],
        ends: [Int: Vector3] = [:]
    ) {
        precondition(names.count == parents.count && names.count == positions.count)
        precondition(
            parents.enumerated().allSatisfy { $0 == 0 ? $1 == -1 : (0..<$0).contains($1) },
            "the first joint is the root, and parents come before children")
        (self.kind, self.names, self.parents) = (kind, names, parents)
        (self.positions, self.ends) = (positions, ends)
        indices = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { a, _ in a })
    }

    /// The skeleton of a person's rig in the pose of identities.
    public init(_ rig: ShapedRig) {
        var workspace = PoseWorkspace(for: rig)
        rig.poseBones(Pose(boneCount: rig.skeleton.count), into: &workspace)
        self.init(
            kind: .anny, names: rig.skeleton.names, parents: rig.skeleton.parents,
            positions: workspace.bonePoses.map(\.translation))
    }

    /// A head alone, named "head".
    public static let face = MotionSkeleton(
        kind: .face, names: ["head"], parents: [-1], positions: [.zero])

    /// The number of joints, J.
    public var count: Int { names.count }

    /// The index of a joint, or nil if there is none of that name.
    public func index(of name: String) -> Int? { indices[name] }

    /// The rotation of each joint since the rest pose, W above, in the world's axes.
    ///
    /// - Parameter rotations: by name; those that are missing are the identity.
    public func worldRotations(_ rotations: [String: Quaternion]) -> [Quaternion] {
        var world = [Quaternion](repeating: .identity, count: count)
        for joint in 0..<count {
            let own = rotations[names[joint]] ?? .identity
            world[joint] = parents[joint] < 0 ? own : (world[parents[joint]] * own).normalized
        }
        return world
    }

    /// The positions of the joints for rotations since the rest pose, the root at `root`.
    public func positions(world: [Quaternion], root: Vector3) -> [Vector3] {
        var posed = [Vector3](repeating: root, count: count)
        for joint in 1..<max(1, count) {
            let parent = parents[joint]
            posed[joint] =
                posed[parent] + world[parent].matrix * (positions[joint] - positions[parent])
        }
        return posed
    }

    /// The positions of the joints at a frame of a motion on this skeleton.
    public func positions(_ frame: Motion.Frame) -> [Vector3] {
        let root: Vector3
        switch frame.root {
        case .position(let position): root = position
        case .offset(let offset): root = positions[0] + offset
        }
        return positions(world: worldRotations(frame.rotations), root: root)
    }
}
