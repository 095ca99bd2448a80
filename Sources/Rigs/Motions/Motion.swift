import Spatial

/// Movement over time: rotations of some bones, face units, and where the camera stands.
///
/// A motion moves a body from a base pose (standing, or as in the photograph it was made from) and
/// leaves alone what it does not speak of. One that was recorded on another skeleton than Anny's says
/// on which, in `skeleton`, and is brought to the body at hand by a `Retargeter`.
public struct Motion: Equatable, Sendable {
    /// Where the root is.
    public enum Root: Equatable, Sendable {
        /// What is added to the base pose's root translation, metres.
        case offset(Vector3)
        /// The position of the root joint in the motion's own world, metres, y up.
        case position(Vector3)
    }

    /// One moment.
    public struct Frame: Equatable, Sendable {
        /// Rotations of bones by name, as in `Pose`: away from the skeleton's rest pose, in the
        /// world's axes as they are in the rest pose. They take the place of the base pose's.
        public var rotations: [String: Quaternion]
        /// How much they do: 0 leaves the base pose, 1 replaces it, between is the arc between.
        public var influence: Float
        public var root: Root
        public var expression: FaceExpression
        /// Where the eyes look where the expression's own `eyeLook…` units are all 0; nil leaves them.
        public var gaze: Gaze?
        /// The angle about the vertical axis that the camera has walked around the person, radians:
        /// 0 in front, growing towards the person's left.
        public var cameraAzimuth: Float

        public init(
            rotations: [String: Quaternion] = [:], influence: Float = 1,
            root: Root = .offset(.zero), expression: FaceExpression = .neutral,
            gaze: Gaze? = nil, cameraAzimuth: Float = 0
        ) {
            self.rotations = rotations
            self.influence = influence
            self.root = root
            self.expression = expression
            self.gaze = gaze
            self.cameraAzimuth = cameraAzimuth
        }

        /// The expression with the gaze in it: what the face is to show.
        public var face: FaceExpression {
            guard let gaze, !expression.looks else { return expression }
            return expression + gaze.expression
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
    /// The skeleton that the rotations' names and rest pose are of; nil is that of the avatar itself,
    /// with Anny's bones.
    public var skeleton: MotionSkeleton?

    public init(
        name: String, frameRate: Float, frames: [Frame], captions: [Caption] = [],
        skeleton: MotionSkeleton? = nil
    ) {
        (self.name, self.frameRate) = (name, frameRate)
        (self.frames, self.captions) = (frames, captions)
        self.skeleton = skeleton
    }

    /// Whether a picture is to have room for all of the movement, as with recorded motions; the
    /// built-in ones are made to stay in a picture of the standing person.
    public var keepsAllInPicture = false
    /// How far the root has gone when the motion may begin again without a jump, metres; nil where it
    /// is not made to be repeated.
    public var loopTravel: Vector3?

    /// A motion that may be repeated, with its way taken out evenly, as on a treadmill: after the last
    /// frame comes the first.
    public var inPlace: Motion {
        guard let loopTravel else { return self }
        var result = self
        for index in frames.indices {
            let way = loopTravel * (Float(index) / Float(frames.count))
            switch frames[index].root {
            case .offset(let place): result.frames[index].root = .offset(place - way)
            case .position(let place): result.frames[index].root = .position(place - way)
            }
        }
        result.loopTravel = .zero
        return result
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
        switch frame.root {
        case .offset(let offset): pose.rootTranslation += offset
        case .position(let position): pose.rootTranslation = position
        }
        for (name, rotation) in frame.rotations {
            guard let bone = skeleton.index(of: name) else { continue }
            pose.rotations[bone] = Quaternion.slerp(
                base.rotations[bone], rotation, frame.influence)
        }
        return pose
    }

    /// The motions one after the other, with the frame rate of the first.
    public static func sequence(_ motions: [Motion], name: String) -> Motion {
        var result = Motion(
            name: name, frameRate: motions.first?.frameRate ?? 30, frames: [],
            skeleton: motions.first?.skeleton)
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
