import Spatial

/// What was found of one person in a picture.
public struct PersonObservation: Sendable {
    /// The points of the face, with irises; nil if the face is not seen. `face.box` is its box.
    public var face: FaceLandmarks?
    /// The points of the body; nil if there is only a face.
    public var pose: PoseLandmarks?
    /// The person's opacity at the picture's resolution, one channel, 0…1: with hair and clothes,
    /// without what the person carries.
    public var mask: Image
    /// The box around the person's mask, in pixels.
    public var box: Box
    /// How many people are in the picture; this is the largest.
    public var peopleFound: Int
}
