import Spatial

/// For every segment of the body, the rotation from a target skeleton's rest pose to a source's: what
/// makes two rest poses, such as an A-pose and a T-pose, comparable.
///
/// With S and T the rotations of a segment since its own rest pose and A its alignment, T = S A gives
/// the target's limb the direction of the source's. Along a limb each A follows from the one before by
/// the shortest arc to the direction of the next segment, so that twist is not invented; the trunk
/// keeps its own posture; hands are aligned by direction and the line across the knuckles; feet by
/// heading only, for where ankles are differs between rigs though soles are flat in all.
struct RestAlignment {
    /// By segment; for fingers by phalanx.
    private var rotations: [BodySegment: [Quaternion]] = [:]
    /// The trunk's.
    private(set) var trunk = Quaternion.identity

    init(
        source: MotionSkeleton, _ sourceRoles: SkeletonRoles, target: MotionSkeleton,
        _ targetRoles: SkeletonRoles
    ) {
        let a = RestFrames(target, targetRoles)
        let b = RestFrames(source, sourceRoles)
        if let from = a.trunk, let to = b.trunk {
            let turn = to * from.conjugate
            // The posture of a trunk that stands upright is the person's own, not to be copied.
            if turn.axisAngle.length > 0.52 { trunk = turn.normalized }
        }
        for side in BodySegment.Side.allCases { align(side, a, b) }
    }

    /// The alignment of a segment's `index`th joint.
    func rotation(_ segment: BodySegment, _ index: Int = 0) -> Quaternion {
        guard let list = rotations[segment], !list.isEmpty else { return trunk }
        return list[min(index, list.count - 1)]
    }

    private mutating func align(_ side: BodySegment.Side, _ a: RestFrames, _ b: RestFrames) {
        /// The next alignment along a limb.
        func next(_ above: Quaternion, _ from: Vector3?, _ to: Vector3?) -> Quaternion {
            guard let from, let to else { return above }
            return (.arc(from: above.matrix * from, to: to) * above).normalized
        }
        func direction(_ frames: RestFrames, _ from: BodySegment.Part, _ to: BodySegment.Part)
            -> Vector3?
        {
            frames.direction(.init(from, side), .init(to, side))
        }
        let upperArm = next(
            trunk, direction(a, .upperArm, .lowerArm), direction(b, .upperArm, .lowerArm))
        let lowerArm = next(
            upperArm, direction(a, .lowerArm, .hand), direction(b, .lowerArm, .hand))
        rotations[.init(.upperArm, side)] = [upperArm]
        rotations[.init(.lowerArm, side)] = [lowerArm]
        var hand = next(lowerArm, a.hand(side), b.hand(side))
        if let from = a.handFrame(side), let to = b.handFrame(side) {
            hand = (to * from.conjugate).normalized
        }
        rotations[.init(.hand, side)] = [hand]
        for finger in BodySegment.fingers {
            let segment = BodySegment(finger, side)
            var above = hand
            rotations[segment] = (0..<3).map { phalanx in
                above = next(above, a.phalanx(segment, phalanx), b.phalanx(segment, phalanx))
                return above
            }
        }
        let upperLeg = next(
            trunk, direction(a, .upperLeg, .lowerLeg), direction(b, .upperLeg, .lowerLeg))
        let lowerLeg = next(
            upperLeg, direction(a, .lowerLeg, .foot), direction(b, .lowerLeg, .foot))
        rotations[.init(.upperLeg, side)] = [upperLeg]
        rotations[.init(.lowerLeg, side)] = [lowerLeg]
        let (from, to) = (direction(a, .foot, .toes), direction(b, .foot, .toes))
        var foot = next(lowerLeg, from, to)
        let up = trunk.matrix * Vector3(0, 1, 0)
        if let from, let to, let shin = direction(b, .lowerLeg, .foot), dot(shin, up) < -0.8 {
            // Standing: the headings are aligned, and the soles stay flat.
            let turned = trunk.matrix * from
            let (h, g) = (turned - up * dot(turned, up), to - up * dot(to, up))
            foot = (.arc(from: h, to: g) * trunk).normalized
        }
        rotations[.init(.foot, side)] = [foot]
        rotations[.init(.toes, side)] = [foot]
    }
}

/// Directions of a skeleton's segments in its rest pose.
struct RestFrames {
    private let skeleton: MotionSkeleton
    private let roles: SkeletonRoles

    init(_ skeleton: MotionSkeleton, _ roles: SkeletonRoles) {
        (self.skeleton, self.roles) = (skeleton, roles)
    }

    private func place(_ segment: BodySegment) -> Vector3? {
        roles.joints[segment]?.first.map { skeleton.positions[$0] }
    }

    /// From the head of a segment to that of another; nil where they are missing or in one place.
    func direction(_ from: BodySegment, _ to: BodySegment) -> Vector3? {
        guard let a = place(from), let b = place(to), (b - a).length > 1e-5 else { return nil }
        return (b - a).normalized
    }

    /// x to the person's left, y up, from hips and neck.
    var trunk: Quaternion? {
        guard let left = place(.init(.upperLeg, .left)),
            let right = place(.init(.upperLeg, .right)),
            let top = place(.init(.neck)) ?? place(.init(.head))
        else { return nil }
        let up = (top - (left + right) / 2).normalized
        let across = left - right
        let x = (across - up * dot(across, up)).normalized
        guard up.length > 0.9, x.length > 0.9 else { return nil }
        return Quaternion(Matrix3(columns: x, up, cross(x, up)))
    }

    private static let knuckles: [BodySegment.Part] = [.index, .middle, .ring, .little]

    /// From the wrist to the middle of the knuckles, or to the end of a hand without fingers.
    func hand(_ side: BodySegment.Side) -> Vector3? {
        guard let joint = roles.joints[.init(.hand, side)]?.first else { return nil }
        let wrist = skeleton.positions[joint]
        let knuckles = Self.knuckles.compactMap { place(.init($0, side)) }
        var end = knuckles.reduce(.zero, +) / Float(max(1, knuckles.count))
        if knuckles.isEmpty {
            let child = skeleton.parents.firstIndex(of: joint)
            end = skeleton.ends[joint] ?? child.map { skeleton.positions[$0] } ?? wrist
        }
        guard (end - wrist).length > 1e-5 else { return nil }
        return (end - wrist).normalized
    }

    /// x along the hand, y across it from the little towards the index finger. Of a hand without
    /// fingers the index is taken to be in front at rest, as it is in T-poses and with hanging arms.
    func handFrame(_ side: BodySegment.Side) -> Quaternion? {
        guard let along = hand(side) else { return nil }
        let index = place(.init(.index, side))
        let little = place(.init(.little, side)) ?? place(.init(.ring, side))
        let front = (trunk ?? .identity).matrix * Vector3(0, 0, 1)
        var across = front
        if let index, let little, (index - little).length > 1e-5 { across = index - little }
        let y = (across - along * dot(across, along)).normalized
        guard y.length > 0.9 else { return nil }
        return Quaternion(Matrix3(columns: along, y, cross(along, y)))
    }

    /// The direction of a finger's phalanx.
    func phalanx(_ finger: BodySegment, _ index: Int) -> Vector3? {
        guard let joints = roles.joints[finger], index < joints.count else { return nil }
        let from = skeleton.positions[joints[index]]
        var to: Vector3?
        if index + 1 < joints.count {
            to = skeleton.positions[joints[index + 1]]
        } else if let end = skeleton.ends[joints[index]] {
            to = end
        } else if let child = skeleton.parents.firstIndex(of: joints[index]) {
            to = skeleton.positions[child]
        } else if index > 0 {
            // Stretched, as far as one knows.
            to = from * 2 - skeleton.positions[joints[index - 1]]
        }
        guard let to, (to - from).length > 1e-5 else { return nil }
        return (to - from).normalized
    }
}

extension Quaternion {
    /// The shortest rotation from one direction to another, of any lengths; opposite ones turn about
    /// any axis between.
    static func arc(from a: Vector3, to b: Vector3) -> Quaternion {
        let (a, b) = (a.normalized, b.normalized)
        let cosine = dot(a, b)
        if cosine < -0.999_999 {
            let other = abs(a.x) < 0.9 ? Vector3(1, 0, 0) : Vector3(0, 1, 0)
            let axis = cross(a, other).normalized
            return Quaternion(w: 0, x: axis.x, y: axis.y, z: axis.z)
        }
        let axis = cross(a, b)
        return Quaternion(w: 1 + cosine, x: axis.x, y: axis.y, z: axis.z).normalized
    }

    /// The part of a rotation that turns about the unit vector `axis`, with the other part applied
    /// after it: q = swing · twist.
    func twist(about axis: Vector3) -> Quaternion {
        let along = dot(Vector3(x, y, z), axis)
        let twist = Quaternion(
            w: w, x: axis.x * along, y: axis.y * along, z: axis.z * along)
        let length = twist.components.length
        // Half a turn about a perpendicular axis has no twist to speak of.
        return length > 1e-6 ? Quaternion(components: twist.components / length) : .identity
    }
}
