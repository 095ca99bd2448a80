import Spatial

/// What a solution found in one picture.
public struct TrackedFrame: Sendable {
    /// Seconds from the video's start; 0 for a photograph.
    public var time: Double
    /// The picture's size in pixels.
    public var width: Int
    public var height: Int
    public var faces: [FaceLandmarks] = []
    public var hands: [HandLandmarks] = []
    public var pose: PoseLandmarks?
    /// The body's share of each pixel, one channel; nil if it was not wanted or there is no body.
    public var mask: Image?

    public init(time: Double, width: Int, height: Int) {
        (self.time, self.width, self.height) = (time, width, height)
    }

    /// Whether nothing was found.
    public var isEmpty: Bool { faces.isEmpty && hands.isEmpty && pose == nil }
}
