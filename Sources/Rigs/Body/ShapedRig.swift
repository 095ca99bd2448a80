import Spatial

/// A rig whose shape is fixed: one person, ready to be posed.
///
/// It holds all that posing needs and none of the shape space it came from, so it is what an
/// avatar carries. World space: y up, right-handed, metres, the person facing +z.
public struct ShapedRig: Equatable, Sendable {
    public let skeleton: Skeleton
    /// The rest vertices with a neutral face, V.
    public let vertices: [Vector3]
    public let skin: SkinWeights
    /// The offsets of the 52 face units, in the order of `FaceUnit`.
    public let faceUnits: SparseOffsets
    /// The bones' heads at rest, J.
    public let boneHeads: [Vector3]
    /// The bones' orientations at rest, J: rotations from a bone's axes to the world's.
    public let boneOrientations: [Matrix3]
    /// What the pose adds to the rest shape; of models that have such shapes.
    public let poseCorrectives: PoseCorrectives?
    /// The bones that face units turn.
    public let unitTurns: [UnitTurn]
    /// Each bone's head in its parent's axes, J; unused for the root.
    let headOffsets: [Vector3]

    public init(
        skeleton: Skeleton, vertices: [Vector3], skin: SkinWeights, faceUnits: SparseOffsets,
        boneHeads: [Vector3], boneOrientations: [Matrix3],
        poseCorrectives: PoseCorrectives? = nil, unitTurns: [UnitTurn] = []
    ) {
        precondition(vertices.count == skin.count && faceUnits.count == FaceUnit.count)
        precondition(boneHeads.count == skeleton.count && boneOrientations.count == skeleton.count)
        self.skeleton = skeleton
        self.vertices = vertices
        self.skin = skin
        self.faceUnits = faceUnits
        self.boneHeads = boneHeads
        self.boneOrientations = boneOrientations
        self.poseCorrectives = poseCorrectives
        self.unitTurns = unitTurns
        headOffsets = skeleton.parents.enumerated().map { bone, parent in
            guard parent >= 0 else { return .zero }
            // The root stays in its rest frame, all others take their reference orientation and
            // carry their children's heads with them.
            let frame =
                parent == 0 ? skeleton.referenceOrientations[0] : boneOrientations[parent]
            return frame.transposed * (boneHeads[bone] - boneHeads[parent])
        }
    }

    /// The rest pose of each bone: from its own axes to the rest shape's space.
    public var restPoses: [AffineTransform] {
        zip(boneOrientations, boneHeads).map { AffineTransform(linear: $0, translation: $1) }
    }
}
