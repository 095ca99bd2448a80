import Testing

@testable import Spatial

@Suite struct QuaternionTests {
    @Test func axisAngleSurvivesTheRoundTripThroughAMatrix() {
        for v in [
            Vector3(0.3, -0.2, 0.9), Vector3(3, 0.1, 0), Vector3(0, 0, 0), Vector3(1e-5, 0, 0),
        ] {
            let q = Quaternion(axisAngle: v)
            let back = Quaternion(q.matrix).axisAngle
            #expect((back - v).length < 1e-5)
        }
    }
}
