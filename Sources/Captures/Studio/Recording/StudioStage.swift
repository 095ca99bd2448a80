import Rigs
import Spatial
import Splatting

/// Plays the shots of a plan, on one thread.
final class StudioStage {
    /// What is true of a shot.
    struct Moment {
        var pose: Pose
        var expression: FaceExpression
        var cameras: [Camera]
        var bones: PoseWorkspace
        var wrinkles: WrinkleField.State
    }

    /// Somebody who moves, without looks.
    private struct Actor {
        var index: Int
        var rig: ShapedRig
        var poser: StudioPoser
        /// What cameras look at.
        var body: Vector3
        var head: Vector3
    }

    private let plan: StudioPlan
    private let body: CanonicalBody
    private let options: StudioOptions
    private let renderer = StudioRenderer()
    private var lastActor: Actor?

    init(_ plan: StudioPlan, body: CanonicalBody, options: StudioOptions) {
        (self.plan, self.body, self.options) = (plan, body, options)
    }

    private func actor(_ index: Int) -> Actor {
        if let lastActor, lastActor.index == index { return lastActor }
        let rig = body.anny.shaped(plan.identities[index].shape)
        let poser = StudioPoser(rig)
        var workspace = PoseWorkspace(for: rig)
        rig.poseBones(poser.standing, into: &workspace)
        let head = workspace.bonePoses[rig.skeleton.index(of: "head") ?? 0].translation
        let made = Actor(
            index: index, rig: rig, poser: poser,
            body: workspace.bonePoses[0].translation + Vector3(0, -0.08, 0),
            head: head + Vector3(0, 0.035, 0.05))
        lastActor = made
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
                $0.camera(body: actor.body, head: actor.head, size: options.size)
            }, bones: workspace,
            wrinkles: WrinkleField.State(rig: actor.rig, bones: workspace))
    }

    /// Makes somebody for the cast.
    func make(_ role: StudioCast.Role, of cast: StudioCast) {
        cast.make(role, rasteriser: renderer.rasteriser)
    }

    /// The pictures that the cameras take of a shot that somebody of the cast plays.
    func pictures(of shot: StudioPlan.Shot, frame: Int, person: StudioPerson) -> [StudioFrame] {
        let moment = moment(of: shot)
        var pose = moment.pose
        if let faults = shot.faults {
            pose = faults.shaken(
                pose, person.rig.skeleton, seed: options.seed &+ UInt64(frame) &* 131)
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
}
