import Captures
import Rigs
import Spatial
import Splatting

/// Measures how well a fitted rig agrees with what was seen, with the rig itself and not its
/// differentiable double.
final class FitGauge {
    /// What it says of one frame.
    struct Reading {
        /// Mean distances in shares of the person's box; nil where nothing was seen.
        var face: Float?
        var body: Float?
        var hands: Float?
        var overlap: Float?

        /// Whether the frame is not to be trusted.
        var isPoor: Bool {
            (face ?? 0) > 0.03 || (body ?? 0) > 0.05 || (overlap ?? 1) < 0.5
        }
    }

    private let model: ClipModel
    private let identity: ClipIdentity
    private let camera: Camera
    private let small: Camera
    private let rig: ShapedRig
    private var workspace: PoseWorkspace
    private let rasteriser = MeshRasteriser()
    private var frame = MeshFrame()
    private let bodyBones: [Int]
    private let movingBones: [Int]
    private var sums: [(sum: Float, count: Int)] = Array(repeating: (0, 0), count: 4)
    private var joints: [[Vector3]] = []
    private var jitter: (sum: Double, count: Int) = (0, 0)

    init(model: ClipModel, identity: ClipIdentity, camera: Camera) {
        (self.model, self.identity, self.camera) = (model, identity, camera)
        rig = model.anny.shaped(identity.shape(model))
        workspace = PoseWorkspace(for: rig)
        let (w, h) = ClipEvidence.maskSize(camera.width, camera.height)
        let scale = Float(w) / Float(camera.width)
        small = Camera(
            intrinsics: Intrinsics(
                fx: camera.intrinsics.fx * scale, fy: camera.intrinsics.fy * scale,
                cx: Float(w) / 2, cy: Float(h) / 2), width: w, height: h,
            viewMatrix: camera.viewMatrix)
        let skeleton = model.anny.skeleton
        bodyBones = RigFitter.joints.map { skeleton.index(of: $0.bone)! }
        movingBones = [0] + model.posedBones.prefix(RigFitter.posedBones.count).map(\.bone)
    }

    /// The rig's vertices in the frame that was taken last, world space.
    var vertices: [Vector3] { workspace.vertices }

    /// Where the right and the left eye look in that frame: unit directions, world space.
    var gazes: [Vector3] { model.eyes.map { $0.gaze(workspace.vertices) } }

    /// Poses the rig as in a frame and compares.
    func take(_ evidence: ClipEvidence, _ motion: ClipMotion, _ t: Int) -> Reading {
        rig.pose(
            motion.pose(t, model: model), expression: motion.expression(t), into: &workspace)
        var reading = Reading()
        let side = evidence.box(t).map { max($0.size.x, $0.size.y) } ?? 1
        func distance(_ point: Vector3, _ pixel: Vector2) -> Float {
            (camera.project(point).pixel - pixel).length / side
        }
        func mean(_ values: [Float]) -> Float? {
            values.isEmpty ? nil : values.reduce(0, +) / Float(values.count)
        }
        if let seen = evidence.facePoints(t) {
            let points = model.embedding.points(of: workspace.vertices, mesh: model.anny.mesh)
            reading.face = mean(zip(points, seen).map(distance))
        }
        var body: [Float] = []
        for (k, joint) in RigFitter.joints.enumerated()
        where evidence.visibility(t, joint.point) > 0.5 {
            let pose = workspace.bonePoses[bodyBones[k]]
            let turned =
                workspace.bonePoses[bodyBones[k]].linear
                * model.anny.skeleton.referenceOrientations[bodyBones[k]].transposed
            let offset = Vector3(
                identity.offsets[3 * k], identity.offsets[3 * k + 1], identity.offsets[3 * k + 2])
            let p = evidence.bodyPoint(t, joint.point)
            body.append(distance(pose.translation + turned * offset, Vector2(p.x, p.y)))
        }
        reading.body = mean(body)
        let places = model.handPlaces
        let hands =
            places.bones.map { workspace.bonePoses[$0].translation }
            + places.tips.map { workspace.vertices[$0] }
        var fingers: [Float] = []
        for side in 0..<2 where evidence.agrees(t, hand: side) {
            for k in side * ClipEvidence.handPoints..<(side + 1) * ClipEvidence.handPoints {
                let i = 2 * (2 * t * ClipEvidence.handPoints + k)
                fingers.append(
                    distance(
                        hands[places.order[k]], Vector2(evidence.hands[i], evidence.hands[i + 1])))
            }
        }
        reading.hands = mean(fingers)
        reading.overlap = overlap(evidence.mask(t))
        for (k, value) in [reading.face, reading.body, reading.hands, reading.overlap].enumerated()
        {
            guard let value else { continue }
            sums[k] = (sums[k].sum + value, sums[k].count + 1)
        }
        measureJitter(evidence.flags[t])
        return reading
    }

    /// Intersection over union of the rig's silhouette with a small mask; nil if that is empty.
    private func overlap(_ mask: Image) -> Float? {
        rasteriser.render(
            positions: workspace.vertices, faces: model.anny.mesh.faces, camera: small,
            into: &frame)
        var (both, either, seen) = (0, 0, 0)
        for i in mask.samples.indices {
            let (a, b) = (mask.samples[i] > 0.5, frame.triangles[i] >= 0)
            both += a && b ? 1 : 0
            either += a || b ? 1 : 0
            seen += a ? 1 : 0
        }
        return seen > 20 ? Float(both) / Float(either) : nil
    }

    private func measureJitter(_ flags: FrameFlags) {
        if !flags.isDisjoint(with: [.cut, .nobody]) { joints = [] }
        if flags.contains(.nobody) { return }
        joints.append(movingBones.map { workspace.bonePoses[$0].translation })
        if joints.count > 3 { joints.removeFirst() }
        guard joints.count == 3 else { return }
        for k in movingBones.indices {
            let second = joints[0][k] - 2 * joints[1][k] + joints[2][k]
            jitter = (jitter.sum + Double(second.lengthSquared), jitter.count + 1)
        }
    }

    /// The means over all frames taken.
    var quality: CaptureManifest.Quality {
        func mean(_ k: Int) -> Float? {
            sums[k].count > 0 ? sums[k].sum / Float(sums[k].count) : nil
        }
        return .init(
            face: mean(0), body: mean(1), hands: mean(2), maskOverlap: mean(3),
            jitter: Float((jitter.sum / Double(max(1, jitter.count))).squareRoot()))
    }
}
