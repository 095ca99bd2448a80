/// The names of the joints of the SMPL family, in the order of the files.
enum SMPLJoints {
    static func names(_ kind: SMPLModel.Kind) -> [String] {
        switch kind {
        case .smpl: body + ["left_hand", "right_hand"]
        case .smplh: body + fingers("left") + fingers("right")
        case .smplx:
            body + ["jaw", "left_eye_smplhf", "right_eye_smplhf"] + fingers("left")
                + fingers("right")
        case .flame: ["global", "neck", "jaw", "left_eye", "right_eye"]
        }
    }

    /// The part of the body that a joint moves.
    static func part(_ joint: String) -> BodyPart {
        let isLeft = joint.hasPrefix("left")
        let word = joint.split(separator: "_").last.map(String.init) ?? joint
        let left: BodyPart
        switch word {
        case "shoulder": left = .leftUpperArm
        case "elbow": left = .leftForearm
        case "hip": left = .leftThigh
        case "knee": left = .leftShin
        case "ankle", "foot": left = .leftFoot
        case "eye", "smplhf": left = .leftEye
        case "jaw", "head": return .face
        case "neck", "global": return .neck
        case "wrist", "hand": left = .leftHand
        case let word where word.last?.isNumber == true && joint.contains("_"): left = .leftHand
        default: return .torso
        }
        return isLeft ? left : left.mirrored
    }

    private static let body = [
        "pelvis", "left_hip", "right_hip", "spine1", "left_knee", "right_knee", "spine2",
        "left_ankle", "right_ankle", "spine3", "left_foot", "right_foot", "neck", "left_collar",
        "right_collar", "head", "left_shoulder", "right_shoulder", "left_elbow", "right_elbow",
        "left_wrist", "right_wrist",
    ]

    private static func fingers(_ side: String) -> [String] {
        ["index", "middle", "pinky", "ring", "thumb"].flatMap { finger in
            (1...3).map { "\(side)_\(finger)\($0)" }
        }
    }
}
