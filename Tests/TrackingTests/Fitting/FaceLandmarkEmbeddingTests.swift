import Foundation
import Rigs
import Spatial
import Testing

@testable import Tracking

@Suite(.serialized, .enabled(if: LoadedRig.isInstalled, "run scripts/bootstrap first"))
struct FaceLandmarkEmbeddingTests {
    private let anny: Anny
    private let embedding: FaceLandmarkEmbedding

    /// Measured once, not read from where it is kept.
    static let measured = Result {
        try FaceLandmarkEmbedding.calibrate(
            LoadedRig.anny!, graphs: try TrackingGraphs.installed())
    }

    init() throws {
        anny = try #require(LoadedRig.anny)
        embedding = try Self.measured.get()
    }

    @Test func isSymmetric() {
        let places = embedding.points(of: anny.shaped(AnnyShape()).vertices, mesh: anny.mesh)
        // Pairs and the middle by MediaPipe's own topology.
        let pairs = [
            (33, 263), (133, 362), (159, 386), (145, 374), (70, 300), (105, 334), (107, 336),
            (61, 291), (39, 269), (181, 405), (50, 280), (205, 425), (98, 327), (48, 278),
            (58, 288), (172, 397),
        ]
        for (right, left) in pairs {
            let (a, b) = (places[right], places[left])
            let mirrored = Vector3(-b.x, b.y, b.z)
            #expect((a - mirrored).length < 0.0015, "\(right), \(left): \(a), \(b)")
            #expect(a.x < 0 && b.x > 0, "the person's right is at −x")
        }
        for middle in [1, 4, 6, 9, 10, 0, 13, 14, 17, 152, 164, 168] {
            #expect(abs(places[middle].x) < 0.001, "\(middle): \(places[middle])")
        }
    }

    @Test func liesOnTheSkinOfTheFace() {
        #expect(embedding.faces.count == FaceMesh.pointCount)
        let parts = embedding.faces.map { anny.mesh.faceParts[Int($0)] }
        #expect(parts.allSatisfy { $0.isSkin })
        #expect(parts.count { $0 == .face || $0 == .lips } * 20 >= 19 * parts.count)
        // The borders of the lips, outer and inner.
        let lips = [0, 17, 13, 14, 61, 291].filter { i in
            // A landmark on a border may fall on the skin beside it.
            parts[i] == .lips || parts[i] == .face
        }
        #expect(lips.count == 6)
        for weights in embedding.barycentrics {
            #expect(weights.count == 3 && abs(weights.reduce(0, +) - 1) < 1e-4)
            #expect(weights.allSatisfy { $0 > -1e-4 })
        }
    }

    /// On heads that it was not measured on, the landmarks are where the tracker finds them.
    @Test(arguments: [(0.3, 0.05), (0.75, -0.15), (0.5, 0.28)] as [(Float, Float)])
    func predictsWhatTheTrackerFinds(_ gender: Float, _ yaw: Float) throws {
        let graphs = try TrackingGraphs.installed()
        var portrait = Portrait()
        portrait.shape[.gender] = gender
        portrait.shape[.age] = 0.66
        portrait.shape[.weight] = 0.45
        portrait.expression = FaceExpression([.mouthSmileLeft: 0.3, .mouthSmileRight: 0.3])
        portrait.yaw = yaw
        let picture = portrait.draw(anny)
        let detection = try #require(
            try FaceDetector(.short, graphs: graphs).detect(in: picture.image).first)
        let found = try FaceMesh(isRefined: true, graphs: graphs)
            .landmarks(in: picture.image, detection: detection).points
        let expected = embedding.points(of: picture.vertices, mesh: anny.mesh)
            .map { picture.camera.project($0).pixel }
        let inner = found.indices.filter { !FaceLandmarkEmbedding.outline.contains($0) }
        let error =
            inner.reduce(Float(0)) { sum, i in
                sum + (Vector2(found[i].x, found[i].y) - expected[i]).length
            } / Float(inner.count)
        let corners = FaceLandmarkEmbedding.eyeCorners
        let eyes = (expected[corners.0] - expected[corners.1]).length
        print("embedding at gender \(gender), yaw \(yaw): \(100 * error / eyes) % of the eyes")
        #expect(error / eyes < 0.04)
    }

    @Test func aKeptOneOfAnotherVersionIsMeasuredAnew() throws {
        let current = try JSONEncoder().encode(embedding)
        #expect(
            try JSONDecoder().decode(FaceLandmarkEmbedding.self, from: current) == embedding)
        var fields = try #require(
            try JSONSerialization.jsonObject(with: current) as? [String: Any])
        #expect(fields["version"] as? Int == FaceLandmarkEmbedding.currentVersion)
        fields["version"] = nil
        let first = try JSONSerialization.data(withJSONObject: fields)
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(FaceLandmarkEmbedding.self, from: first)
        }
    }

    @Test func theNearestPointOfATriangle() {
        let (a, b, c) = (Vector3.zero, Vector3(1, 0, 0), Vector3(0.2, 0.8, 0.1))
        for x: Float in [-0.7, -0.1, 0.3, 0.6, 1.4] {
            for y: Float in [-0.5, 0.2, 0.5, 1.3] {
                let p = Vector3(x, y, 0.3)
                let w = FaceLandmarkEmbedding.closestPoint(to: p, a, b, c)
                let distance = (a * w.x + b * w.y + c * w.z - p).length
                var best = Float.infinity
                for i in 0...100 {
                    for j in 0...(100 - i) {
                        let (u, v) = (Float(i) / 100, Float(j) / 100)
                        best = min(best, (a * (1 - u - v) + b * u + c * v - p).length)
                    }
                }
                #expect(distance <= best + 1e-5 && distance > best - 0.01)
            }
        }
    }
}
