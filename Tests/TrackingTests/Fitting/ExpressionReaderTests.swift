import Foundation
import Rigs
import Spatial
import Testing

@testable import Tracking

/// Expressions read from landmarks of the rig itself, where they are known: computed, and found by
/// the face mesh in a drawing.
@Suite struct ExpressionReaderTests {
    let graphs: TrackingGraphs
    let anny: Anny
    let embedding: FaceLandmarkEmbedding

    init() throws {
        graphs = try TrackingGraphs.installed()
        anny = try Anny.load()
        embedding = try FaceLandmarkEmbedding.load(for: anny, graphs: graphs)
    }

    private static let expressions: [FaceExpression] = [
        .neutral, FaceExpression([.jawOpen: 0.6]),
        FaceExpression([.mouthSmileLeft: 0.7, .mouthSmileRight: 0.5, .browInnerUp: 0.6]),
        FaceExpression([.eyeBlinkLeft: 1, .mouthPucker: 0.5, .jawOpen: 0.2]),
        FaceExpression([.eyeLookInLeft: 0.8, .eyeLookOutRight: 0.8, .mouthFunnel: 0.5]),
    ]

    /// The landmarks and irises of a body, turned and seen at 900 pixels a metre.
    private func landmarks(
        _ shape: AnnyShape, _ expression: FaceExpression, turn: Matrix3, _ reader: ExpressionReader
    ) -> FaceLandmarks {
        let rig = anny.shaped(shape)
        var workspace = PoseWorkspace(for: rig)
        rig.pose(Pose(boneCount: rig.skeleton.count), expression: expression, into: &workspace)
        let points = embedding.points(of: workspace.vertices, mesh: anny.mesh)
        func seen(_ point: Vector3) -> Vector3 { turn * point * 900 + Vector3(300, 1700, 40) }
        let irises = reader.pupils.map { seen(workspace.vertices[$0]) }
        return FaceLandmarks(
            points: points.map(seen), rightIris: [irises[0]], leftIris: [irises[1]], score: 1)
    }

    /// The camera's axes for a head that is turned by angles about y and z.
    private func turn(yaw: Float, roll: Float) -> Matrix3 {
        Matrix3(diagonal: Vector3(1, -1, -1))
            * Quaternion(angle: roll, axis: Vector3(0, 0, 1)).matrix
            * Quaternion(angle: yaw, axis: Vector3(0, 1, 0)).matrix
    }

    @Test(arguments: expressions) func readsWhatTheRigDoes(_ expression: FaceExpression) throws {
        let reader = ExpressionReader(anny: anny, embedding: embedding)
        let turn = turn(yaw: 0.3, roll: -0.2)
        let reading = try #require(
            reader.read(landmarks(AnnyShape(), expression, turn: turn, reader)))
        for (unit, pair) in zip(
            FaceUnit.allCases, zip(reading.expression.weights, expression.weights))
        {
            // What rests is read to rest; units that move little are read too weak.
            if pair.1 == 0 {
                #expect(pair.0 < 0.03, "\(unit): \(pair)")
            } else {
                let isSmall = unit == .browInnerUp || "\(unit)".hasPrefix("eyeLook")
                #expect(pair.0 < pair.1 + 0.02, "\(unit): \(pair)")
                #expect(pair.0 > pair.1 - (isSmall ? 0.27 : 0.06), "\(unit): \(pair)")
            }
        }
        let error =
            zip(reading.expression.weights, expression.weights)
            .reduce(0) { $0 + abs($1.0 - $1.1) } / Float(FaceUnit.count)
        #expect(error < 0.012, "\(error)")
        for i in 0..<3 {
            for j in 0..<3 { #expect(abs(reading.headRotation[i, j] - turn[i, j]) < 0.02) }
        }
    }

    /// Of another person the reading is off, and by the same in two expressions.
    @Test func differencesOfOnePersonAreKept() throws {
        let reader = ExpressionReader(anny: anny, embedding: embedding)
        let shape = AnnyShape([.gender: 0.9, .age: 0.75, .weight: 0.7])
        let turn = turn(yaw: -0.1, roll: 0.05)
        func read(_ expression: FaceExpression) throws -> FaceExpression {
            try #require(reader.read(landmarks(shape, expression, turn: turn, reader))).expression
        }
        let rest = try read(.neutral)
        for expression in Self.expressions.dropFirst() {
            let found = try read(expression)
            for unit in FaceUnit.allCases where expression[unit] > 0.4 {
                #expect(
                    abs(found[unit] - rest[unit] - expression[unit]) < 0.3,
                    "\(unit): \(rest[unit]), \(found[unit])")
            }
        }
    }

    @Test func readsDrawnFaces() throws {
        let reader = ExpressionReader(anny: anny, embedding: embedding)
        let tracker = try FaceTracker(graphs: graphs, isVideo: false)
        func read(_ expression: FaceExpression) throws -> ExpressionReader.Reading {
            let portrait = Portrait(expression: expression, yaw: 0.15)
            let face = try #require(try tracker.track(portrait.draw(anny).image).first)
            return try #require(reader.read(face))
        }
        let (rest, open) = (try read(.neutral), try read(FaceExpression([.jawOpen: 0.5])))
        #expect(open.expression[.jawOpen] - rest.expression[.jawOpen] > 0.25)
        // The camera walked to the person's left: the head turns its right side to it.
        let forward = rest.headRotation * Vector3(0, 0, 1)
        #expect(abs(abs(asin(forward.x)) - 0.15) < 0.1, "\(forward)")
    }

    @Test func landmarksInOnePlaceAreNoFace() {
        let reader = ExpressionReader(anny: anny, embedding: embedding)
        let nowhere = FaceLandmarks(
            points: [Vector3](repeating: .zero, count: FaceMesh.pointCount), score: 1)
        #expect(reader.read(nowhere) == nil)
    }
}
