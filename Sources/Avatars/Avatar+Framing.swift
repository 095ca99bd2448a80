import Rigs
import Spatial

extension Avatar {
    /// Which vertices of a posed rig a picture should show.
    public enum Framing: String, CaseIterable, Sendable {
        /// All that the avatar covers.
        case body
        /// The head and the neck.
        case head
    }

    /// The vertices of `framing` among the posed vertices [V] of the rig.
    public func points(of framing: Framing, in vertices: [Vector3]) -> [Vector3] {
        var isWanted = [Bool](repeating: false, count: vertices.count)
        for (face, part) in zip(faces, faceParts) {
            guard framing == .body || part.isHead || part == .neck else { continue }
            for corner in [face.x, face.y, face.z] { isWanted[Int(corner)] = true }
        }
        return vertices.indices.filter { isWanted[$0] }.map { vertices[$0] }
    }
}
