import Captures
import Foundation
import Rigs
import Spatial
import Testing

@testable import Tracking

/// A lens that is not known is told by perspective, where there is enough of it. Truth is a rig that
/// is known, of people of many shapes.
@Suite(.serialized, .enabled(if: LoadedRig.isInstalled, "run scripts/bootstrap first"))
struct UnknownLensTests {
    private let model: ClipModel

    init() throws { model = try .installed() }

    /// Somebody who moves about, `height` pixels a metre.
    private func person(_ seed: UInt64, strength: Float, height: Float) throws -> KnownPerson {
        let focal = 360 / strength
        var person = KnownPerson(
            model, focal: focal, shape: StudioIdentity(seed: seed, of: model.anny).shape)
        var state = seed
        func draw(_ range: ClosedRange<Float>) -> Float {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let share = Float(state >> 40) / Float(1 << 24)
            return range.lowerBound + share * (range.upperBound - range.lowerBound)
        }
        func turn(_ x: Float, _ y: Float, _ z: Float) -> Quaternion {
            Quaternion(axisAngle: Vector3(x, y, z))
        }
        for _ in 0..<8 {
            var pose = try Pose(
                person.skeleton,
                rotations: [
                    "upperarm01.L": turn(0, draw(-1...0.3), draw(-0.9...0.3)),
                    "upperarm01.R": turn(0, draw(-0.3...1), draw(-0.3...0.9)),
                    "lowerarm01.L": turn(0, draw(-1.5...0), 0),
                    "lowerarm01.R": turn(0, draw(0...1.5), 0),
                    "upperleg01.L": turn(draw(-0.6...0.2), 0, 0),
                    "upperleg01.R": turn(draw(-0.6...0.2), 0, 0),
                    "lowerleg01.L": turn(draw(0...0.6), 0, 0),
                    "head": turn(draw(-0.2...0.2), draw(-0.4...0.4), 0),
                ])
            pose.rotations[0] = turn(0, draw(-0.5...0.5), 0)
            pose.rootTranslation =
                Vector3(draw(-0.1...0.1), 0.85 + draw(-0.03...0.03), -focal / height)
                - person.eyes(pose)
            person.show(pose)
        }
        return person
    }

    private func identify(_ person: KnownPerson) throws -> ClipIdentity {
        try ClipFitter(model: model, width: 480, height: 720).identify(person.evidence)
    }

    @Test(arguments: [(Float(40), UInt64(1)), (85, 2)])
    func perspectiveTellsTheLens(degrees: Float, seed: UInt64) throws {
        let truth = tan(degrees * .pi / 360)
        let found = try identify(person(seed, strength: truth, height: 345))
        let focal = 360 / truth
        let (guess, off) = (360 / LensCurve.likely, abs(found.focal / focal - 1))
        print("focal length \(focal): found \(found.focal), between \(found.focalRange!)")
        #expect(off < 0.2 && off < 0.5 * abs(guess / focal - 1))
        #expect(found.isLensTold)
    }

    /// Far away all lenses show the same.
    @Test func whereNothingTellsTheLikelyOneIsKept() throws {
        let found = try identify(person(1, strength: 0.6, height: 60))
        print("far away: \(found.focal), between \(found.focalRange!)")
        #expect(abs(found.focal / 600 - 1) < 0.25)
        #expect(!found.isLensTold)
    }

    @Test func theBestOfAParabolaIsFound() {
        var curve = LensCurve()
        for strength in LensCurve.tries.joined() {
            curve.add(strength, loss: 0.5 + 0.8 * pow(strength - 0.75, 2))
        }
        let told = curve.estimate
        #expect(abs(told.strength - 0.75) < 0.02)
        #expect(told.range.contains(0.75) && told.range.upperBound < 0.95)

        var flat = LensCurve()
        for strength in LensCurve.tries.joined() { flat.add(strength, loss: 0.5) }
        let untold = flat.estimate
        #expect(abs(untold.strength / LensCurve.likely - 1) < 0.03)
        #expect(untold.range.upperBound / untold.range.lowerBound > 3)
    }
}
