import Spatial

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension BuiltInMotion {
    /// Each named expression for half a second: in, held, out.
    static func expressions(_ frameRate: Float) -> Motion {
        let seconds: Float = 0.55
        let motions = NamedExpression.allCases.enumerated().map { index, named in
            sampled(.expressions, named.rawValue, seconds: seconds, frameRate: frameRate) { time in
                let strength = plateau(time, end: seconds, ramp: 0.2)
                return Motion.Frame(
                    expression: named.expression * strength,
                    // A slow sway of the camera shows the depth of what the face does.
                    cameraAzimuth: 0.2 * sin(2 * .pi * (Float(index) * seconds + time) / 3.6))
            }
        }
        return .sequence(motions, name: expressions.rawValue)
    }

    /// Speech-like movement: the mouth goes from one viseme to the next, a dozen a second, as in
    /// "hello, I am made of a photograph; nice to meet you".
    static func speech(_ frameRate: Float) -> Motion {
        let sounds = Array("_HEL_OU_AI AM MEID OV A FOUTOGRAF_NAIS TU MIT JU__")
        let perSound: Float = 0.07
        let seconds = Float(sounds.count) * perSound
        return sampled(.speech, "speech", seconds: seconds, frameRate: frameRate) { time in
            var mouth = FaceExpression.neutral
            var total: Float = 0
            // Neighbouring sounds run into each other: a bell over their times.
            for (index, sound) in sounds.enumerated() {
                let distance = (time - (Float(index) + 0.5) * perSound) / (0.75 * perSound)
                let weight = exp(-distance * distance)
                if weight > 1e-3 {
                    mouth = mouth + viseme(sound) * weight
                    total += weight
                }
            }
            let envelope = plateau(time, end: seconds, ramp: 0.15)
            let stress = 0.5 + 0.5 * sin(2 * .pi * time / 0.9)
            return Motion.Frame(
                rotations: head(
                    yaw: 0.06 * sin(2 * .pi * time / 1.9), pitch: 0.05 * stress,
                    roll: 0.02 * sin(2 * .pi * time / 1.3)),
                influence: plateau(time, end: seconds, ramp: 0.3),
                expression: mouth * (envelope / max(total, 1e-3))
                    + FaceExpression([.browInnerUp: 0.25 * stress * envelope])
                    + blink(time, at: [0.9, 2.6]))
        }
    }

    /// The mouth's shape for a sound: vowels, lip, tooth and tongue sounds, silence.
    private static func viseme(_ sound: Character) -> FaceExpression {
        func pair(_ left: FaceUnit, _ weight: Float) -> FaceExpression {
            FaceExpression([left: weight, left.mirrored: weight])
        }
        switch sound {
        case "A":
            return FaceExpression([.jawOpen: 0.42]) + pair(.mouthLowerDownLeft, 0.2)
                + pair(.mouthUpperUpLeft, 0.1)
        case "E":
            return FaceExpression([.jawOpen: 0.25]) + pair(.mouthStretchLeft, 0.3)
                + pair(.mouthLowerDownLeft, 0.2)
        case "I", "J":
            return FaceExpression([.jawOpen: 0.13]) + pair(.mouthSmileLeft, 0.3)
                + pair(.mouthStretchLeft, 0.3)
        case "O": return FaceExpression([.jawOpen: 0.3, .mouthFunnel: 0.55, .mouthPucker: 0.15])
        case "U": return FaceExpression([.jawOpen: 0.12, .mouthPucker: 0.65, .mouthFunnel: 0.2])
        case "M", "B", "P":
            return FaceExpression([.mouthRollLower: 0.25, .mouthRollUpper: 0.2])
                + pair(.mouthPressLeft, 0.4)
        case "F", "V":
            return FaceExpression([.jawOpen: 0.07, .mouthRollLower: 0.45])
                + pair(.mouthUpperUpLeft, 0.2)
        case "L", "T", "D", "N":
            return FaceExpression([.jawOpen: 0.17]) + pair(.mouthLowerDownLeft, 0.15)
        case "S", "Z", "G", "R", "H":
            return FaceExpression([.jawOpen: 0.12, .mouthFunnel: 0.12])
                + pair(.mouthStretchLeft, 0.15)
        default: return .neutral
        }
    }
}
