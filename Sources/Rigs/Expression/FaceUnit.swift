/// The 52 face units of ARKit, in the order of Live Link Face: the expression vocabulary.
///
/// The raw value is the index into an expression's weights. Left and right are the person's own.
/// Files that order the units differently are to be mapped by `name`.
public enum FaceUnit: Int, CaseIterable, Codable, Sendable {
    case eyeBlinkLeft, eyeLookDownLeft, eyeLookInLeft, eyeLookOutLeft, eyeLookUpLeft
    case eyeSquintLeft, eyeWideLeft
    case eyeBlinkRight, eyeLookDownRight, eyeLookInRight, eyeLookOutRight, eyeLookUpRight
    case eyeSquintRight, eyeWideRight
    case jawForward, jawLeft, jawRight, jawOpen
    case mouthClose, mouthFunnel, mouthPucker, mouthLeft, mouthRight
    case mouthSmileLeft, mouthSmileRight, mouthFrownLeft, mouthFrownRight
    case mouthDimpleLeft, mouthDimpleRight, mouthStretchLeft, mouthStretchRight
    case mouthRollLower, mouthRollUpper, mouthShrugLower, mouthShrugUpper
    case mouthPressLeft, mouthPressRight, mouthLowerDownLeft, mouthLowerDownRight
    case mouthUpperUpLeft, mouthUpperUpRight
    case browDownLeft, browDownRight, browInnerUp, browOuterUpLeft, browOuterUpRight
    case cheekPuff, cheekSquintLeft, cheekSquintRight
    case noseSneerLeft, noseSneerRight
    case tongueOut

    /// The number of units: 52.
    public static let count = allCases.count

    /// The names in order.
    public static let names = allCases.map(\.name)

    private static let byName = Dictionary(
        uniqueKeysWithValues: allCases.map { ($0.name.lowercased(), $0) })

    /// ARKit's name, such as "jawOpen".
    public var name: String { String(describing: self) }

    /// The unit of that name, whatever the case of its letters ("JawOpen" in Live Link files), or
    /// nil.
    public init?(name: String) {
        guard let unit = Self.byName[name.lowercased()] else { return nil }
        self = unit
    }

    /// The same unit on the other side of the face; itself where it has no side.
    public var mirrored: FaceUnit {
        let other =
            name.hasSuffix("Left")
            ? name.dropLast(4) + "Right" : name.hasSuffix("Right") ? name.dropLast(5) + "Left" : ""
        return FaceUnit(name: String(other)) ?? self
    }
}
