/// What is to be known of a frame of a tracked clip before it is used.
public struct FrameFlags: OptionSet, Equatable, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Nobody was found: the pose is carried over from the frames around it.
    public static let nobody = FrameFlags(rawValue: 1)
    /// The picture has changed all at once: nothing is smoothed across.
    public static let cut = FrameFlags(rawValue: 2)
    /// Somebody else is in the picture too.
    public static let others = FrameFlags(rawValue: 4)
    /// The rig does not fit what was seen.
    public static let poorFit = FrameFlags(rawValue: 8)
}
