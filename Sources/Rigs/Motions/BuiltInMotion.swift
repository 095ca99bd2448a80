import Spatial

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The motions that are always there, for Anny's skeleton.
public enum BuiltInMotion: String, CaseIterable, Sendable {
    /// The camera walks around the person once.
    case turntable
    /// The head turns, nods and tilts.
    case heads
    /// A dozen expressions, one after the other.
    case expressions
    /// Lips and jaw as in speech.
    case speech
    /// The right arm is raised and waves.
    case wave
    /// Walking ahead at an easy pace, three times two steps; made to be repeated.
    case walk
    /// All of them but the walk in sequence: about 20 s.
    case tour

    /// The motion of that name.
    ///
    /// - Throws: `RigError.unknownName`, which lists the names.
    public static func named(_ name: String) throws -> BuiltInMotion {
        guard let motion = BuiltInMotion(rawValue: name) else {
            throw RigError.unknownName(
                kind: "motion", name: name, available: allCases.map(\.rawValue))
        }
        return motion
    }

    /// The motion for a person's rig with Anny's bones.
    public func motion(for rig: ShapedRig, frameRate: Float = 30) -> Motion {
        switch self {
        case .turntable: Self.turntable(frameRate)
        case .heads: Self.heads(frameRate)
        case .expressions: Self.expressions(frameRate)
        case .speech: Self.speech(frameRate)
        case .wave: Self.wave(rig.skeleton, frameRate)
        case .walk: Self.walk(rig, frameRate)
        case .tour:
            .sequence(
                [Self.turntable, .heads, .expressions, .speech, .wave].map {
                    $0.motion(for: rig, frameRate: frameRate)
                }, name: rawValue)
        }
    }

    /// A motion of one caption whose frames are a function of time in seconds.
    static func sampled(
        _ name: BuiltInMotion, _ caption: String, seconds: Float, frameRate: Float,
        _ frame: (_ time: Float) -> Motion.Frame
    ) -> Motion {
        let count = Int((seconds * frameRate).rounded())
        return Motion(
            name: name.rawValue, frameRate: frameRate,
            frames: (0..<count).map { frame(Float($0) / frameRate) },
            captions: [.init(caption, frames: 0..<count)])
    }

    /// A ramp from 0 (t ≤ 0) to 1 (t ≥ 1) without a jump of speed or acceleration: 6t⁵ − 15t⁴ + 10t³.
    static func ease(_ t: Float) -> Float {
        let t = min(max(t, 0), 1)
        return t * t * t * (t * (6 * t - 15) + 10)
    }

    /// Up from 0 to 1 within `ramp` seconds, and down again before `end`.
    static func plateau(_ time: Float, end: Float, ramp: Float) -> Float {
        ease(time / ramp) * ease((end - time) / ramp)
    }

    /// How far the lids are shut at a time, for blinks that begin at the given times: shut within
    /// 0.08 s, open again after 0.25 s.
    static func blink(_ time: Float, at starts: [Float]) -> FaceExpression {
        let shut =
            starts.map { ease((time - $0) / 0.08) * (1 - ease((time - $0 - 0.1) / 0.15)) }.max()
            ?? 0
        return FaceExpression([.eyeBlinkLeft: shut, .eyeBlinkRight: shut])
    }

    private static func turntable(_ frameRate: Float) -> Motion {
        let seconds: Float = 4.5
        return sampled(.turntable, "turntable", seconds: seconds, frameRate: frameRate) { time in
            // Soft at both ends and even between.
            let t = time / seconds
            let turn = t - sin(2 * .pi * t) / (4 * .pi)
            return Motion.Frame(
                expression: blink(time, at: [0.8, 3.6]), cameraAzimuth: 2 * .pi * turn)
        }
    }

    private static func heads(_ frameRate: Float) -> Motion {
        let seconds: Float = 4
        // Yaw (to the left), pitch (down) and roll (to the right shoulder) in radians; the eyes lead.
        let keys: [(time: Float, yaw: Float, pitch: Float, roll: Float)] = [
            (0, 0, 0, 0), (0.6, 0.6, 0, 0.04), (1.4, -0.6, 0, -0.04), (2.0, 0, 0, 0),
            (2.4, 0, 0.3, 0), (2.8, 0, -0.25, 0), (3.2, 0, 0, 0), (3.55, 0.08, 0, 0.28),
            (4, 0, 0, 0),
        ]
        func angles(_ time: Float) -> (yaw: Float, pitch: Float, roll: Float) {
            guard let next = keys.firstIndex(where: { $0.time > time }) else { return (0, 0, 0) }
            let (a, b) = (keys[max(next - 1, 0)], keys[next])
            let t = ease((time - a.time) / max(b.time - a.time, 1e-3))
            return (
                a.yaw + (b.yaw - a.yaw) * t, a.pitch + (b.pitch - a.pitch) * t,
                a.roll + (b.roll - a.roll) * t
            )
        }
        return sampled(.heads, "head turns", seconds: seconds, frameRate: frameRate) { time in
            let now = angles(time)
            let soon = angles(time + 0.12)
            return Motion.Frame(
                rotations: head(yaw: now.yaw, pitch: now.pitch, roll: now.roll),
                influence: plateau(time, end: seconds, ramp: 0.3),
                expression: gaze(left: 2 * (soon.yaw - now.yaw), down: 2 * (soon.pitch - now.pitch))
                    + blink(time, at: [0.7, 2.1, 3.3]))
        }
    }

    /// The head turned by angles in radians, shared by the neck's bones as by its vertebrae.
    static func head(yaw: Float, pitch: Float, roll: Float) -> [String: Quaternion] {
        let shares: [(bone: String, share: Float)] = [
            ("neck01", 0.15), ("neck02", 0.2), ("neck03", 0.25), ("head", 0.4),
        ]
        return Dictionary(
            uniqueKeysWithValues: shares.map {
                ($0.bone, Quaternion(axisAngle: Vector3(pitch, yaw, roll) * $0.share))
            })
    }

    /// The eyes turned towards the person's left and down, −1…1 of their range.
    static func gaze(left: Float, down: Float) -> FaceExpression {
        var expression = FaceExpression.neutral
        expression[.eyeLookOutLeft] = min(max(left, 0), 1)
        expression[.eyeLookInRight] = min(max(left, 0), 1)
        expression[.eyeLookInLeft] = min(max(-left, 0), 1)
        expression[.eyeLookOutRight] = min(max(-left, 0), 1)
        expression[.eyeLookDownLeft] = min(max(down, 0), 1)
        expression[.eyeLookDownRight] = min(max(down, 0), 1)
        expression[.eyeLookUpLeft] = min(max(-down, 0), 1)
        expression[.eyeLookUpRight] = min(max(-down, 0), 1)
        return expression
    }
}
