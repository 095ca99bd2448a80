import Spatial
import Testing

@testable import Rigs

struct NearestRotationTests {
    @Test func ofARotationIsTheRotation() {
        for axisAngle in [
            Vector3(0, 0, 0), Vector3(0.3, -1, 2), Vector3(3.14159, 0, 0), Vector3(0, -2.2, 2.2),
        ] {
            let rotation = Quaternion(axisAngle: axisAngle).matrix
            let nearest = (rotation * 3.5).nearestRotation
            for i in 0..<9 { #expect(abs(nearest[i / 3, i % 3] - rotation[i / 3, i % 3]) < 1e-5) }
        }
    }

    /// No small turn makes trace(Rᵀ M) greater, also where M reflects.
    @Test func noneIsNearer() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<50 {
            func row() -> Vector3 { .random(in: -1...1, using: &generator) }
            let matrix = Matrix3(rows: row(), row(), row())
            func score(_ rotation: Matrix3) -> Float { trace(rotation.transposed * matrix) }
            let nearest = matrix.nearestRotation
            #expect(abs(nearest.determinant - 1) < 1e-5)
            for _ in 0..<20 {
                let other = Quaternion(axisAngle: row() * 0.2).matrix * nearest
                #expect(score(other) <= score(nearest) + 1e-5)
                let anywhere = Quaternion(axisAngle: row() * 3).matrix
                #expect(score(anywhere) <= score(nearest) + 1e-5)
            }
        }
    }

    private func trace(_ m: Matrix3) -> Float { m[0, 0] + m[1, 1] + m[2, 2] }
}
