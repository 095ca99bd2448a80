import Foundation
import Spatial
import Testing

@testable import Rigs

@Suite struct ResamplingTests {
    /// Turning about y at 1 rad/s, and walking along x at 1 m/s.
    private func turning(rate: Float, seconds: Float) -> Motion {
        Motion(
            name: "turn", frameRate: rate,
            frames: (0...Int(seconds * rate)).map { t in
                let time = Float(t) / rate
                return Motion.Frame(
                    // Either sign of a quaternion is the same rotation.
                    rotations: [
                        "a": Quaternion(
                            components: Quaternion(angle: time, axis: Vector3(0, 1, 0)).components
                                * (t % 3 == 1 ? -1 : 1))
                    ], root: .position(Vector3(time, 0, 0)),
                    expression: FaceExpression([.jawOpen: time / seconds]))
            }, captions: [.init("all", frames: 0..<Int(seconds * rate) + 1)])
    }

    @Test(arguments: [24, 25, 29.97, 60, 120] as [Float])
    func evenTurningStaysEven(rate: Float) {
        let motion = turning(rate: 30, seconds: 2)
        let other = motion.resampled(to: rate)
        #expect(other.frames.count == Int(2 * rate + 1e-3) + 1)
        for (index, frame) in other.frames.enumerated() {
            let time = Float(index) / rate
            #expect(
                angle(frame.rotations["a"]!, Quaternion(angle: time, axis: Vector3(0, 1, 0)))
                    < 1e-3)
            guard case .position(let root) = frame.root else { return }
            #expect(abs(root.x - time) < 1e-4)
            #expect(abs(frame.expression[.jawOpen] - time / 2) < 1e-4)
        }
        #expect(other.captions[0].frames == 0..<other.frames.count)
        #expect(motion.resampled(to: 30) == motion)
    }

    @Test func smoothingKeepsWhatIsEvenAndTakesOutJitter() {
        let motion = turning(rate: 60, seconds: 2)
        let smooth = motion.smoothed(seconds: 0.05)
        for (a, b) in zip(motion.frames, smooth.frames) {
            #expect(angle(a.rotations["a"]!, b.rotations["a"]!) < 2e-3)
        }
        var random = SplitMix(seed: 3)
        var shaken = motion
        for index in shaken.frames.indices {
            let jitter = Vector3(
                .random(in: -0.1...0.1, using: &random), .random(in: -0.1...0.1, using: &random),
                .random(in: -0.1...0.1, using: &random))
            shaken.frames[index].rotations["a"] =
                Quaternion(axisAngle: jitter) * shaken.frames[index].rotations["a"]!
        }
        func error(_ other: Motion) -> Float {
            zip(motion.frames, other.frames).dropFirst(8).dropLast(8)
                .map { angle($0.rotations["a"]!, $1.rotations["a"]!) }.reduce(0, +)
        }
        #expect(error(shaken.smoothed(seconds: 0.05)) < error(shaken) / 2.5)
        #expect(motion.smoothed(seconds: 0) == motion)
    }
}
