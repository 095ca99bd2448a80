import Rigs
import Spatial

/// Where a garment is: a function of a place of the canonical body, in metres from the nearest hem,
/// positive inside.
struct GarmentCut {
    let garment: Garment
    private let shoulder: Vector3
    private let elbow: Vector3
    private let wrist: Vector3

    init(_ garment: Garment, body: CanonicalBody) {
        self.garment = garment
        shoulder = body.joint("upperarm01.L")
        elbow = body.joint("lowerarm01.L")
        wrist = body.joint("wrist.L")
    }

    /// The parts of the body that it may cover.
    var parts: Set<BodyPart> {
        switch garment.cut {
        case .tank: [.torso, .neck, .leftThigh, .rightThigh]
        case .shirt, .longSleeve, .sweater:
            [
                .torso, .neck, .leftThigh, .rightThigh, .leftUpperArm, .rightUpperArm,
                .leftForearm, .rightForearm, .leftHand, .rightHand,
            ]
        case .trousers, .jeans, .shorts, .skirt:
            [
                .torso, .leftThigh, .rightThigh, .leftShin, .rightShin, .leftFoot, .rightFoot,
            ]
        case .shoes: [.leftFoot, .rightFoot, .leftShin, .rightShin]
        }
    }

    /// The height at which legs end, metres.
    var legEnd: Float { 0.158 - 0.898 * garment.length }

    /// The height of the waist, metres.
    static let waist: Float = 0.25

    /// How far along the arm a place is, metres from the shoulder.
    func alongArm(_ q: Vector3) -> Float {
        let p = Vector3(abs(q.x), q.y, q.z)
        let upper = elbow - shoulder
        let lower = wrist - elbow
        let s = dot(p - shoulder, upper.normalized)
        let t = dot(p - elbow, lower.normalized)
        return t > 0 ? upper.length + t : min(s, upper.length)
    }

    private var armLength: Float { (elbow - shoulder).length + (wrist - elbow).length }

    /// The distance to the nearest hem.
    func field(_ q: Vector3, part: BodyPart) -> Float {
        guard parts.contains(part) else { return -0.05 }
        switch garment.cut {
        case .tank, .shirt, .longSleeve, .sweater:
            let low: Float =
                garment.isTucked ? 0.205 : garment.cut == .sweater ? 0.075 : 0.062
            let hem = q.y - low
            let front = smoothStep(-0.02, 0.08, q.z)
            let radius: Float =
                (garment.cut == .tank ? 0.1 : garment.cut == .shirt ? 0.086 : 0.08)
                + 0.7 * garment.neckline * front
            let neck =
                Vector3(q.x, (q.y - 0.775) * 0.9, q.z - 0.01).length - radius
            // Neither the neck above the collar nor, below the hem, what is between the legs.
            let above = 0.762 - q.y
            let between =
                q.y < 0.16 ? Vector3(q.x, 0, q.z - 0.005).length - 0.082 : Float(1)
            var field = min(min(hem, neck), min(above, between))
            if garment.cut == .tank {
                field = min(field, 0.148 + 0.08 * smoothStep(0.6, 0.5, q.y) - abs(q.x))
            } else if abs(q.x) > 0.19 {
                field = min(field, garment.length * armLength - alongArm(q))
            }
            return field
        case .trousers, .jeans, .shorts, .skirt:
            return min(Self.waist - q.y, q.y - legEnd)
        case .shoes:
            // Lower at the ankles' sides.
            return -0.745 - q.y + 0.02 * smoothStep(-0.02, 0.05, q.z)
        }
    }

    /// How much cloth of the trunk hangs freely instead of lying on the body, 0…1.
    func span(_ q: Vector3) -> Float {
        if garment.isTucked {
            return (0.25 + 0.6 * garment.looseness) * smoothStep(0.63, 0.5, q.y)
                * smoothStep(0.27, 0.36, q.y)
        }
        let hem = smoothStep(0.4, 0.16, q.y)
        let chest = smoothStep(0.63, 0.5, q.y)
        return min(hem + (0.25 + 0.6 * garment.looseness) * chest, 1)
    }

    /// How far cloth stands off the skin, metres.
    func offset(_ q: Vector3) -> Float {
        let loose = garment.looseness
        if garment.isTucked, q.y < 0.27, abs(q.x) < 0.2 { return 0.004 }
        switch garment.cut {
        case .tank: return 0.005 + 0.005 * loose + 0.013 * smoothStep(0.32, 0.14, q.y)
        case .shirt, .longSleeve, .sweater:
            let thick: Float = garment.cut == .sweater ? 0.004 : 0
            if abs(q.x) > 0.19 {
                return 0.006 + thick
                    + loose * 0.014 * smoothStep(0.19, garment.cut == .shirt ? 0.3 : 0.36, abs(q.x))
            }
            return 0.006 + thick + 0.008 * loose * smoothStep(0.62, 0.5, q.y)
                + (0.01 + 0.008 * loose) * smoothStep(0.32, 0.12, q.y)
        case .trousers, .jeans:
            return 0.004 + (0.006 + 0.009 * loose) * smoothStep(0.08, -0.06, q.y)
                + (garment.cut == .jeans ? 0.006 : 0.012) * (0.4 + loose)
                * smoothStep(-0.2, -0.6, q.y)
        case .shorts: return 0.004 + (0.012 + 0.014 * loose) * smoothStep(0.07, -0.08, q.y)
        case .skirt: return 0.006
        case .shoes: return 0.008
        }
    }
}
