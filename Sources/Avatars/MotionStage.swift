import Foundation
import Rigs
import Spatial
import Splatting

/// Draws the frames of a motion.
///
/// The camera goes where the motion says. Without a framing it comes close while only the face and the
/// head move, and goes back before anything else does.
public final class MotionStage {
    private let player: AvatarPlayer
    private let motion: Motion
    private let base: Pose
    private let shots: (body: CameraShot, head: CameraShot)
    /// How close the camera is at each frame: 0 all of the body, 1 the head.
    private let closeness: [Float]
    private let size: Int
    /// The seconds spent on posing and drawing so far.
    public private(set) var drawingSeconds = 0.0

    /// - Parameters:
    ///   - framing: what of the person fills the picture; nil is what moves.
    ///   - size: width and height, pixels.
    public init(_ avatar: Avatar, motion: Motion, framing: Avatar.Framing?, size: Int) {
        player = AvatarPlayer(avatar)
        self.motion = motion
        self.size = size
        base = avatar.standingPose
        player.pose(base)
        shots = (
            CameraShot(showing: avatar.points(of: .body, in: player.vertices)),
            CameraShot(showing: avatar.points(of: .head, in: player.vertices), margin: 0.12)
        )
        closeness =
            switch framing {
            case .body: motion.frames.map { _ in 0 }
            case .head: motion.frames.map { _ in 1 }
            case nil: Self.closeness(motion)
            }
    }

    /// The picture of one frame, over white.
    public func draw(_ frame: Int) -> Image {
        let start = Date()
        defer { drawingSeconds += Date().timeIntervalSince(start) }
        let moment = motion.frames[frame]
        player.pose(
            motion.pose(at: frame, on: base, skeleton: player.avatar.rig.skeleton),
            expression: moment.expression)
        let camera = CameraShot.interpolate(shots.body, shots.head, closeness[frame])
            .camera(yaw: moment.cameraAzimuth, width: size, height: size)
        return player.render(camera: camera).image
    }

    /// The closeness that what moves asks for, eased over a second.
    private static func closeness(_ motion: Motion) -> [Float] {
        let wanted = motion.frames.map { frame -> Float in
            let isHeadOnly = frame.rotations.keys.allSatisfy {
                $0.hasPrefix("neck") || $0.hasPrefix("head") || $0.hasPrefix("eye")
            }
            let moves = frame.expression != .neutral || !frame.rotations.isEmpty
            return isHeadOnly && moves && abs(frame.cameraAzimuth) < 0.6 ? 1 : 0
        }
        // Twice a mean over half a second: smooth in speed. Between two expressions the face is still
        // for a moment; the longer window keeps the camera from noticing.
        let half = max(1, Int(motion.frameRate / 2))
        func smoothed(_ values: [Float]) -> [Float] {
            var sums: [Float] = [0]
            for value in values { sums.append(sums[sums.count - 1] + value) }
            return values.indices.map { i in
                let (low, high) = (max(0, i - half), min(values.count, i + half + 1))
                return (sums[high] - sums[low]) / Float(high - low)
            }
        }
        return smoothed(smoothed(wanted)).map { $0 * $0 * (3 - 2 * $0) }
    }
}
