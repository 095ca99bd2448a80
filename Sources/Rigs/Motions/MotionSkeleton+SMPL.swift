import Spatial

extension MotionSkeleton {
    /// The 22 joints of the body that SMPL, SMPL-H and SMPL-X share, in their order.
    private static let body: [(name: String, parent: Int, position: Vector3)] = [
        ("pelvis", -1, Vector3(0, 0, 0)),
        ("left_hip", 0, Vector3(0.06, -0.097, -0.02)),
        ("right_hip", 0, Vector3(-0.06, -0.097, -0.02)),
        ("spine1", 0, Vector3(0, 0.11, -0.027)),
        ("left_knee", 1, Vector3(0.11, -0.47, -0.036)),
        ("right_knee", 2, Vector3(-0.11, -0.47, -0.036)),
        ("spine2", 3, Vector3(0, 0.242, -0.033)),
        ("left_ankle", 4, Vector3(0.085, -0.876, -0.063)),
        ("right_ankle", 5, Vector3(-0.085, -0.876, -0.063)),
        ("spine3", 6, Vector3(0, 0.294, -0.005)),
        ("left_foot", 7, Vector3(0.122, -0.935, 0.056)),
        ("right_foot", 8, Vector3(-0.122, -0.935, 0.056)),
        ("neck", 9, Vector3(0, 0.459, -0.037)),
        ("left_collar", 9, Vector3(0.047, 0.379, -0.015)),
        ("right_collar", 9, Vector3(-0.047, 0.379, -0.015)),
        ("head", 12, Vector3(0, 0.62, -0.016)),
        ("left_shoulder", 13, Vector3(0.158, 0.434, -0.03)),
        ("right_shoulder", 14, Vector3(-0.158, 0.434, -0.03)),
        ("left_elbow", 16, Vector3(0.42, 0.4, -0.06)),
        ("right_elbow", 17, Vector3(-0.42, 0.4, -0.06)),
        ("left_wrist", 18, Vector3(0.671, 0.39, -0.062)),
        ("right_wrist", 19, Vector3(-0.671, 0.39, -0.062)),
    ]

    /// The fingers in the order of the files, with their first joint's place from the left wrist,
    /// the direction of the stretched finger, and the lengths of its first two phalanges.
    private static let fingers:
        [(name: String, base: Vector3, direction: Vector3, lengths: (Float, Float))] = [
            ("index", Vector3(0.101, -0.006, 0.022), Vector3(1, -0.05, 0.06), (0.033, 0.023)),
            ("middle", Vector3(0.108, -0.004, -0.002), Vector3(1, -0.04, -0.03), (0.032, 0.024)),
            ("pinky", Vector3(0.082, -0.014, -0.044), Vector3(1, -0.06, -0.3), (0.018, 0.018)),
            ("ring", Vector3(0.096, -0.007, -0.024), Vector3(1, -0.04, -0.12), (0.029, 0.024)),
            ("thumb", Vector3(0.04, -0.014, 0.03), Vector3(0.75, -0.25, 0.6), (0.032, 0.028)),
        ]

    /// SMPL's 24 joints.
    public static let smpl = smplFamily(.smpl)
    /// SMPL-H's 52 joints.
    public static let smplh = smplFamily(.smplh)
    /// SMPL-X's 55 joints.
    public static let smplx = smplFamily(.smplx)

    /// A skeleton of the family in its T-pose.
    ///
    /// The model files cannot be shipped. These are round figures of an average adult: good for the
    /// directions of limbs, which is what retargeting takes from them, and for proportions to a few
    /// per cent. Where a model file is at hand, `init(kind:names:parents:positions:)` takes its own
    /// joints under the same names.
    private static func smplFamily(_ kind: Kind) -> MotionSkeleton {
        var joints = body
        func add(_ name: String, _ parent: Int, _ position: Vector3) {
            joints.append((name, parent, position))
        }
        if kind == .smplx {
            add("jaw", 15, Vector3(0, 0.61, 0.01))
            add("left_eye", 15, Vector3(0.032, 0.68, 0.06))
            add("right_eye", 15, Vector3(-0.032, 0.68, 0.06))
        }
        var ends: [Int: Vector3] = [
            10: Vector3(0.135, -0.94, 0.13), 11: Vector3(-0.135, -0.94, 0.13),
            15: Vector3(0, 0.78, 0),
        ]
        for (side, wrist, sign) in [("left", 20, Float(1)), ("right", 21, -1)] {
            if kind == .smpl {
                add("\(side)_hand", wrist, body[wrist].position + Vector3(0.085 * sign, -0.008, 0))
                continue
            }
            for finger in fingers {
                var parent = wrist
                let direction = finger.direction.normalized
                var place = finger.base
                for knuckle in 1...3 {
                    add(
                        "\(side)_\(finger.name)\(knuckle)", parent,
                        body[wrist].position + place * Vector3(sign, 1, 1))
                    parent = joints.count - 1
                    place += direction * (knuckle == 1 ? finger.lengths.0 : finger.lengths.1)
                }
                ends[parent] = body[wrist].position + place * Vector3(sign, 1, 1)
            }
        }
        return MotionSkeleton(
            kind: kind, names: joints.map(\.name), parents: joints.map(\.parent),
            positions: joints.map(\.position), ends: ends)
    }
}
