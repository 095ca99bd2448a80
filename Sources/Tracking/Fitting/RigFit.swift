import Rigs
import Spatial

/// A rig fitted to a photograph: the body, what it does, and the camera that saw it.
public struct RigFit: Sendable {
    /// The camera of the photograph; world space is the camera's, turned so that y is up.
    public var camera: Camera
    public var shape: AnnyShape
    public var pose: Pose
    public var expression: FaceExpression
    /// The mean distance between the face's observed landmarks and those of the rig, as a share of
    /// the distance between the outer corners of the eyes; nil without a face.
    public var faceLandmarkError: Float?
    /// The mean distance of the body's visible joints, as a share of the observation's height.
    public var jointError: Float
}
