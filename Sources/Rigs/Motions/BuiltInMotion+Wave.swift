import Spatial

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension BuiltInMotion {
    /// The right arm is raised beside the head and waves from elbow and wrist.
    static func wave(_ skeleton: Skeleton, _ frameRate: Float) -> Motion {
        let seconds: Float = 3.6
        guard let arm = ArmFrames(skeleton, side: "R") else {
            return Motion(name: wave.rawValue, frameRate: frameRate, frames: [])
        }
        return sampled(.wave, "wave", seconds: seconds, frameRate: frameRate) { time in
            let raised = plateau(time, end: seconds, ramp: 0.9)
            // The wrist lags behind the elbow.
            let waving = plateau(time - 0.6, end: seconds - 1.2, ramp: 0.4)
            let phase = 2 * .pi * (time - 0.6) / 0.62
            let elbow = waving * 0.34 * sin(phase)
            let wrist = waving * 0.22 * sin(phase - 0.9)
            var rotations = arm.rotations(
                upper: Vector3(-0.86, -0.36, 0.36), lower: Vector3(-0.2, 0.95, 0.22),
                palm: Vector3(0.12, 0, 1), clavicle: -0.16, swing: elbow, flap: wrist)
            rotations.merge(
                head(yaw: -0.06 * raised, pitch: 0, roll: 0.07 * raised),
                uniquingKeysWith: { _, last in last })
            let smile = NamedExpression.smile.expression * (0.9 * raised)
            return Motion.Frame(
                rotations: rotations, influence: raised,
                expression: smile + blink(time, at: [1.1, 2.9]))
        }
    }
}

/// The directions of an arm in the reference pose, from which rotations for other directions follow.
struct ArmFrames {
    private let side: String
    private let isLeft: Bool
    /// The directions of upper arm, forearm and hand, and out of the palm.
    private let upper: Vector3
    private let lower: Vector3
    private let palm: Vector3

    /// The arm of `side` "L" or "R", or nil where the skeleton has no such bones.
    init?(_ skeleton: Skeleton, side: String) {
        func direction(_ name: String) -> Vector3? {
            skeleton.index(of: "\(name).\(side)").map { skeleton.referenceDirection(of: $0) }
        }
        guard let upper = direction("upperarm01"), let lower = direction("lowerarm01"),
            let hand = direction("wrist"), let index = direction("metacarpal1"),
            let little = direction("metacarpal4")
        else { return nil }
        self.side = side
        isLeft = side == "L"
        self.upper = upper
        self.lower = lower
        // The hand's bones fan out from the little to the index finger.
        let towardsThumb = index - little
        palm = (isLeft ? cross(hand, towardsThumb) : cross(towardsThumb, hand)).normalized
    }

    /// The rotations that give the arm these directions.
    ///
    /// The shoulder turns the plane of the bent elbow as a whole, so that the elbow only bends as a
    /// hinge does; the forearm's twist towards the palm's direction is shared by its two bones and the
    /// wrist.
    ///
    /// - Parameters:
    ///   - upper: the direction of the upper arm, from the shoulder; any length.
    ///   - lower: the direction of the forearm, from the elbow.
    ///   - palm: where the palm is to face, as far as the forearm's axis allows.
    ///   - clavicle: the raising of the collar-bone about the axis to the front, radians.
    ///   - swing: the forearm's swing about the axis to the front, radians.
    ///   - flap: the hand's, at the wrist.
    func rotations(
        upper: Vector3, lower: Vector3, palm: Vector3, clavicle: Float, swing: Float = 0,
        flap: Float = 0
    ) -> [String: Quaternion] {
        let front = Vector3(0, 0, 1)
        let target = Quaternion(angle: swing, axis: front).matrix * lower.normalized
        let shoulder = Self.rotation(
            from: (self.upper, cross(self.upper, self.lower)),
            to: (upper.normalized, cross(upper, lower)))
        let collar = Quaternion(angle: clavicle, axis: front)

        // The bend at the elbow, seen in the axes that the shoulder carries along.
        let carried = shoulder.conjugate.matrix * target
        let elbow = Self.arc(from: self.lower, to: carried)
        let above = shoulder * elbow
        let reached = above.matrix * self.palm
        let axis = target.normalized
        let twist = Self.angle(
            from: reached - axis * dot(reached, axis), to: palm - axis * dot(palm, axis),
            about: axis)
        // In the axes of the reference pose the forearm's axis is where it was there.
        let share = Quaternion(angle: twist / 3, axis: self.lower)
        let flapAxis = (above * Quaternion(angle: twist, axis: self.lower)).conjugate.matrix * front
        return [
            "clavicle.\(side)": collar,
            "upperarm01.\(side)": collar.conjugate * shoulder,
            "upperarm02.\(side)": .identity,
            "shoulder01.\(side)": .identity,
            "lowerarm01.\(side)": elbow * share,
            "lowerarm02.\(side)": share,
            "wrist.\(side)": share * Quaternion(angle: flap, axis: flapAxis.normalized),
        ]
    }

    /// The rotation that takes one direction and the plane it spans with a second to others.
    private static func rotation(
        from a: (Vector3, normal: Vector3), to b: (Vector3, normal: Vector3)
    ) -> Quaternion {
        func frame(_ pair: (Vector3, normal: Vector3)) -> Matrix3 {
            let x = pair.0.normalized
            let z = pair.normal.normalized
            return Matrix3(columns: x, cross(z, x), z)
        }
        return Quaternion(frame(b) * frame(a).transposed)
    }

    /// The shortest rotation between directions that are not opposite.
    private static func arc(from a: Vector3, to b: Vector3) -> Quaternion {
        let (a, b) = (a.normalized, b.normalized)
        let axis = cross(a, b)
        return Quaternion(w: 1 + dot(a, b), x: axis.x, y: axis.y, z: axis.z).normalized
    }

    /// The angle from `a` to `b`, both perpendicular to the unit vector `axis`, counter-clockwise
    /// about it.
    private static func angle(from a: Vector3, to b: Vector3, about axis: Vector3) -> Float {
        atan2(dot(axis, cross(a, b)), dot(a, b))
    }
}
