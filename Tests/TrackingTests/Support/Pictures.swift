import Foundation
import Media
import Spatial
import Testing

@testable import Tracking

/// The photographs that the fixtures were made from.
enum Pictures {
    /// The public-domain NASA portrait that scripts/bootstrap brings, then those of ../shared/real.
    static let all = ["astronaut", "half_body_b", "full_body_a", "full_body_c"]

    /// Whether the graphs and the portrait are installed.
    static let areInstalled =
        Installation.has("mediapipe/modules") && Installation.has("ai_edge_litert")
        && url("astronaut") != nil

    /// The photographs that are here.
    static var present: [String] { areInstalled ? all.filter { url($0) != nil } : [] }

    static func url(_ name: String) -> URL? {
        if name == "astronaut" { return try? Installation.locate("skimage/data/astronaut.png") }
        var folder = URL(fileURLWithPath: #filePath)
        while folder.path != "/" {
            folder.deleteLastPathComponent()
            for kind in ["png", "jpg", "mp4"] {
                let url = folder.appendingPathComponent("shared/real/\(name).\(kind)")
                if FileManager.default.fileExists(atPath: url.path) { return url }
            }
        }
        return nil
    }

    static func load(_ name: String) throws -> Image {
        guard let url = url(name) else { throw CocoaError(.fileNoSuchFile) }
        return try ImageFile(contentsOf: url).image
    }
}

/// The videos that the fixtures were made from.
enum Videos {
    static let all = ["body_video", "head_video"]

    static var arePresent: Bool { all.allSatisfy { Pictures.url($0) != nil } }
}

/// What Python MediaPipe found: scripts/fixtures/tracking_mediapipe.py.
struct MediaPipeFixture: Decodable {
    struct Face: Decodable {
        var score: Float
        /// Left, top, width, height.
        var box: [Float]
        var keypoints: [[Float]]
    }

    struct Hand: Decodable {
        var points: [[Float]]
        var world: [[Float]]
        var label: String
        var score: Float
    }

    var width: Int
    var height: Int
    var facesShort: [Face]
    var facesFull: [Face]
    var face: [[Float]]
    var faceAttention: [[Float]]
    /// Left, top, width, height of the part in which the face was looked for.
    var faceCrop: [Float]
    var pose: [[Float]]
    var poseWorld: [[Float]]
    var hands: [Hand]
    /// Every 16th pixel, from (8, 8).
    var segmentation: [[Float]]
    var selfieGeneral: [[Float]]
    var selfieLandscape: [[Float]]

    static func load(_ name: String) throws -> MediaPipeFixture {
        let url = try #require(
            Bundle.module.url(
                forResource: "Fixtures/mediapipe_\(name)", withExtension: "json"))
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(MediaPipeFixture.self, from: Data(contentsOf: url))
    }
}

/// The mean distance of points in the plane of the picture.
func meanDistance(_ points: [Vector3], _ expected: [[Float]]) -> Float {
    precondition(points.count == expected.count)
    let sum = zip(points, expected).reduce(Float(0)) { sum, pair in
        sum + (Vector2(pair.0.x, pair.0.y) - Vector2(pair.1[0], pair.1[1])).length
    }
    return sum / Float(points.count)
}
