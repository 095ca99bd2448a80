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
    /// The body where it blocks light, in about 2 cm and 1 cm wide triangles of its vertices.
    private let coarseOccluders: [SIMD3<Int32>]
    private let fineOccluders: [SIMD3<Int32>]

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
        let blocking = zip(mesh.faces, mesh.faceParts).filter { _, part in
            switch part {
            case .leftLashes, .rightLashes, .leftEye, .rightEye: false
            default: true
            }
        }.map(\.0)
        coarseOccluders = Self.clustered(blocking, positions, cell: 0.02)
        fineOccluders = Self.clustered(blocking, positions, cell: 0.01)
    }

    /// Triangles that stand in for the body in a depth map.
    func occluders(texel: Float) -> [SIMD3<Int32>] {
        texel > 0.008 ? coarseOccluders : fineOccluders
    }

    /// Triangles between the vertices that are nearest to the middle of all in their cell of a grid
    /// (Rossignac and Borrel 1993).
    private static func clustered(
        _ faces: [SIMD3<Int32>], _ positions: [Vector3], cell: Float
    ) -> [SIMD3<Int32>] {
        var cells: [SIMD3<Int32>: [Int32]] = [:]
        for vertex in Set(faces.flatMap { [$0.x, $0.y, $0.z] }).sorted() {
            let place = (positions[Int(vertex)] / cell).rounded(.down)
            cells[SIMD3<Int32>(place), default: []].append(vertex)
        }
        var standIn = [Int32](repeating: 0, count: positions.count)
        for members in cells.values {
            let middle =
                members.reduce(Vector3.zero) { $0 + positions[Int($1)] } / Float(members.count)
            func distance(_ vertex: Int32) -> Float {
                (positions[Int(vertex)] - middle).lengthSquared
            }
            // Members are in order: of equally near ones it is the first.
            let nearest = members.min { distance($0) < distance($1) }!
            for member in members { standIn[Int(member)] = nearest }
        }
        return faces.compactMap { face in
            let corners = SIMD3(
                standIn[Int(face.x)], standIn[Int(face.y)], standIn[Int(face.z)])
            let isFlat = corners.x == corners.y || corners.y == corners.z || corners.z == corners.x
            return isFlat ? nil : corners
        }
    }

    /// The position of a joint.
    func joint(_ name: String) -> Vector3 { joints[anny.skeleton.index(of: name)!] }
}
