import Spatial

/// The 468 points of a face and how sure the graph is that they are one.
public struct FaceLandmarks: Equatable, Sendable, Codable {
    /// In MediaPipe's order: x and y in pixels of the picture, z in the same unit, smaller towards the
    /// camera, zero near the middle of the head.
    public var points: [Vector3]
    /// The person's right iris (the one on the picture's left): its middle, then its rim to the
    /// right, up, left and down. MediaPipe's points 468 to 472. Empty without the attention graph.
    public var rightIris: [Vector3]
    /// The person's left iris, likewise: MediaPipe's points 473 to 477.
    public var leftIris: [Vector3]
    /// Presence of a face, 0…1.
    public var score: Float
    /// The region in which to look for the face in the next frame, as the graph's own numbers give it.
    var next: Region?

    public init(
        points: [Vector3], rightIris: [Vector3] = [], leftIris: [Vector3] = [], score: Float
    ) {
        self.points = points
        self.rightIris = rightIris
        self.leftIris = leftIris
        self.score = score
    }

    /// The points and, if there are any, the irises: MediaPipe's 468 or 478 points.
    public var allPoints: [Vector3] { points + rightIris + leftIris }

    /// The smallest box around all points.
    public var box: Box {
        Box(around: points.lazy.map { Vector2($0.x, $0.y) })
            ?? Box(minimum: .zero, maximum: .zero)
    }
}
