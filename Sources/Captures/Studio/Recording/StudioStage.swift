import Rigs
import Spatial
import Splatting

/// Plays the shots of a plan: who is there is built once and kept while needed.
final class StudioStage {
    /// What is true of a shot.
    struct Moment {
        var pose: Pose
        var expression: FaceExpression
        var cameras: [Camera]
        var bones: PoseWorkspace
        var wrinkles: WrinkleField.State
    }

    private let plan: StudioPlan
    private let body: CanonicalBody
    private let size: Int
    private let seed: UInt64
    private let renderer = StudioRenderer()
    private var actors: [Int: (rig: ShapedRig, poser: StudioPoser, body: Vector3, head: Vector3)] =
        [:]
    /// The last few people, by index and step of drift.
    private var people: [(key: SIMD2<Int>, person: StudioPerson)] = []

    init(_ plan: StudioPlan, body: CanonicalBody, size: Int, seed: UInt64) {
        (self.plan, self.body, self.size, self.seed) = (plan, body, size, seed)
    }

    private func actor(_ index: Int) -> (
        rig: ShapedRig, poser: StudioPoser, body: Vector3, head: Vector3
    ) {
        if let known = actors[index] { return known }
        let rig = body.anny.shaped(plan.identities[index].shape)
        let poser = StudioPoser(rig)
        var workspace = PoseWorkspace(for: rig)
        rig.poseBones(poser.standing, into: &workspace)
        let head = workspace.bonePoses[rig.skeleton.index(of: "head") ?? 0].translation
        let made = (
            rig, poser, workspace.bonePoses[0].translation + Vector3(0, -0.08, 0),
            head + Vector3(0, 0.035, 0.05)
        )
        actors[index] = made
        return made
    }

    /// What is true of a shot; quick, for nothing is drawn.
    func moment(of shot: StudioPlan.Shot) -> Moment {
        let actor = actor(shot.person)
        let pose = actor.poser.pose(shot.action)
        var workspace = PoseWorkspace(for: actor.rig)
        actor.rig.poseBones(pose, into: &workspace)
        return Moment(
            pose: pose, expression: shot.expression,
            cameras: shot.cameras.map {
                $0.camera(body: actor.body, head: actor.head, size: size)
            }, bones: workspace,
            wrinkles: WrinkleField.State(rig: actor.rig, bones: workspace))
    }

    /// The pictures that the cameras take of a shot.
    func pictures(of shot: StudioPlan.Shot, frame: Int) -> [StudioFrame] {
        let moment = moment(of: shot)
        let person = person(of: shot)
        var pose = moment.pose
        if let faults = shot.faults {
            pose = faults.shaken(pose, person.rig.skeleton, seed: seed &+ UInt64(frame) &* 131)
        }
        let posed = StudioPose(person, pose: pose, expression: shot.expression)
        let lit = LitPose(
            posed, light: shot.light,
            focus: StudioRenderer.focus(of: posed, in: moment.cameras),
            rasteriser: renderer.rasteriser)
        return moment.cameras.map { camera in
            var picture = renderer.render(
                lit, camera: camera, backdrop: shot.backdrop, ground: person.ground)
            shot.faults?.spoil(&picture)
            return picture
        }
    }

    private func person(of shot: StudioPlan.Shot) -> StudioPerson {
        var identity = plan.identities[shot.person]
        var key = SIMD2(shot.person, 0)
        if let faults = shot.faults, plan.identities.count > shot.person + 1 {
            identity = faults.drifted(identity, towards: plan.identities[shot.person + 1])
            key.y = Int((faults.drift * 8).rounded())
        }
        if let known = people.first(where: { $0.key == key }) { return known.person }
        let made = StudioPerson(identity, body: body, rasteriser: renderer.rasteriser)
        people.append((key, made))
        // A person takes some 50 MB.
        if people.count > 3 { people.removeFirst() }
        return made
    }
}
