import Foundation
import Rigs
import Spatial
import Splatting

/// Draws the frames of a motion with a camera that stands still but for what the motion says.
public final class MotionStage {
    private let player: AvatarPlayer
    private let motion: Motion
    private let base: Pose
    private let points: [Vector3]
    private let size: Int
    /// The seconds spent on posing and drawing so far.
    public private(set) var drawingSeconds = 0.0

    /// - Parameters:
    ///   - framing: what of the person, standing, fills the picture.
    ///   - size: width and height, pixels.
    public init(_ avatar: Avatar, motion: Motion, framing: Avatar.Framing, size: Int) {
        player = AvatarPlayer(avatar)
        self.motion = motion
        self.size = size
        base = avatar.standingPose
        player.pose(base)
        points = avatar.points(of: framing, in: player.vertices)
    }

    /// The picture of one frame, over white.
    public func draw(_ frame: Int) -> Image {
        let start = Date()
        defer { drawingSeconds += Date().timeIntervalSince(start) }
        let moment = motion.frames[frame]
        player.pose(
            motion.pose(at: frame, on: base, skeleton: player.avatar.rig.skeleton),
            expression: moment.expression)
        let camera = Camera(
            showing: points, yaw: moment.cameraAzimuth, width: size, height: size)
        return player.render(camera: camera).image
    }
}
