/// A part of the body that a skeleton moves as one, with one joint or several in a row.
public struct BodySegment: Hashable, Sendable {
    public enum Part: String, CaseIterable, Sendable {
        case pelvis, spine, neck, head, jaw
        case eye, clavicle, upperArm, lowerArm, hand, thumb, index, middle, ring, little
        case upperLeg, lowerLeg, foot, toes
    }

    public enum Side: String, CaseIterable, Sendable {
        case left, right
    }

    public var part: Part
    /// The person's own side; nil in the middle.
    public var side: Side?

    public init(_ part: Part, _ side: Side? = nil) {
        (self.part, self.side) = (part, side)
    }

    static let fingers: [Part] = [.thumb, .index, .middle, .ring, .little]
}
