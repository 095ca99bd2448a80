import Rigs
import Spatial

/// The body on which looks are laid out: an average adult at rest, the same for everybody.
///
/// Paint, cuts of clothes and hairlines are functions of where a vertex is on this body, so they fit
/// every person: a brow is a brow on any face. Metres, y up, facing +z; the pelvis is near y = 0.17 and
/// the soles near y = −0.82.
final class CanonicalBody: Sendable {
    let anny: Anny
    /// The vertices of the average adult, V.
    let positions: [Vector3]
    /// The heads of its bones, J.
    let joints: [Vector3]
    /// How much each vertex is of the lips, the scalp, an ear, the rim of a lid: 0…1, V each.
    let lips: [Float]
    let scalp: [Float]
    let ears: [Float]
    let lidRim: [Float]
    /// The vertices next to each.
    let neighbours: MeshLaplacian

    init(_ anny: Anny) {
        self.anny = anny
        var shape = AnnyShape()
        (shape[.gender], shape[.age]) = (0.5, 0.68)
        let rest = anny.rest(shape)
        (positions, joints) = (rest.vertices, rest.heads)
        let mesh = anny.mesh
        let laplacian = MeshLaplacian.uniform(faces: mesh.faces, vertexCount: anny.vertexCount)
        neighbours = laplacian
        func smooth(_ values: [Float], _ rounds: Int) -> [Float] {
            var values = values
            for _ in 0..<rounds {
                values = values.indices.map { vertex in
                    var sum: Float = 0
                    for entry in laplacian.starts[vertex]..<laplacian.starts[vertex + 1] {
                        sum += values[Int(laplacian.neighbours[entry])] * laplacian.weights[entry]
                    }
                    return 0.5 * (values[vertex] + sum)
                }
            }
            return values
        }
        func mask(_ parts: Set<BodyPart>) -> [Float] {
            mesh.vertexParts.map { parts.contains($0) ? 1 : 0 }
        }
        lips = smooth(mask([.lips]), 1)
        scalp = smooth(mask([.scalp]), 2)
        ears = smooth(mask([.leftEar, .rightEar]), 1)
        // A lid's rim is where the skin and the socket behind it meet.
        var (skin, socket) = (
            [Bool](repeating: false, count: anny.vertexCount),
            [Bool](repeating: false, count: anny.vertexCount)
        )
        for (face, part) in zip(mesh.faces, mesh.faceParts) {
            for corner in 0..<3 {
                if part == .face { skin[Int(face[corner])] = true }
                if part == .leftEyeSocket || part == .rightEyeSocket {
                    socket[Int(face[corner])] = true
                }
            }
        }
        lidRim = zip(skin, socket).map { $0 && $1 ? 1 : 0 }
    }

    /// The position of a joint.
    func joint(_ name: String) -> Vector3 { joints[anny.skeleton.index(of: name)!] }
}
