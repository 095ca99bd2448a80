import Rigs
import Spatial

/// A camera and what the avatar does in front of it: the photograph an avatar was made from, or a
/// frame of a motion.
public struct AvatarView: Equatable, Sendable {
    public var camera: Camera
    public var pose: Pose
    public var expression: FaceExpression

    public init(camera: Camera, pose: Pose, expression: FaceExpression) {
        self.camera = camera
        self.pose = pose
        self.expression = expression
    }

    /// The view from a camera that has gone round the vertical axis through `centre`, to the
    /// person's left for positive angles.
    ///
    /// - Parameters:
    ///   - yaw: radians.
    ///   - centre: world space.
    public func orbited(yaw: Float, about centre: Vector3) -> AvatarView {
        let turn = Quaternion(angle: yaw, axis: Vector3(0, 1, 0)).matrix
        let around = AffineTransform(linear: turn, translation: centre - turn * centre)
        var view = self
        view.camera.viewMatrix = camera.viewMatrix * around.rigidInverse
        return view
    }
}
