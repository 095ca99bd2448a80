import Foundation
import Media
import Spatial
import Testing

@testable import Tracking

/// Each graph and the arithmetic around it, against Python MediaPipe 0.10.21 on the same photographs.
@Suite(.enabled(if: Pictures.areInstalled, "run scripts/bootstrap first"))
struct ParityTests {
    let graphs: TrackingGraphs

    init() throws { graphs = try TrackingGraphs.installed() }

    @Test(arguments: Pictures.present)
    func faceDetectors(_ name: String) throws {
        let (image, fixture) = (try Pictures.load(name), try MediaPipeFixture.load(name))
        for (range, expected) in [
            (FaceDetector.Range.short, fixture.facesShort), (.full, fixture.facesFull),
        ] {
            let detector = try FaceDetector(range, graphs: graphs)
            let found = try detector.detect(in: image)
            #expect(found.count == expected.count)
            for (a, b) in zip(found, expected) {
                #expect(abs(a.score - b.score) < 0.005)
                let low = Vector2(b.box[0], b.box[1])
                let size = Vector2(b.box[2], b.box[3])
                #expect((a.box.minimum - low).length < 0.005 * size.x)
                #expect((a.box.size - size).length < 0.005 * size.x)
                for (p, q) in zip(a.keypoints, b.keypoints) {
                    #expect((p - Vector2(q[0], q[1])).length < 0.005 * size.x)
                }
            }
        }
    }

    @Test(arguments: Pictures.present)
    func faceMesh(_ name: String) throws {
        let (image, fixture) = (try Pictures.load(name), try MediaPipeFixture.load(name))
        let crop = fixture.faceCrop
        let region = Region(
            Box(
                minimum: Vector2(crop[0], crop[1]),
                maximum: Vector2(crop[0] + crop[2], crop[1] + crop[3])))
        let detector = try FaceDetector(.short, graphs: graphs)
        let face = try #require(try detector.detect(in: image, region: region).first)
        let mesh = try FaceMesh(graphs: graphs).landmarks(in: image, detection: face)
        #expect(mesh.score > 0.99)
        let error = meanDistance(mesh.points, fixture.face) / mesh.box.size.x
        let depth = zip(mesh.points, fixture.face).reduce(0) { $0 + abs($1.0.z - $1.1[2]) }
        print("face mesh, \(name): \(error * 100) % of the face's box")
        #expect(error < 0.002)
        #expect(depth / Float(FaceMesh.pointCount) < 0.005 * mesh.box.size.x)
    }

    @Test(arguments: Pictures.present)
    func attentionMesh(_ name: String) throws {
        let (image, fixture) = (try Pictures.load(name), try MediaPipeFixture.load(name))
        let crop = fixture.faceCrop
        let region = Region(
            Box(
                minimum: Vector2(crop[0], crop[1]),
                maximum: Vector2(crop[0] + crop[2], crop[1] + crop[3])))
        let detector = try FaceDetector(.short, graphs: graphs)
        let face = try #require(try detector.detect(in: image, region: region).first)
        let mesh = try FaceMesh(isRefined: true, graphs: graphs)
        for _ in 0..<2 {
            let found = try mesh.landmarks(in: image, detection: face)
            let points = found.points + found.rightIris + found.leftIris
            let error = meanDistance(points, fixture.faceAttention) / found.box.size.x
            let depth = zip(points, fixture.faceAttention).map { abs($0.z - $1[2]) }.max() ?? 0
            print("attention mesh, \(name): \(error * 100) % of the face's box")
            #expect(error < 0.002)
            #expect(depth < 0.01 * found.box.size.x)
        }
    }

    @Test(arguments: Pictures.present)
    func pose(_ name: String) throws {
        let (image, fixture) = (try Pictures.load(name), try MediaPipeFixture.load(name))
        let landmarker = try PoseLandmarker(graphs: graphs)
        let body = try #require(try landmarker.detect(in: image).first)
        let pose = try landmarker.landmarks(
            in: image, region: PoseLandmarker.region(of: body))
        let box = try #require(pose.box(presence: 0))
        let side = max(box.size.x, box.size.y)
        let error = meanDistance(pose.points.map(\.position), fixture.pose) / side
        print("pose, \(name): \(error * 100) % of the body's box")
        #expect(error < 0.005)
        for (point, expected) in zip(pose.points, fixture.pose) {
            #expect(abs(point.position.z - expected[2]) < 0.01 * side)
            #expect(abs(point.visibility - expected[3]) < 0.02)
        }
        for (point, expected) in zip(pose.points, fixture.poseWorld) {
            let metres = Vector3(expected[0], expected[1], expected[2])
            #expect((point.world - metres).length < 0.01)
        }
        var difference: Float = 0
        for (row, values) in fixture.segmentation.enumerated() {
            for (column, expected) in values.enumerated() {
                let at = pose.region.fraction(
                    of: Vector2(Float(16 * column + 8), Float(16 * row + 8)))
                let isInside = all(at .>= 0) && all(at .<= 1)
                let value =
                    isInside ? pose.segmentation.sample(at * 256 + 0.5, channel: 0) : 0
                difference += abs(value - expected)
            }
        }
        let count = fixture.segmentation.count * fixture.segmentation[0].count
        #expect(difference / Float(count) < 0.002)
    }

    @Test(arguments: Pictures.present)
    func selfieSegmentation(_ name: String) throws {
        let (image, fixture) = (try Pictures.load(name), try MediaPipeFixture.load(name))
        for (kind, expected) in [
            (PersonSegmenter.Kind.general, fixture.selfieGeneral),
            (.landscape, fixture.selfieLandscape),
        ] {
            let mask = try PersonSegmenter(kind, graphs: graphs).segment(image)
                .resized(width: image.width, height: image.height)
            var difference: Float = 0
            for (row, values) in expected.enumerated() {
                for (column, value) in values.enumerated() {
                    difference += abs(mask[16 * column + 8, 16 * row + 8, 0] - value)
                }
            }
            #expect(difference / Float(expected.count * expected[0].count) < 0.001)
        }
    }
}
