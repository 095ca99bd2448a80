import Spatial

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Brings motions from one skeleton to another, whose rest pose and proportions differ.
///
/// Every limb gets the direction in the world that it has in the source (see `RestAlignment`), twists are
/// shared by the bones that a limb has there, trunk and neck are bent along their chains, and the
/// root's way is scaled by the length of the legs. Feet that stand in the source are then held
/// where they stand by bending the legs (`FootPlanting`).
public struct Retargeter: Sendable {
    public struct Options: Sendable {
        /// Whether feet that stand in the source are kept from sliding.
        public var keepsFeetPlanted: Bool
        /// Whether the motion is turned so that the person faces +z in the first frame.
        public var facesFront: Bool

        public init(keepsFeetPlanted: Bool = true, facesFront: Bool = false) {
            (self.keepsFeetPlanted, self.facesFront) = (keepsFeetPlanted, facesFront)
        }
    }

    /// What was reached.
    public struct Report: Equatable, Sendable, Codable {
        /// The target's legs by the source's.
        public var scale: Float
        /// How often a foot stands.
        public var contacts: Int
        /// How far a standing foot slides over the floor with the source's angles alone, and after it
        /// was planted: the greatest distance from where it stands on average, millimetres, mean over
        /// all contacts.
        public var slideBefore: Float
        public var slideAfter: Float
    }

    public let source: MotionSkeleton
    public let target: MotionSkeleton
    let sourceRoles: SkeletonRoles
    let targetRoles: SkeletonRoles
    private let alignment: RestAlignment
    /// The target's legs by the source's.
    let scale: Float

    /// - Throws: `RigError.skeleton` where arms and legs are not found by name.
    public init(from source: MotionSkeleton, to target: MotionSkeleton) throws {
        (self.source, self.target) = (source, target)
        sourceRoles = SkeletonRoles(source)
        targetRoles = SkeletonRoles(target)
        for (roles, skeleton) in [(sourceRoles, source), (targetRoles, target)]
        where !roles.isHuman {
            throw RigError.skeleton(
                name: skeleton.kind.rawValue,
                found: "joints such as \(skeleton.names.prefix(4).joined(separator: ", "))",
                expected: "joints whose names tell arms and legs")
        }
        alignment = RestAlignment(source: source, sourceRoles, target: target, targetRoles)
        let legs = (sourceRoles.legLength(in: source), targetRoles.legLength(in: target))
        scale = legs.0 > 0 && legs.1 > 0 ? legs.1 / legs.0 : 1
    }

    /// The motion on the target.
    ///
    /// On Anny's bones the root is an offset from standing, with the floor where the feet of
    /// the pose of identities are; on others it is a position.
    public func retarget(_ motion: Motion, options: Options = Options()) -> (Motion, Report) {
        let frames = options.facesFront ? facingFront(motion) : motion.frames
        var worlds: [[Quaternion?]] = []
        var poses = BodyTrack()
        let standing = StandingFeet(source, sourceRoles, frames: frames, rate: motion.frameRate)
        for frame in frames {
            let rotations = source.worldRotations(frame.rotations)
            let world = world(rotations)
            worlds.append(world)
            let full = inherited(world)
            poses.rotations.append(full)
            poses.roots.append(root(frame, rotations, full))
        }
        var report = Report(scale: scale, contacts: 0, slideBefore: 0, slideAfter: 0)
        if let standing, let planting = FootPlanting(target, targetRoles) {
            planting.putOnFloor(&poses, standing: standing, scale: scale)
            report.contacts = standing.contacts.reduce(0) { $0 + $1.count }
            report.slideBefore = planting.slide(poses, standing)
            if options.keepsFeetPlanted {
                planting.plant(&poses, standing: standing, scale: scale, rate: motion.frameRate)
            }
            report.slideAfter = planting.slide(poses, standing)
        }
        var result = motion
        result.skeleton = target.kind == .anny ? nil : target
        result.frames = frames.indices.map { index in
            output(frames[index], worlds[index], poses, index)
        }
        return (result, report)
    }

    /// The frames turned about the vertical so that the first faces +z.
    private func facingFront(_ motion: Motion) -> [Motion.Frame] {
        guard let first = motion.frames.first, let pelvis = sourceRoles.first(.pelvis) else {
            return motion.frames
        }
        let trunk = RestFrames(source, sourceRoles).trunk ?? .identity
        let rest = alignment.trunk == .identity ? .identity : trunk
        let front =
            (source.worldRotations(first.rotations)[pelvis] * rest).matrix * Vector3(0, 0, 1)
        guard Vector2(front.x, front.z).length > 0.1 else { return motion.frames }
        let turn = Quaternion(angle: -atan2(front.x, front.z), axis: Vector3(0, 1, 0))
        let root = source.names[0]
        return motion.frames.map { frame in
            var frame = frame
            frame.rotations[root] = turn * (frame.rotations[root] ?? .identity)
            if case .position(let position) = frame.root {
                frame.root = .position(turn.matrix * position)
            }
            return frame
        }
    }

    /// The rotations of the target's joints since its rest pose, nil where the source says nothing.
    private func world(_ rotations: [Quaternion]) -> [Quaternion?] {
        var world = [Quaternion?](repeating: nil, count: target.count)
        /// The source's rotation of a segment, brought to the target's rest pose.
        func wanted(_ segment: BodySegment) -> Quaternion? {
            // Where a limb has several joints, the upper part's last has all of the twist, and the lower
            // part's first the least of what comes from hand or foot.
            let joints = sourceRoles.joints[segment]
            let isLower = segment.part == .lowerArm || segment.part == .lowerLeg
            return (isLower ? joints?.first : joints?.last).map {
                rotations[$0] * alignment.rotation(segment)
            }
        }
        func joints(_ segment: BodySegment) -> [Int] { targetRoles.joints[segment] ?? [] }

        let trunk = alignment.trunk
        let pelvis =
            sourceRoles.first(.pelvis).map { (rotations[$0] * trunk).normalized } ?? .identity
        let spine = sourceRoles.joints[.init(.spine)] ?? []
        var chest = pelvis
        if sourceRoles.joints[.init(.pelvis)] != nil {
            for joint in joints(.init(.pelvis)) { world[joint] = pelvis }
            let bends = [pelvis] + spine.map { rotations[$0] * trunk }
            spread(bends, over: joints(.init(.spine)), &world)
            chest = bends[bends.count - 1]
        }
        let head = wanted(.init(.head))
        let necks = (sourceRoles.joints[.init(.neck)] ?? []).map { rotations[$0] * trunk }
        let neckJoints = joints(.init(.neck))
        if !necks.isEmpty {
            spread([chest] + necks, over: neckJoints, &world)
        } else if let head {
            // As vertebrae share the turn of a head; the head's own joint does the rest.
            for (index, joint) in neckJoints.enumerated() {
                let share = 0.6 * Float(index + 1) / Float(neckJoints.count)
                world[joint] = .slerp(chest, head, share)
            }
        }
        if let head { for joint in joints(.init(.head)) { world[joint] = head } }

        for side in BodySegment.Side.allCases {
            let clavicle = wanted(.init(.clavicle, side))
            if let clavicle {
                for joint in joints(.init(.clavicle, side)) { world[joint] = clavicle }
            }
            limb(.upperArm, .lowerArm, .hand, side, from: clavicle ?? chest, wanted, &world)
            limb(.upperLeg, .lowerLeg, .foot, side, from: pelvis, wanted, &world)
            if let toes = wanted(.init(.toes, side)) {
                for joint in joints(.init(.toes, side)) { world[joint] = toes }
            }
            for finger in BodySegment.fingers {
                let segment = BodySegment(finger, side)
                let from = sourceRoles.joints[segment] ?? []
                for (index, joint) in joints(segment).prefix(from.count).enumerated() {
                    world[joint] = rotations[from[index]] * alignment.rotation(segment, index)
                }
            }
            // Between collar-bone and arm Anny's shoulder takes a sixth of the arm's raising, as in
            // the T-pose of its makers.
            if let joint = target.index(of: side == .left ? "shoulder01.L" : "shoulder01.R"),
                let arm = targetRoles.first(.upperArm, side).flatMap({ world[$0] })
            {
                world[joint] = .slerp(clavicle ?? chest, arm, 0.17)
            }
        }
        return world.map { $0?.normalized }
    }

    /// Bends a chain of joints evenly through the given rotations, of which the first is that of what
    /// the chain hangs on.
    private func spread(
        _ bends: [Quaternion], over joints: [Int], _ world: inout [Quaternion?]
    ) {
        let last = bends.count - 1
        for (index, joint) in joints.enumerated() {
            let place = Float((index + 1) * last) / Float(joints.count)
            let before = min(Int(place), last)
            world[joint] = .slerp(
                bends[before], bends[min(before + 1, last)], place - Float(before))
        }
    }

    /// An arm or a leg: directions as in the source, twists shared by the joints of each part.
    private func limb(
        _ upper: BodySegment.Part, _ lower: BodySegment.Part, _ end: BodySegment.Part,
        _ side: BodySegment.Side, from parent: Quaternion,
        _ wanted: (BodySegment) -> Quaternion?, _ world: inout [Quaternion?]
    ) {
        let rest = RestFrames(target, targetRoles)
        let (u, l, e) = (
            BodySegment(upper, side), BodySegment(lower, side), BodySegment(end, side)
        )
        if let rotation = wanted(u), let joints = targetRoles.joints[u] {
            let relative = parent.conjugate * rotation
            let twist = rest.direction(u, l).map { relative.twist(about: $0) } ?? .identity
            let swing = parent * relative * twist.conjugate
            for (index, joint) in joints.enumerated() {
                let share = Float(index + 1) / Float(joints.count)
                world[joint] = swing * .slerp(.identity, twist, share)
            }
            straighten(u, l, rotation, rest, &world)
        }
        let last = wanted(e)
        if let rotation = wanted(l), let joints = targetRoles.joints[l] {
            var twist = Quaternion.identity
            if joints.count > 1, let last, let axis = rest.direction(l, e) {
                twist = (rotation.conjugate * last).twist(about: axis)
            }
            for (index, joint) in joints.enumerated() {
                let share = Float(index + 1) / Float(joints.count + 1)
                world[joint] = rotation * .slerp(.identity, twist, share)
            }
            straighten(l, e, rotation, rest, &world)
        }
        if let last { for joint in targetRoles.joints[e] ?? [] { world[joint] = last } }
    }

    /// Turns a part of a limb back to its direction, which sharing a twist between joints that are not
    /// quite in line has changed by a degree.
    private func straighten(
        _ part: BodySegment, _ next: BodySegment, _ rotation: Quaternion, _ rest: RestFrames,
        _ world: inout [Quaternion?]
    ) {
        guard let joints = targetRoles.joints[part], joints.count > 1,
            let end = targetRoles.joints[next]?.first, let direction = rest.direction(part, next)
        else { return }
        var reached = Vector3.zero
        for (index, joint) in joints.enumerated() {
            let to = index + 1 < joints.count ? joints[index + 1] : end
            reached +=
                (world[joint] ?? .identity).matrix
                * (target.positions[to] - target.positions[joint])
        }
        let turn = Quaternion.arc(from: reached, to: rotation.matrix * direction)
        for joint in joints { world[joint] = world[joint].map { turn * $0 } }
    }

    /// The rotations with joints that the source says nothing of turned as their parents are.
    private func inherited(_ world: [Quaternion?]) -> [Quaternion] {
        var full = [Quaternion](repeating: .identity, count: world.count)
        for joint in world.indices {
            let parent = target.parents[joint]
            full[joint] = world[joint] ?? (parent < 0 ? .identity : full[parent])
        }
        return full
    }

    /// The target's root: the middle between the hips goes the source's way, scaled.
    private func root(
        _ frame: Motion.Frame, _ rotations: [Quaternion], _ world: [Quaternion]
    ) -> Vector3 {
        guard let left = sourceRoles.first(.upperLeg, .left),
            let right = sourceRoles.first(.upperLeg, .right),
            let targetLeft = targetRoles.first(.upperLeg, .left),
            let targetRight = targetRoles.first(.upperLeg, .right)
        else { return target.positions[0] }
        let places = source.positions(frame)
        let hips = (places[left] + places[right]) / 2
        let own = target.positions(world: world, root: .zero)
        return hips * scale - (own[targetLeft] + own[targetRight]) / 2
    }

    /// A frame of the result.
    private func output(
        _ frame: Motion.Frame, _ controlled: [Quaternion?], _ poses: BodyTrack, _ index: Int
    ) -> Motion.Frame {
        var result = frame
        result.rotations = [:]
        let world = poses.rotations[index]
        // A joint that the source says nothing of is set too if it is between others.
        var isBelow = controlled.map { $0 != nil }
        var isAbove = isBelow
        for joint in 1..<max(1, target.count) where isBelow[target.parents[joint]] {
            isBelow[joint] = true
        }
        for joint in (1..<max(1, target.count)).reversed() where isAbove[joint] {
            isAbove[target.parents[joint]] = true
        }
        for joint in 0..<target.count where isBelow[joint] && isAbove[joint] {
            let parent = target.parents[joint]
            let above = parent < 0 ? Quaternion.identity : world[parent]
            result.rotations[target.names[joint]] = (above.conjugate * world[joint]).normalized
        }
        let isWhole = sourceRoles.joints[.init(.pelvis)] != nil
        if target.kind == .anny {
            result.root = .offset(isWhole ? poses.roots[index] - target.positions[0] : .zero)
        } else {
            result.root = .position(isWhole ? poses.roots[index] : target.positions[0])
        }
        addFace(frame, &result)
        return result
    }

    /// Eyes and jaw: joints with some rigs, units with others.
    private func addFace(_ frame: Motion.Frame, _ result: inout Motion.Frame) {
        if result.gaze == nil, let head = sourceRoles.first(.head),
            let left = sourceRoles.first(.eye, .left), let right = sourceRoles.first(.eye, .right),
            source.parents[left] == head, source.parents[right] == head,
            let l = frame.rotations[source.names[left]],
            let r = frame.rotations[source.names[right]]
        {
            result.gaze = Gaze(left: l, right: r)
        }
        guard target.kind == .smplx else { return }
        let gaze = frame.gaze ?? Gaze(left: .zero, right: .zero)
        for (name, angles) in [("left_eye", gaze.left), ("right_eye", gaze.right)] {
            result.rotations[name] =
                Quaternion(angle: angles.x, axis: Vector3(0, 1, 0))
                * Quaternion(angle: angles.y, axis: Vector3(1, 0, 0))
        }
        result.rotations["jaw"] = Quaternion(
            angle: frame.expression[.jawOpen] * JawRotation.open, axis: Vector3(1, 0, 0))
    }
}

/// A motion as rotations of all joints since the rest pose and the root's positions, frame by frame.
struct BodyTrack {
    var rotations: [[Quaternion]] = []
    var roots: [Vector3] = []
}
