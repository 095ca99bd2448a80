/// Expressions by everyday names, as weights of face units.
public enum NamedExpression: String, CaseIterable, Sendable {
    case smile, laugh, surprise, sadness, anger, fear, disgust, doubt, wink, kiss
    case puffedCheeks = "puffed cheeks"
    case tongueOut = "tongue out"

    /// The expression at full strength.
    public var expression: FaceExpression {
        switch self {
        case .smile:
            both(.mouthSmileLeft, 0.75) + both(.cheekSquintLeft, 0.4)
                + both(.eyeSquintLeft, 0.25) + both(.mouthDimpleLeft, 0.2)
        case .laugh:
            both(.mouthSmileLeft, 0.85) + both(.cheekSquintLeft, 0.7) + both(.eyeSquintLeft, 0.5)
                + both(.mouthUpperUpLeft, 0.35) + both(.mouthLowerDownLeft, 0.25)
                + FaceExpression([.jawOpen: 0.38, .browInnerUp: 0.15])
        case .surprise:
            both(.eyeWideLeft, 0.8) + both(.browOuterUpLeft, 0.8)
                + FaceExpression([.browInnerUp: 0.9, .jawOpen: 0.45, .mouthFunnel: 0.25])
        case .sadness:
            both(.mouthFrownLeft, 0.7) + both(.eyeSquintLeft, 0.2) + both(.eyeLookDownLeft, 0.25)
                + FaceExpression([.browInnerUp: 0.85, .mouthShrugLower: 0.45])
        case .anger:
            both(.browDownLeft, 0.95) + both(.noseSneerLeft, 0.5) + both(.mouthPressLeft, 0.6)
                + both(.eyeSquintLeft, 0.45) + both(.mouthFrownLeft, 0.25)
        case .fear:
            both(.eyeWideLeft, 0.85) + both(.mouthStretchLeft, 0.65) + both(.browOuterUpLeft, 0.3)
                + FaceExpression([.browInnerUp: 0.9, .jawOpen: 0.18])
        case .disgust:
            both(.noseSneerLeft, 0.9) + both(.mouthUpperUpLeft, 0.55) + both(.browDownLeft, 0.5)
                + both(.eyeSquintLeft, 0.45) + both(.mouthFrownLeft, 0.3)
        case .doubt:
            FaceExpression([
                .browOuterUpLeft: 0.9, .browDownRight: 0.7, .mouthLeft: 0.35,
                .mouthPressRight: 0.35, .mouthDimpleLeft: 0.3, .eyeSquintRight: 0.35,
            ])
        case .wink:
            FaceExpression([
                .eyeBlinkLeft: 1, .cheekSquintLeft: 0.7, .mouthSmileLeft: 0.65,
                .mouthSmileRight: 0.3, .browDownLeft: 0.25,
            ])
        case .kiss:
            both(.eyeBlinkLeft, 0.35) + FaceExpression([.mouthPucker: 0.95, .mouthFunnel: 0.15])
        case .puffedCheeks:
            both(.mouthPressLeft, 0.3) + FaceExpression([.cheekPuff: 1, .mouthClose: 0.05])
        case .tongueOut:
            both(.eyeSquintLeft, 0.3)
                + FaceExpression([
                    .jawOpen: 0.38, .tongueOut: 1, .mouthLowerDownLeft: 0.25,
                    .mouthLowerDownRight: 0.25,
                ])
        }
    }

    /// A unit of the left side and its counterpart.
    private func both(_ left: FaceUnit, _ weight: Float) -> FaceExpression {
        FaceExpression([left: weight, left.mirrored: weight])
    }
}
