import Foundation
import Rigs
import Spatial
import Splatting

/// Draws the frames of a motion.
///
/// The camera goes where the motion says. Without a framing it comes close while only the face and the
/// head move, and goes back before anything else does. A person who walks away is followed.
public final class MotionStage {
    private let player: AvatarPlayer
    private let motion: Motion
    private let base: Pose
    private let shots: (body: CameraShot, head: CameraShot)
    /// How close the camera is at each frame: 0 all of the body, 1 the head.
    private let closeness: [Float]
    /// Where the person has gone to since the beginning, evened over a second, by frame.
    private let way: [Vector3]
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
        let way = Self.way(motion)
        self.way = way
        var body = avatar.points(of: .body, in: player.vertices)
        let head = CameraShot(
            showing: avatar.points(of: .head, in: player.vertices), margin: 0.12)
        if motion.keepsAllInPicture {
            // Raised arms and jumps stay in the picture: some moments tell how far they go.
            for frame in stride(
                from: 0, to: motion.frames.count, by: max(1, motion.frames.count / 24))
            {
                player.pose(motion.pose(at: frame, on: base, skeleton: avatar.rig.skeleton))
                body += avatar.points(of: .body, in: player.vertices).map { $0 - way[frame] }
            }
        }
        shots = (CameraShot(showing: body), head)
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
            expression: moment.face)
        var shot = CameraShot.interpolate(shots.body, shots.head, closeness[frame])
        shot.centre += way[frame]
        let camera = shot.camera(yaw: moment.cameraAzimuth, width: size, height: size)
        return player.render(camera: camera).image
    }

    /// The root's way over the floor, evened.
    private static func way(_ motion: Motion) -> [Vector3] {
        let places = motion.frames.map { frame -> Vector3 in
            switch frame.root {
            case .offset(let place), .position(let place): Vector3(place.x, 0, place.z)
            }
        }
        guard places.contains(where: { $0 != .zero }) else { return places }
        let half = max(1, Int(motion.frameRate / 2))
        return places.indices.map { i in
            // Even at the ends: as much before as after.
            let reach = min(half, i, places.count - 1 - i)
            let window = places[(i - reach)...(i + reach)]
            return window.reduce(.zero, +) / Float(window.count)
        }
    }

    /// The closeness that what moves asks for, eased over a second.
    private static func closeness(_ motion: Motion) -> [Float] {
        let start = motion.frames.first?.cameraAzimuth ?? 0
        let wanted = motion.frames.map { frame -> Float in
            let isHeadOnly = frame.rotations.keys.allSatisfy {
                $0.hasPrefix("neck") || $0.hasPrefix("head") || $0.hasPrefix("eye")
            }
            let moves = frame.expression != .neutral || !frame.rotations.isEmpty
            return isHeadOnly && moves && abs(frame.cameraAzimuth - start) < 0.6 ? 1 : 0
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
