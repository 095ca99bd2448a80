import Media
import Spatial

/// A model of the SMPL family out of its official file: SMPL (Loper et al. 2015), SMPL+H (Romero et
/// al. 2017), SMPL-X (Pavlakos et al. 2019) or FLAME (Li et al. 2017).
///
/// The files belong to their authors and are fetched from them under their licences; none is brought
/// along. Space: as in the file, y up, metres, the person facing +z, the left hand at +x.
public struct SMPLModel: Equatable, Sendable {
    /// The models of the family, told apart by their number of joints.
    public enum Kind: String, CaseIterable, Sendable {
        case smpl = "SMPL"
        case smplh = "SMPL+H"
        case smplx = "SMPL-X"
        case flame = "FLAME"

        /// The number of joints, J.
        public var jointCount: Int {
            switch self {
            case .smpl: 24
            case .smplh: 52
            case .smplx: 55
            case .flame: 5
            }
        }
    }

    /// A hand's space of poses.
    public struct Hand: Equatable, Sendable {
        /// The mean pose, 45 numbers: the axis-angles of 15 joints.
        public let mean: [Float]
        /// Principal components [45, 45], one a row.
        public let components: [Float]

        public init(mean: [Float], components: [Float]) {
            (self.mean, self.components) = (mean, components)
        }
    }

    /// Points on faces: for each, a face and its barycentric coordinates.
    public struct Landmarks: Equatable, Sendable {
        public let faces: [Int32]
        public let barycentrics: [Vector3]

        public init(faces: [Int32], barycentrics: [Vector3]) {
            (self.faces, self.barycentrics) = (faces, barycentrics)
        }
    }

    public let kind: Kind
    /// The mean shape, V.
    public let template: [Vector3]
    public let faces: [SIMD3<Int32>]
    /// Texture coordinates, u right and v up in 0…1, and their indices; empty where the file has none.
    public let uvs: [Vector2]
    public let uvFaces: [SIMD3<Int32>]
    /// Shape directions [S, V, 3].
    public let shapeDirections: [Float]
    public let shapeCount: Int
    /// Expression directions [E, V, 3]; none in SMPL and SMPL+H.
    public let expressionDirections: [Float]
    public let expressionCount: Int
    /// The offsets of the closed left and right lids [2, V, 3]; empty where there are none.
    public internal(set) var eyelidDirections: [Float] = []
    /// What ARKit's face units do to this model; nil where nobody has fitted it (`ExpressionMap`).
    public internal(set) var expressionMap: ExpressionMap?
    /// Pose correctives [9·(J − 1), V, 3]: what each element of R − 1 of the joints but the root adds.
    public let poseDirections: [Float]
    /// Of each joint, the vertices that its rest position is a sum of.
    public let regressor: [[(vertex: Int32, weight: Double)]]
    /// The joints' parents; −1 for the root.
    public let parents: [Int]
    public let skin: SkinWeights
    public let leftHand: Hand?
    public let rightHand: Hand?
    /// The 51 landmarks of the inner face.
    public let staticLandmarks: Landmarks?
    /// The 17 of the face's contour, for each of 79 turns of the head.
    public let contourLandmarks: [Landmarks]

    /// The joints' names, as the smplx library calls them.
    public var jointNames: [String] { SMPLJoints.names(kind) }

    /// The number of vertices, V.
    public var vertexCount: Int { template.count }

    public static func == (a: SMPLModel, b: SMPLModel) -> Bool {
        a.kind == b.kind && a.template == b.template && a.faces == b.faces
            && a.shapeDirections == b.shapeDirections && a.skin == b.skin
            && a.expressionDirections == b.expressionDirections
            && a.poseDirections == b.poseDirections
    }
}
