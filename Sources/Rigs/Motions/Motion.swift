import Spatial

/// Movement over time: rotations of some bones, face units, and where the camera stands.
///
/// A motion moves a body from a base pose (standing, or as in the photograph it was made from) and
/// leaves alone what it does not speak of.
public struct Motion: Equatable, Sendable {
    /// One moment.
    public struct Frame: Equatable, Sendable {
        /// Rotations of bones by name, as in `Pose`; they take the place of the base pose's.
        public var rotations: [String: Quaternion]
        /// How much they do: 0 leaves the base pose, 1 replaces it, between is the arc between.
        public var influence: Float
        /// What is added to the base pose's root translation, metres.
        public var rootOffset: Vector3
        public var expression: FaceExpression
        /// The angle about the vertical axis that the camera has walked around the person, radians:
        /// 0 in front, growing towards the person's left.
        public var cameraAzimuth: Float

        public init(
            rotations: [String: Quaternion] = [:], influence: Float = 1,
            rootOffset: Vector3 = .zero, expression: FaceExpression = .neutral,
            cameraAzimuth: Float = 0
        ) {
            self.rotations = rotations
            self.influence = influence
            self.rootOffset = rootOffset
            self.expression = expression
            self.cameraAzimuth = cameraAzimuth
        }
    }

    /// A title over some frames.
    public struct Caption: Equatable, Sendable {
        public var text: String
        public var frames: Range<Int>

        public init(_ text: String, frames: Range<Int>) {
            (self.text, self.frames) = (text, frames)
        }
    }

    public var name: String
    /// Frames a second.
    public var frameRate: Float
    public var frames: [Frame]
    /// Titles in order; they do not overlap.
    public var captions: [Caption]

    public init(name: String, frameRate: Float, frames: [Frame], captions: [Caption] = []) {
        (self.name, self.frameRate) = (name, frameRate)
        (self.frames, self.captions) = (frames, captions)
    }

    /// The length in seconds.
    public var duration: Float { Float(frames.count) / frameRate }

    /// The title at a frame, or nil.
    public func caption(at frame: Int) -> String? {
        captions.first { $0.frames.contains(frame) }?.text
    }

    /// The pose at a frame, on top of a base pose of `skeleton`; bones that the skeleton does not
    /// have are passed over.
    public func pose(at frame: Int, on base: Pose, skeleton: Skeleton) -> Pose {
        let frame = frames[frame]
        var pose = base
        pose.rootTranslation += frame.rootOffset
        for (name, rotation) in frame.rotations {
            guard let bone = skeleton.index(of: name) else { continue }
            pose.rotations[bone] = Quaternion.slerp(
                base.rotations[bone], rotation, frame.influence)
        }
        return pose
    }

    /// The motions one after the other, with the frame rate of the first.
    public static func sequence(_ motions: [Motion], name: String) -> Motion {
        var result = Motion(name: name, frameRate: motions.first?.frameRate ?? 30, frames: [])
        for motion in motions {
            let start = result.frames.count
            result.frames += motion.frames
            result.captions += motion.captions.map {
                Caption(
                    $0.text, frames: $0.frames.lowerBound + start..<$0.frames.upperBound + start)
            }
        }
        return result
    }
}
