import Foundation
import Rigs
import Spatial
import Splatting
import Testing

@testable import Tracking

/// A body that is known is projected, and the fitter has to find it from that.
@Suite(.enabled(if: LoadedRig.isInstalled, "run scripts/bootstrap first"))
struct RigFitterTests {
    @Test func recoversAPersonThatIsKnown() throws {
        let anny = try #require(LoadedRig.anny)
        let graphs = try TrackingGraphs.installed()
        let embedding = try FaceLandmarkEmbedding.load(for: anny, graphs: graphs)

        var shape = AnnyShape([.gender: 0.8, .age: 0.62, .muscle: 0.6, .weight: 0.4])
        shape.localChanges = [Float](repeating: 0, count: anny.localChangeNames.count)
        let rig = anny.shaped(shape)
        var pose = try Pose(
            rig.skeleton,
            rotations: [
                "upperarm01.L": Quaternion(axisAngle: Vector3(0, 0, -0.9)),
                "upperarm01.R": Quaternion(axisAngle: Vector3(0, 0, 0.6)),
                "lowerarm01.L": Quaternion(axisAngle: Vector3(-0.5, 0, -0.3)),
                "head": Quaternion(axisAngle: Vector3(0, 0.2, 0)),
            ])
        pose.rotations[0] = Quaternion(axisAngle: Vector3(0, 0.1, 0))
        pose.rootTranslation = Vector3(0.05, -0.1, -2.6)
        let expression = FaceExpression([
            .jawOpen: 0.25, .mouthSmileLeft: 0.4, .mouthSmileRight: 0.4,
        ])
        var workspace = PoseWorkspace(for: rig)
        rig.pose(pose, expression: expression, into: &workspace)

        // The camera looks along −z from the origin, as the fitter has it.
        let (width, height) = (480, 640)
        let camera = Camera(
            intrinsics: Intrinsics(fx: 700, fy: 700, cx: 240, cy: 320), width: width,
            height: height,
            viewMatrix: AffineTransform(linear: Matrix3(diagonal: Vector3(1, -1, -1))))
        func seen(_ point: Vector3) -> Vector3 {
            let (pixel, depth) = camera.project(point)
            return Vector3(pixel.x, pixel.y, depth)
        }
        let face = FaceLandmarks(
            points: embedding.points(of: workspace.vertices, mesh: anny.mesh).map(seen), score: 1)
        let body = try body(rig, workspace, seen)
        let silhouette = MeshRasteriser().render(
            positions: workspace.vertices, faces: anny.mesh.faces, camera: camera)
        let mask = Image(
            width: width, height: height, channels: 1,
            samples: silhouette.triangles.map { $0 >= 0 ? 1 : 0 })

        let fitter = RigFitter(anny: anny, embedding: embedding)
        var steps = 0
        let fit = try Threads.single {
            try fitter.fit(
                RigFitter.Evidence(
                    face: face, body: body, mask: mask, intrinsics: camera.intrinsics)
            ) { steps = $0 }
        }
        #expect(steps == RigFitter.stepCount)

        let fitted = anny.shaped(fit.shape)
        var found = PoseWorkspace(for: fitted)
        fitted.pose(fit.pose, expression: fit.expression, into: &found)
        let landmarks = embedding.points(of: found.vertices, mesh: anny.mesh).map(seen)
        let eyes = FaceLandmarkEmbedding.eyeCorners
        let unit = (face.points[eyes.0] - face.points[eyes.1]).length
        let error =
            zip(landmarks, face.points).reduce(Float(0)) { sum, pair in
                sum + Vector2(pair.0.x - pair.1.x, pair.0.y - pair.1.y).length
            } / Float(landmarks.count) / unit
        let skin = (0..<anny.coreVertexCount).filter { anny.mesh.vertexParts[$0].isSkin }
        let distance =
            skin.reduce(Float(0)) { sum, vertex in
                let (a, b) = (seen(found.vertices[vertex]), seen(workspace.vertices[vertex]))
                return sum + Vector2(a.x - b.x, a.y - b.y).length
            } / Float(skin.count)
        print(
            "known person: landmarks \(100 * error) % of the eyes (said \(100 * (fit.faceLandmarkError ?? -1)) %), joints \(100 * fit.jointError) % of the height, skin \(distance) px"
        )
        #expect(error < 0.02)
        #expect(abs((fit.faceLandmarkError ?? 1) - error) < 0.01)
        #expect(fit.jointError < 0.02)
        // Of a body of some 450 px.
        #expect(distance < 8)
    }

    /// The points of a pose that are heads of bones; all others are not seen.
    private func body(
        _ rig: ShapedRig, _ workspace: PoseWorkspace, _ seen: (Vector3) -> Vector3
    ) throws -> PoseLandmarks {
        let bones: [PosePoint: String] = [
            .leftShoulder: "upperarm01.L", .rightShoulder: "upperarm01.R",
            .leftElbow: "lowerarm01.L", .rightElbow: "lowerarm01.R", .leftWrist: "wrist.L",
            .rightWrist: "wrist.R", .leftHip: "upperleg01.L", .rightHip: "upperleg01.R",
            .leftKnee: "lowerleg01.L", .rightKnee: "lowerleg01.R", .leftAnkle: "foot.L",
            .rightAnkle: "foot.R",
        ]
        let points = try PosePoint.allCases.map { name -> PoseLandmarks.Point in
            guard let bone = bones[name] else {
                return PoseLandmarks.Point(
                    position: .zero, world: .zero, visibility: 0, presence: 0)
            }
            let head = workspace.bonePoses[try #require(rig.skeleton.index(of: bone))].translation
            let pixel = seen(head)
            let isInside = pixel.y < 640
            return PoseLandmarks.Point(
                position: pixel, world: head * Vector3(1, -1, -1),
                visibility: isInside ? 1 : 0, presence: isInside ? 1 : 0)
        }
        let region = Region(
            Box(minimum: .zero, maximum: Vector2(480, 640)))
        return PoseLandmarks(
            points: points, score: 1, region: region, hips: .zero, rim: .zero,
            segmentation: Image(width: 256, height: 256, channels: 1))
    }
}
