import Captures
import Foundation
import Media
import Rigs
import Spatial
import Testing
import Torch

@testable import Tracking

/// How far away a person is: by the lens, where it is known, and by measured depth; and where the
/// person looks. Truth is a rig that is known.
@Suite(.serialized, .enabled(if: LoadedRig.isInstalled, "run scripts/bootstrap first"))
struct KnownCameraTests {
    private let model: ClipModel

    init() throws { model = try .installed() }

    /// The rig fitted to each frame, what it shows, and the focal length.
    private struct Fit {
        var focal: Float
        /// The face's landmarks of each frame.
        var faces: [[Vector3]] = []
        var gazes: [[Vector3]] = []

        /// The mean depth of the face, metres.
        var depth: Float {
            let all = faces.joined()
            return -all.reduce(0) { $0 + $1.z } / Float(all.count)
        }
    }

    private func fit(_ person: KnownPerson, knownFocal: Float?) throws -> Fit {
        let evidence = person.evidence
        let fitter = ClipFitter(
            model: model, width: evidence.width, height: evidence.height, knownFocal: knownFocal)
        let identity = try fitter.identify(evidence)
        let motion = try fitter.follow(evidence, identity: identity).joined
        let gauge = FitGauge(
            model: model, identity: identity,
            camera: ClipFitter.camera(
                focal: identity.focal, width: evidence.width, height: evidence.height))
        var fit = Fit(focal: identity.focal)
        for t in 0..<evidence.count {
            _ = gauge.take(evidence, motion, t)
            fit.faces.append(
                model.embedding.points(of: gauge.vertices, mesh: model.anny.mesh))
            fit.gazes.append(gauge.gazes)
        }
        return fit
    }

    /// Somebody close before a wide lens: half of what an unknown one is first taken for.
    @Test func aKnownLensTellsTheDistance() throws {
        var person = KnownPerson(model, focal: 430)
        for t in 0..<4 {
            var pose = try Pose(
                person.skeleton,
                rotations: [
                    "upperarm01.L": Quaternion(axisAngle: Vector3(0, 0, -0.3 * Float(t))),
                    "upperarm01.R": Quaternion(axisAngle: Vector3(0, 0, 0.8)),
                ])
            pose.rootTranslation = Vector3(0, -0.1, -1.5)
            person.show(pose)
        }
        let truth = Fit(focal: 430, faces: person.faces).depth
        let known = try fit(person, knownFocal: 430)
        let wrong = try fit(person, knownFocal: 860)
        print("face at \(truth) m: \(known.depth) by the lens, \(wrong.depth) by one twice as long")
        #expect(abs(known.focal - 430) < 0.01 && abs(wrong.focal - 860) < 0.01)
        #expect(abs(known.depth / truth - 1) < 0.06)
        // The same picture through a lens twice as long is of somebody twice as far away.
        #expect(abs(wrong.depth / truth / 2 - 1) < 0.15)
    }

    /// A head before a phone, 60 cm away.
    private func head(focal: Float = 700) -> KnownPerson {
        var person = KnownPerson(model, focal: focal)
        person.noise = 0.5
        return person
    }

    private func headPose(_ person: KnownPerson, turn: Float = 0) throws -> Pose {
        var pose = try Pose(
            person.skeleton,
            rotations: [
                "head": Quaternion(axisAngle: Vector3(0, turn, 0)),
                "upperarm01.L": Quaternion(axisAngle: Vector3(0, 0, -0.9)),
                "upperarm01.R": Quaternion(axisAngle: Vector3(0, 0, 0.9)),
            ])
        pose.rootTranslation = Vector3(0, 0.05, -0.6) - person.eyes(pose)
        return pose
    }

    /// Packs depth as iPhones' TrueDepth recordings are, beside a photograph, and reads it back.
    private func throughTrueDepth(_ depth: Image) async throws -> Image? {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("truedepth-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let photo = folder.appendingPathComponent("me.png")
        try Image(width: depth.width, height: depth.height, channels: 3, filledWith: 0.5)
            .writePNG(to: photo, overwrite: false)
        // Tenths of a millimetre, to the base of 255: red · 255 + green.
        var packed = Image(width: depth.width, height: depth.height, channels: 3)
        for i in depth.samples.indices {
            let tenths = Int((10 * depth.samples[i]).rounded())
            packed.samples[i] = Float(tenths / 255) / 255
            packed.samples[depth.pixelCount + i] = Float(tenths % 255) / 255
        }
        try packed.writePNG(
            to: folder.appendingPathComponent("me_depth.png"), overwrite: false)
        let source = try await TrackingSource(contentsOf: photo)
        return try source.depth(beside: nil, width: depth.width, height: depth.height)
            .map(DepthFilter.smoothed)
    }

    @Test func trueDepthTellsHowFarAwayAHeadIs() async throws {
        var sensed: [Image] = []
        // A tele lens, which perspective hardly tells.
        var without = head(focal: 1000)
        var with = head(focal: 1000)
        for t in 0..<4 {
            let pose = try headPose(without, turn: 0.2 * Float(t) - 0.3)
            without.show(pose) { depth in
                sensed.append(depth)
                return nil
            }
        }
        let read = try await throughTrueDepth(sensed[0])
        let depth = try #require(read)
        let known = depth.samples.indices.filter { depth.samples[$0] > 0 }
        #expect(known.count > depth.pixelCount / 5)
        let off = known.reduce(Float(0)) { $0 + abs(depth.samples[$1] - sensed[0].samples[$1]) }
        #expect(off / Float(known.count) < 12)

        var packed: [Image?] = []
        for depth in sensed { packed.append(try await throughTrueDepth(depth)) }
        for t in 0..<4 {
            try with.show(headPose(with, turn: 0.2 * Float(t) - 0.3)) { _ in packed[t] }
        }
        // The lens is not known either.
        let error = try [without, with].map { person in
            let faces = try fit(person, knownFocal: nil).faces
            let gaps = zip(faces.joined(), person.faces.joined()).map { abs($0.z - $1.z) }
            return gaps.reduce(0, +) / Float(gaps.count)
        }
        print("a head off by \(1000 * error[0]) mm without, \(1000 * error[1]) mm with TrueDepth")
        #expect(error[1] < 0.3 * error[0] && error[1] < 0.012)
    }

    /// The eyes wander while the head turns.
    @Test func gazeIsFoundWithinSevenDegrees() throws {
        var person = head()
        person.noise = 0.25
        let frames = 12
        for t in 0..<frames {
            let phase = 2 * Float.pi * Float(t) / Float(frames)
            let (side, height) = (0.9 * sin(phase), 0.8 * cos(phase))
            person.show(
                try headPose(person, turn: 0.15 * sin(2 * phase)),
                FaceExpression([
                    .eyeLookOutLeft: max(0, side), .eyeLookInRight: max(0, side),
                    .eyeLookInLeft: max(0, -side), .eyeLookOutRight: max(0, -side),
                    .eyeLookUpLeft: max(0, height), .eyeLookUpRight: max(0, height),
                    .eyeLookDownLeft: max(0, -height), .eyeLookDownRight: max(0, -height),
                ]))
        }
        let found = try fit(person, knownFocal: 700).gazes
        func degrees(_ a: Vector3, _ b: Vector3) -> Float {
            acos(min(1, dot(a, b))) * 180 / .pi
        }
        var errors: [Float] = []
        var still: Float = 0
        var moves: [Float] = []
        for eye in 0..<2 {
            let (here, truth) = (found.map { $0[eye] }, person.gazes.map { $0[eye] })
            errors += zip(here, truth).map(degrees)
            still += truth.reduce(0) { $0 + degrees(Vector3(0, 0, 1), $1) } / Float(2 * frames)
            // Where the eye sits behind its lids differs from person to person: apart from that.
            let offset = zip(here, truth).reduce(Vector3.zero) { $0 + $1.0 - $1.1 } / Float(frames)
            moves += zip(here, truth).map { degrees(($0 - offset).normalized, $1) }
        }
        let error = errors.reduce(0, +) / Float(errors.count)
        let move = moves.reduce(0, +) / Float(moves.count)
        print("gaze off by \(error)°, at most \(errors.max() ?? 0)°; moves by \(move)°")
        print("straight ahead would be off by \(still)°")
        // Eyes that were not fitted would be off by `still`.
        #expect(error < 7 && move < 4.8 && still > 12)
    }
}
