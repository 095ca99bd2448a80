import Captures
import Foundation
import Media
import Rigs
import Spatial
import Testing
import Torch

@testable import Tracking

/// A person who is known moves before a camera that is known; the fit has to find both from what a
/// tracker would see, with its noise.
@Suite(.serialized, .enabled(if: LoadedRig.isInstalled, "run scripts/bootstrap first"))
struct ClipFitterTests {
    private let model: ClipModel

    init() throws { model = try .installed() }

    private func truth(frames: Int, noise: Float, hasDepth: Bool = false) throws -> KnownPerson {
        var person = KnownPerson(model, focal: 860)
        person.noise = noise
        for t in 0..<frames {
            let phase = 2 * Float.pi * Float(t) / 24
            var pose = try Pose(
                person.skeleton,
                rotations: [
                    "upperarm01.L": Quaternion(axisAngle: Vector3(0, 0, -0.7 + 0.4 * sin(phase))),
                    "upperarm01.R": Quaternion(axisAngle: Vector3(0, 0, 0.8)),
                    "lowerarm01.R": Quaternion(
                        axisAngle: Vector3(0, 0.5 + 0.3 * cos(phase), 0)),
                    "head": Quaternion(axisAngle: Vector3(0, 0.2 * sin(phase), 0)),
                ])
            pose.rotations[0] = Quaternion(axisAngle: Vector3(0, 0.1 * cos(phase), 0))
            pose.rootTranslation = Vector3(0.03 * sin(phase), -0.1, -3)
            person.show(pose, measured: { hasDepth ? DepthFilter.smoothed($0) : nil })
        }
        return person
    }

    private func quality(
        _ motion: ClipMotion, _ identity: ClipIdentity, _ evidence: ClipEvidence,
        _ fitter: ClipFitter
    ) -> CaptureManifest.Quality {
        let gauge = FitGauge(model: model, identity: identity, camera: fitter.camera)
        for t in 0..<evidence.count { _ = gauge.take(evidence, motion, t) }
        return gauge.quality
    }

    @Test func findsAKnownPersonInMotion() throws {
        let frames = 32
        let truth = try truth(frames: frames, noise: 1)
        let fitter = ClipFitter(model: model, width: 480, height: 720, knownFocal: 860)
        let identity = try fitter.identify(
            truth.evidence.frames(stride(from: 0, to: frames, by: 8)))
        let motion = try fitter.follow(truth.evidence, identity: identity)
        let alone = quality(motion.alone, identity, truth.evidence, fitter)
        let joined = quality(motion.joined, identity, truth.evidence, fitter)
        print("each frame by itself: \(alone)\ntogether: \(joined)")
        #expect(try #require(joined.face) < 0.01 && #require(joined.body) < 0.015)
        #expect(try #require(joined.maskOverlap) > 0.9)
        // About half of what is not the person's own motion, at the same reprojection.
        let own = truth.jitter
        print("the person's own: \(own)")
        #expect(joined.jitter - own < 0.6 * (alone.jitter - own))
        // From the steady side the body comes back to its landmarks all but 4 %.
        #expect(try #require(joined.body) < 1.05 * #require(alone.body))
        #expect(try #require(joined.face) < 1.02 * #require(alone.face))
    }

    /// The distance of the fitted skin from the true one along the optical axis, metres.
    private func depthError(hasDepth: Bool) throws -> Float {
        let truth = try truth(frames: 6, noise: 1, hasDepth: hasDepth)
        let fitter = ClipFitter(model: model, width: 480, height: 720, knownFocal: 860)
        let identity = try fitter.identify(truth.evidence)
        let motion = try fitter.follow(truth.evidence, identity: identity).joined
        let rig = model.anny.shaped(identity.shape(model))
        var workspace = PoseWorkspace(for: rig)
        var (sum, count): (Float, Int) = (0, 0)
        for t in 0..<motion.count {
            rig.pose(
                motion.pose(t, model: model), expression: motion.expression(t), into: &workspace)
            for (vertex, place) in zip(model.skinVertices, truth.skin[t]) {
                sum += abs(workspace.vertices[vertex].z - place.z)
                count += 1
            }
        }
        return sum / Float(count)
    }

    @Test func depthTellsHowFarAwayAPersonIs() throws {
        let (without, with) = (
            try depthError(hasDepth: false), try depthError(hasDepth: true)
        )
        print("depth off by \(1000 * without) mm without, \(1000 * with) mm with measured depth")
        #expect(with < 0.5 * without && with < 0.03)
    }

    @Test func evidenceComesBackFromItsFile() throws {
        let evidence = try truth(frames: 3, noise: 1).evidence
        let url = FileManager.default.temporaryDirectory
            .appendingPathComponent("evidence-\(UUID()).safetensors")
        defer { try? FileManager.default.removeItem(at: url) }
        try SafetensorsFile.write(evidence.tensors, to: url, overwrite: false)
        let file = try SafetensorsFile(contentsOf: url)
        #expect(try ClipEvidence(file, width: 480, height: 720) == evidence)
        #expect(try ClipEvidence(file, width: 720, height: 480) != evidence)
        #expect(evidence.frames([2, 0]).frames([1]) == evidence.frames([0]))
        #expect(evidence.frames([0, 1]) + evidence.frames([2]) == evidence)
    }

    @Test func translationIsFoundFromPixels() {
        let place = Vector3(0.2, -0.4, -2.5)
        let points = (0..<9).map { i -> Vector3 in
            let (column, row, depth) = (Float(i % 3), Float(i / 3), Float(i * i % 5))
            return Vector3(0.3 * column, 0.4 * row, 0.1 * depth)
        }
        let camera = ClipFitter.camera(focal: 700, width: 640, height: 480)
        let found = InitialPose.translation(
            points: points, pixels: points.map { camera.project($0 + place).pixel },
            weights: points.map { _ in 1 }, focal: 700, centre: Vector2(320, 240))
        #expect((found - place).length < 1e-3)
    }

    @Test func stretchesOfFlagsBecomeEvents() {
        let flags: [FrameFlags] = [[], .nobody, .nobody, [], .cut, [.cut, .others], .others]
        #expect(
            ClipTracker.events(flags) == [
                .init(kind: .nobody, first: 1, last: 2), .init(kind: .cut, first: 4, last: 4),
                .init(kind: .cut, first: 5, last: 5), .init(kind: .others, first: 5, last: 6),
            ])
    }
}
