import Spatial

/// The 21 points of a hand.
public struct HandLandmarks: Equatable, Sendable, Codable {
    /// Which hand of the person it is, where the picture is not mirrored. (MediaPipe's Hands says the
    /// opposite: it takes every picture for a mirrored one.)
    public enum Side: String, Sendable, Codable {
        case left, right
    }

    /// In MediaPipe's order (`HandPoint`): x and y in pixels of the picture, z in the same unit,
    /// smaller towards the camera, zero at the wrist.
    public var points: [Vector3]
    /// Metres from about the middle of the hand; x right and y down in the picture, z away.
    public var world: [Vector3]
    /// Presence of a hand, 0…1.
    public var score: Float
    /// Which hand it is.
    public var side: Side
    /// How sure the graph is of that, 0…1; below 0.5 where the body says otherwise than the graph.
    public var sideScore: Float
    /// The region in which to look for the hand in the next frame, as the graph's own numbers give it.
    var next: Region?

    public init(
        points: [Vector3], world: [Vector3], score: Float, side: Side, sideScore: Float
    ) {
        self.points = points
        self.world = world
        self.score = score
        self.side = side
        self.sideScore = sideScore
    }

    /// The point named.
    public subscript(name: HandPoint) -> Vector3 { points[name.rawValue] }

    /// The smallest box around all points.
    public var box: Box {
        Box(around: points.lazy.map { Vector2($0.x, $0.y) })
            ?? Box(minimum: .zero, maximum: .zero)
    }
}

/// The points of MediaPipe's hand, from the wrist along each finger.
public enum HandPoint: Int, CaseIterable, Sendable {
    case wrist
    case thumbBase, thumbKnuckle, thumbJoint, thumbTip
    case indexKnuckle, indexMiddle, indexEnd, indexTip
    case middleKnuckle, middleMiddle, middleEnd, middleTip
    case ringKnuckle, ringMiddle, ringEnd, ringTip
    case littleKnuckle, littleMiddle, littleEnd, littleTip
}
