import Foundation
import Media

/// Reads a coloured point cloud or scan, a .ply file: points, and no pictures.
enum PointCloudReader {
    static func read(_ url: URL) throws -> Capture {
        var capture = Capture(layout: .pointCloud, url: url)
        capture.splitRule = "a scan has no pictures to hold out"
        capture.readPoints = { try ColouredMesh(plyAt: url) }
        return capture
    }
}
