import Foundation
import Spatial

/// A cameras.json as 3D Gaussian Splatting writes beside its models: the principal point is the
/// image's centre, `rotation` maps camera to world, `position` is the camera's centre.
public struct CameraFile: Sendable {
    /// The largest width and height, pixels.
    private static let largestSize = 1 << 16

    /// The cameras in the order of the file.
    public let cameras: [Camera]

    private struct Entry: Decodable {
        var width: Int
        var height: Int
        var position: [Float]
        var rotation: [[Float]]
        var fx: Float
        var fy: Float
    }

    /// Reads a file.
    ///
    /// - Throws: `SplatFormatError`.
    public init(contentsOf url: URL) throws {
        let file = url.relativePath
        let data: Data
        do {
            data = try Data(contentsOf: url)
        } catch {
            throw SplatFormatError.unreadable(file: file, reason: error.localizedDescription)
        }
        func damaged(_ found: String, _ expected: String) -> SplatFormatError {
            .damaged(file: file, found: found, expected: expected)
        }
        guard let entries = try? JSONDecoder().decode([Entry].self, from: data) else {
            throw damaged(
                "something else", "a list of cameras (width, height, position, rotation, fx, fy)")
        }
        cameras = try entries.enumerated().map { index, entry in
            guard entry.position.count == 3, entry.rotation.count == 3,
                entry.rotation.allSatisfy({ $0.count == 3 }), entry.fx > 0, entry.fy > 0,
                (1...Self.largestSize).contains(entry.width),
                (1...Self.largestSize).contains(entry.height)
            else {
                throw damaged(
                    "camera \(index)", "3 coordinates, 3×3 rotation, positive sizes and focals")
            }
            let r = entry.rotation.map { Vector3($0[0], $0[1], $0[2]) }
            let p = entry.position
            let toWorld = AffineTransform(
                linear: Matrix3(rows: r[0], r[1], r[2]), translation: Vector3(p[0], p[1], p[2]))
            return Camera(
                intrinsics: Intrinsics(
                    fx: entry.fx, fy: entry.fy, cx: Float(entry.width) / 2,
                    cy: Float(entry.height) / 2),
                width: entry.width, height: entry.height, viewMatrix: toWorld.rigidInverse)
        }
    }
}
