import Spatial

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Holds standing feet in their place by bending the legs.
struct FootPlanting {
    private let skeleton: MotionSkeleton
    private let feet: [FootJoints]
    /// The joints of thigh and shin, by side.
    private let thighs: [[Int]]
    private let shins: [[Int]]
    /// The floor below the rest pose, metres.
    private let floor: Float

    /// Nil where the skeleton has no feet.
    init?(_ skeleton: MotionSkeleton, _ roles: SkeletonRoles) {
        guard let feet = FootJoints.both(skeleton, roles) else { return nil }
        (self.skeleton, self.feet) = (skeleton, feet)
        let sides = BodySegment.Side.allCases
        // Everything from the hip to the knee turns with the thigh, helper joints too.
        func between(_ top: Int, _ bottom: Int) -> [Int] {
            var joints: [Int] = []
            var joint = skeleton.parents[bottom]
            while joint >= top {
                joints.append(joint)
                joint = skeleton.parents[joint]
            }
            return joints
        }
        thighs = sides.indices.map { between(feet[$0].hip, feet[$0].knee) }
        shins = sides.indices.map { between(feet[$0].knee, feet[$0].ankle) }
        floor = feet.map { skeleton.positions[$0.ball].y - $0.ballRest }.min()!
    }

    /// Moves the whole motion so that the soles are on the floor when the source's are, and begins above
    /// the origin.
    func putOnFloor(_ poses: inout BodyTrack, standing: StandingFeet, scale: Float) {
        guard let first = poses.roots.first else { return }
        let gaps = poses.rotations.indices.map { t in
            let places = skeleton.positions(world: poses.rotations[t], root: poses.roots[t])
            return feet.map { $0.sole(places) }.min()! - standing.soles[t] * scale
        }
        // Of frames in which somebody stands, if there are any.
        let stood = Set(standing.contacts.flatMap { $0.flatMap { Array($0) } })
        let used = stood.isEmpty ? gaps : stood.sorted().map { gaps[$0] }
        let lift = floor - used.sorted()[used.count / 2]
        for t in poses.roots.indices {
            poses.roots[t] += Vector3(-first.x, lift, -first.z)
        }
    }

    private func balls(_ poses: BodyTrack, _ side: Int) -> [Vector3] {
        poses.rotations.indices.map {
            skeleton.positions(world: poses.rotations[$0], root: poses.roots[$0])[feet[side].ball]
        }
    }

    /// The mean over all contacts of how far the ball goes from its mean place, millimetres.
    func slide(_ poses: BodyTrack, _ standing: StandingFeet) -> Float {
        var ways: [Float] = []
        for side in 0..<2 where !standing.contacts[side].isEmpty {
            let track = balls(poses, side)
            for contact in standing.contacts[side] {
                let mean = track[contact].reduce(.zero, +) / Float(contact.count)
                ways.append(
                    track[contact].map { Vector2($0.x - mean.x, $0.z - mean.z).length }.max()!)
            }
        }
        return ways.isEmpty ? 0 : 1000 * ways.reduce(0, +) / Float(ways.count)
    }

    /// Bends the legs so that standing feet stay where they are on average, eased in and out over
    /// 0.15 s. A foot that the leg does not reach lowers the root.
    func plant(
        _ poses: inout BodyTrack, standing: StandingFeet, scale: Float, rate: Float
    ) {
        let ease = max(1, Int(0.15 * rate))
        let shifts = (0..<2).map { side in
            self.shifts(balls(poses, side), standing, side, scale: scale, ease: ease)
        }
        lower(&poses, shifts, ease: ease)
        for side in 0..<2 {
            for t in poses.roots.indices where shifts[side][t].weight > 0 {
                let places = skeleton.positions(world: poses.rotations[t], root: poses.roots[t])
                let foot = feet[side]
                let goal = shifts[side][t].goal + places[foot.ankle] - places[foot.ball]
                let to = places[foot.ankle] + (goal - places[foot.ankle]) * shifts[side][t].weight
                bend(&poses.rotations[t], places, side, to: to)
            }
        }
    }

    /// Where a ball is to be, and how much of the way there it is to be taken.
    private struct Shift {
        var goal = Vector3.zero
        var weight: Float = 0
    }

    private func shifts(
        _ track: [Vector3], _ standing: StandingFeet, _ side: Int, scale: Float, ease: Int
    ) -> [Shift] {
        var shifts = [Shift](repeating: Shift(), count: track.count)
        for contact in standing.contacts[side] {
            var anchor = track[contact].reduce(.zero, +) / Float(contact.count)
            let height =
                standing.heights[side][contact].reduce(0, +) / Float(contact.count) * scale
            // What is nearly on the floor is on it.
            anchor.y = floor + feet[side].ballRest + (abs(height) < 0.03 ? 0 : height)
            for t in contact { shifts[t] = Shift(goal: anchor, weight: 1) }
            for step in 1...ease {
                let weight = smooth(1 - Float(step) / Float(ease + 1))
                let (before, after) = (contact.lowerBound - step, contact.upperBound - 1 + step)
                // The correction fades, not the place: the foot leaves and arrives on its own way.
                if before >= 0, shifts[before].weight < weight {
                    let change = anchor - track[contact.lowerBound]
                    shifts[before] = Shift(goal: track[before] + change, weight: weight)
                }
                if after < track.count, shifts[after].weight < weight {
                    let change = anchor - track[contact.upperBound - 1]
                    shifts[after] = Shift(goal: track[after] + change, weight: weight)
                }
            }
        }
        return shifts
    }

    private func smooth(_ t: Float) -> Float { t * t * (3 - 2 * t) }

    /// Lowers the root where a planted foot is out of the leg's reach, eased over time.
    private func lower(_ poses: inout BodyTrack, _ shifts: [[Shift]], ease: Int) {
        var drops = [Float](repeating: 0, count: poses.roots.count)
        for t in poses.roots.indices {
            let places = skeleton.positions(world: poses.rotations[t], root: poses.roots[t])
            for side in 0..<2 where shifts[side][t].weight > 0.5 {
                let foot = feet[side]
                let goal = shifts[side][t].goal + places[foot.ankle] - places[foot.ball]
                let reach = 0.998 * (length(places, side).0 + length(places, side).1)
                let (hip, across) = (
                    places[foot.hip],
                    Vector2(goal.x - places[foot.hip].x, goal.z - places[foot.hip].z).length
                )
                guard across < reach else { continue }
                let highest = goal.y + (reach * reach - across * across).squareRoot()
                drops[t] = max(drops[t], min(hip.y - highest, 0.15 * reach))
            }
        }
        guard drops.contains(where: { $0 > 0 }) else { return }
        // The greatest nearby, then a mean: never less than needed by much, and smooth.
        let widest = drops.indices.map { t in
            drops[max(0, t - ease)...min(drops.count - 1, t + ease)].max()!
        }
        for t in drops.indices {
            let window = widest[max(0, t - ease)...min(drops.count - 1, t + ease)]
            poses.roots[t].y -= window.reduce(0, +) / Float(window.count)
        }
    }

    /// Bends a leg so that the ankle comes to `goal`, the foot's own rotation kept.
    func reach(_ rotations: inout [Quaternion], root: Vector3, _ side: Int, to goal: Vector3) {
        let places = skeleton.positions(world: rotations, root: root)
        bend(&rotations, places, side, to: goal)
    }

    /// Gives a foot a rotation since the rest pose, and with it the toes, which turn by `local` against
    /// it.
    func turnFoot(
        _ rotations: inout [Quaternion], _ side: Int, to turn: Quaternion,
        toes local: [String: Quaternion]
    ) {
        rotations[feet[side].ankle] = turn
        for joint in feet[side].ankle + 1..<skeleton.count {
            let parent = skeleton.parents[joint]
            guard parent >= feet[side].ankle, isBelow(joint, feet[side].ankle) else { continue }
            rotations[joint] =
                rotations[parent] * (local[skeleton.names[joint]] ?? .identity)
        }
    }

    private func isBelow(_ joint: Int, _ other: Int) -> Bool {
        var joint = joint
        while joint > other { joint = skeleton.parents[joint] }
        return joint == other
    }

    private func length(_ places: [Vector3], _ side: Int) -> (Float, Float) {
        let foot = feet[side]
        return (
            (places[foot.knee] - places[foot.hip]).length,
            (places[foot.ankle] - places[foot.knee]).length
        )
    }

    /// Turns thigh and shin so that the ankle comes to `goal`, the foot's own rotation kept: the law of
    /// cosines at the knee, then the leg as a whole.
    private func bend(
        _ rotations: inout [Quaternion], _ places: [Vector3], _ side: Int, to goal: Vector3
    ) {
        let foot = feet[side]
        let (hip, knee, ankle) = (places[foot.hip], places[foot.knee], places[foot.ankle])
        let (thigh, shin) = length(places, side)
        guard thigh > 1e-4, shin > 1e-4 else { return }
        let distance = min(
            max((goal - hip).length, abs(thigh - shin) + 1e-4), 0.9995 * (thigh + shin))
        // The angle at the knee between thigh and shin: straight is π.
        func angle(_ d: Float) -> Float {
            acos(min(max((thigh * thigh + shin * shin - d * d) / (2 * thigh * shin), -1), 1))
        }
        var axis = cross(hip - knee, ankle - knee)
        if axis.length < 1e-4 * thigh * shin {
            // A straight leg bends forwards, as the thigh's own front says.
            let front = rotations[foot.hip].matrix * Vector3(0, 0, 1)
            axis = cross(ankle - hip, front)
        }
        let turn = Quaternion(
            angle: angle(distance) - angle((ankle - hip).length), axis: axis.normalized)
        let bent = knee + turn.matrix * (ankle - knee)
        let swing = Quaternion.arc(from: bent - hip, to: goal - hip)
        for joint in thighs[side] { rotations[joint] = (swing * rotations[joint]).normalized }
        for joint in shins[side] {
            rotations[joint] = (swing * turn * rotations[joint]).normalized
        }
    }
}
