import Spatial

/// The 33 points of a body.
public struct PoseLandmarks: Equatable, Sendable {
    /// One point of the body.
    public struct Point: Equatable, Sendable {
        /// x and y in pixels of the picture, z in the same unit, smaller towards the camera, zero at
        /// the hips.
        public var position: Vector3
        /// Metres from the middle of the hips; x right and y down in the picture, z away.
        public var world: Vector3
        /// That it is in view and not hidden, 0…1.
        public var visibility: Float
        /// That it is within the picture, 0…1.
        public var presence: Float
    }

    /// In MediaPipe's order: nose, eyes and ears, mouth, shoulders, arms, hips, legs.
    public var points: [Point]
    /// That there is a body at all, 0…1.
    public var score: Float
    /// The region that was looked at.
    public var region: Region
    /// The middle of the hips, as the graph gives it for finding the region of the next frame; like a
    /// point's position.
    public var hips: Vector3
    /// A point of the circle about the hips that holds the whole body.
    public var rim: Vector3
    /// The person's share of each pixel of the region, 256×256, one channel, 0…1.
    public var segmentation: Image

    /// The region to look at in the next frame.
    public var nextRegion: Region {
        Region(centre: hips.planar, rim: rim.planar, target: .pi / 2, unit: region.unit)
            .transformed(scale: 1.25)
    }

    /// The point named.
    public subscript(name: PosePoint) -> Point { points[name.rawValue] }

    /// The smallest box around the points of at least `presence`; nil if there are none.
    public func box(presence: Float = 0.5) -> Box? {
        Box(
            around: points.lazy.filter { $0.presence >= presence }
                .map { Vector2($0.position.x, $0.position.y) })
    }
}

/// The points of MediaPipe's pose; left and right are the person's own.
public enum PosePoint: Int, CaseIterable, Sendable {
    case nose, leftEyeInner, leftEye, leftEyeOuter, rightEyeInner, rightEye, rightEyeOuter
    case leftEar, rightEar, mouthLeft, mouthRight
    case leftShoulder, rightShoulder, leftElbow, rightElbow, leftWrist, rightWrist
    case leftPinky, rightPinky, leftIndex, rightIndex, leftThumb, rightThumb
    case leftHip, rightHip, leftKnee, rightKnee, leftAnkle, rightAnkle
    case leftHeel, rightHeel, leftFootIndex, rightFootIndex
}
