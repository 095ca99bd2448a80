import Rigs

/// What a pixel of a studio's picture shows, as its label map says it.
///
/// 0 is the background; 1 … 29 are the `BodyPart`s, each one above its raw value; what follows is worn
/// or grows.
public struct StudioLabel: Equatable, Hashable, Sendable {
    public let rawValue: UInt8

    private init(_ rawValue: UInt8) { self.rawValue = rawValue }

    public static let background = StudioLabel(0)
    /// A part of the body itself.
    public static func body(_ part: BodyPart) -> StudioLabel { StudioLabel(part.rawValue + 1) }
    /// Hair of the head.
    public static let hair = StudioLabel(30)
    /// Brows, lashes and beard.
    public static let faceHair = StudioLabel(31)
    /// What is worn above the waist.
    public static let top = StudioLabel(32)
    /// What is worn below.
    public static let bottom = StudioLabel(33)
    public static let shoes = StudioLabel(34)

    /// The names by value, such as "leftHand" and "top".
    public static let names: [UInt8: String] = {
        var names: [UInt8: String] = [
            0: "background", 30: "hair", 31: "faceHair", 32: "top", 33: "bottom", 34: "shoes",
        ]
        for part in BodyPart.allCases { names[part.rawValue + 1] = part.name }
        return names
    }()
}

/// How a triangle is shaded.
enum StudioMaterial: UInt8 {
    case headSkin, bodySkin, eye, socket, mouth, teeth, tongue, cloth, shoe, hair, faceHair

    /// Whether its look changes slowly from place to place, but for its paint.
    var isPlain: Bool { self == .headSkin || self == .bodySkin || self == .cloth }
}
