/// What the pixels of a picture of a capture tell.
public enum PictureKind: String, CaseIterable, Sendable, Codable, CodingKeyRepresentable {
    /// What the camera saw: 3 channels, display sRGB in 0…1. Where a file is transparent it is what the
    /// file has there; its alpha is the mask.
    case colour
    /// How much of a pixel the person covers: 1 channel, 0…1.
    case mask
    /// The distance of the surface along the optical axis: 1 channel, metres; 0 where not known.
    case depth
    /// The surface's unit normal in the camera's axes (x right, y down, z forward): 3 channels, −1…1;
    /// all 0 where not known.
    case normal
    /// The surface's colour without light: 3 channels, display sRGB in 0…1.
    case albedo
    /// The number of the part that is seen, an index into `Capture.partNames`: 1 channel; 0 is none.
    case parts

    /// The number of channels of such a picture.
    public var channels: Int {
        switch self {
        case .colour, .normal, .albedo: 3
        case .mask, .depth, .parts: 1
        }
    }

    /// Whether values between those of two neighbouring pixels mean something: a depth between that of
    /// a person and of the wall behind does not.
    public var isContinuous: Bool {
        switch self {
        case .colour, .mask, .albedo: true
        case .depth, .normal, .parts: false
        }
    }
}
