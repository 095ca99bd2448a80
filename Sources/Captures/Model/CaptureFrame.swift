/// One moment of a capture, seen by one or more cameras.
public struct CaptureFrame: Equatable, Sendable {
    /// What the layout calls it: a number or the name of a picture.
    public var name: String
    /// Seconds from the beginning of its sequence; nil where nobody knows.
    public var time: Double?
    /// The take that it belongs to: frames of one sequence show one person and follow one another.
    /// Empty where there is only one.
    public var sequence: String
    /// What is seen, in words.
    public var caption: String?

    public init(
        name: String, time: Double? = nil, sequence: String = "", caption: String? = nil
    ) {
        (self.name, self.time, self.sequence, self.caption) = (name, time, sequence, caption)
    }
}
