import Foundation
import Media
import Spatial
import Testing

@testable import Rigs

/// Motions in the layouts of others' files (scripts/fixtures/rigs_motions.py).
enum MotionFixture {
    static func url(_ name: String) -> URL {
        Bundle.module.url(forResource: "Fixtures", withExtension: nil)!
            .appendingPathComponent("motions").appendingPathComponent(name)
    }

    static func bytes(_ name: String) -> [UInt8] { try! Array(Data(contentsOf: url(name))) }

    static func read(_ name: String) throws -> MotionFile {
        try MotionFile(contentsOf: url(name))
    }

    /// What SciPy makes of the same files.
    static let expected = try! SafetensorsFile(contentsOf: url("expected.safetensors")).tensors()

    static func floats(_ name: String) -> [Float] { expected[name]!.floats() }

    /// A short motion that uses everything there is.
    static func everything() -> Motion {
        let frames = (0..<7).map { t in
            let t = Float(t)
            return Motion.Frame(
                rotations: [
                    "pelvis": Quaternion(angle: 0.1 * t, axis: Vector3(0, 1, 0)),
                    "left_elbow": Quaternion(axisAngle: Vector3(0.1, -0.2 * t, 0.3)),
                ], influence: t / 6, root: .position(Vector3(t, 0.9, -t)),
                expression: FaceExpression([.jawOpen: t / 10]),
                gaze: t > 2
                    ? Gaze(left: Vector2(0.1, t / 20), right: Vector2(-0.1, 0.2)) : nil,
                cameraAzimuth: t / 3)
        }
        return Motion(
            name: "every\"thing ü", frameRate: 29.97, frames: frames,
            captions: [.init("one two", frames: 0..<3), .init("", frames: 3..<7)],
            skeleton: .smplx)
    }
}

/// The angle of the rotation between two, radians.
func angle(_ a: Quaternion, _ b: Quaternion) -> Float {
    (a.conjugate * b).normalized.axisAngle.length
}

/// Holds an error's text to the form of all: one sentence that names the file.
func expectMotionSentence(_ error: any Error, naming name: String) {
    guard let error = error as? any InputError else {
        Issue.record("\(error)")
        return
    }
    let text = error.description
    #expect(text.contains(name) && text.hasSuffix(".") && !text.contains("\n"), "\(text)")
}
