import Foundation
import Spatial
import Testing

@testable import Evaluation

/// Errors of landmarks, expressions and head poses against figures worked out by hand.
@Suite struct FaceMetricsTests {
    private func face(
        _ landmarks: [Vector2], expression: [Float] = [0], turn: Float = 0
    ) -> FaceReading {
        let rotation = Matrix3(
            rows: Vector3(cos(turn), -sin(turn), 0), Vector3(sin(turn), cos(turn), 0),
            Vector3(0, 0, 1))
        return FaceReading(
            landmarks: landmarks, eyeCorners: (0, 1), expression: expression,
            headRotation: rotation)
    }

    @Test func landmarks() {
        // A box of 40 × 10, eyes 30 apart.
        let truth = face([Vector2(10, 10), Vector2(40, 10), Vector2(0, 20)])
        let found = face([Vector2(13, 14), Vector2(40, 10), Vector2(0, 21)])
        let error = LandmarkError(found, truth)
        #expect(abs(error.pixels - 2) < 1e-6)
        #expect(abs(error.percentOfBox - 10) < 1e-5)
        #expect(abs(error.percentOfEyes - 100 * 2 / 30.0) < 1e-5)
    }

    @Test func expressionsAndTurns() {
        let truth = face([.zero, Vector2(1, 1)], expression: [0, 0.5, 1, 0.25], turn: 0.3)
        let found = face([.zero, Vector2(1, 1)], expression: [0.2, 0.5, 0.6, 0.25], turn: 0.1)
        let error = ExpressionError(found, truth)
        #expect(abs(error.coefficients - 0.15) < 1e-6)
        #expect(abs(error.degrees - 0.2 * 180 / .pi) < 1e-3)
        #expect(ExpressionError(truth, truth).degrees < 0.1)
    }

    /// Finds a face where the picture is not black: one landmark at the brightness.
    private struct Reader: FaceReader {
        func face(of image: Image) throws -> FaceReading? {
            let value = image.samples[0]
            guard value > 0 else { return nil }
            return FaceReading(
                landmarks: [Vector2(value, 0), Vector2(10, 5)], eyeCorners: (0, 1),
                expression: [value], headRotation: .identity)
        }
    }

    @Test func picturesWithoutAFaceDoNotCount() throws {
        var evaluation = try PairEvaluation(
            [.expression, .landmarks], protocol: .full, weights: MetricWeights(),
            leavesOutMissing: false, makeFaceReader: { Reader() })
        func image(_ value: Float) -> Image {
            Image(width: 8, height: 8, channels: 3, filledWith: value)
        }
        try evaluation.add(image(0.5), image(0.75), name: "seen")
        try evaluation.add(image(0), image(0.75), name: "lost")
        let report = evaluation.report()
        #expect(report.results[0].value == 0.25 && report.results[0].each[1].isNaN)
        #expect(report.results[1].value == 0.125)
        #expect(report.notes.contains { $0.contains("1 of 2") })
    }

    /// Finds a face in the middle half of every picture that is not black.
    private struct MiddleReader: FaceReader {
        func face(of image: Image) throws -> FaceReading? {
            guard image.samples.contains(where: { $0 > 0 }) else { return nil }
            let side = Float(image.width)
            return FaceReading(
                landmarks: [Vector2(side, side) / 4, Vector2(side, side) * 0.75],
                eyeCorners: (0, 1), expression: [0], headRotation: .identity)
        }
    }

    /// Four persons, whose pictures are changed a little; the pictures of two of them are mistaken for one
    /// another.
    @Test func personsAreRankedAmongOthers() throws {
        let network = try FaceNet(LearnedMetricsTests.weights(FaceNet().stateDictionary))
        var evaluation = try PairEvaluation(
            [.identity, .identityRank], protocol: .full, weights: MetricWeights(),
            leavesOutMissing: false, makeFaceReader: { MiddleReader() },
            makeIdentityReader: { IdentityReader(network) })
        let persons = (0..<6).map { LearnedMetricsTests.image(64, 64, $0) }
        func changed(_ image: Image) -> Image {
            var image = image
            for i in image.samples.indices { image.samples[i] *= 0.99 }
            return image
        }
        for (person, shown) in [(0, 0), (1, 1), (2, 3), (3, 3)] {
            try evaluation.add(changed(persons[shown]), persons[person], name: "\(person)")
        }
        try evaluation.add(Image(width: 64, height: 64, channels: 3), persons[4], name: "none")
        #expect(try evaluation.addDistractor(persons[5]))
        #expect(try !evaluation.addDistractor(Image(width: 64, height: 64, channels: 3)))
        let report = evaluation.report()
        let (cosines, ranks) = (report.results[0].each, report.results[1].each)
        #expect(Array(ranks[..<2]) == [1, 1] && ranks[2] > 1 && ranks[3] == 1 && ranks[4].isNaN)
        #expect(cosines[0] > 0.9999 && cosines[2] < cosines[3] && cosines[4].isNaN)
        #expect(report.results[1].value == (3 + ranks[2]) / 4)
        #expect(report.notes.contains { $0.contains("Identity-rank has no value for 1 of 5") })
    }

    @Test func withoutATrackerTheRestRuns() throws {
        let evaluation = try PairEvaluation(
            [.psnr, .expression, .headPose], protocol: .full, weights: MetricWeights(),
            leavesOutMissing: true)
        #expect(evaluation.metrics == [.psnr] && evaluation.notes.count == 2)
    }
}
