/// Cuts every triangle of a mesh into four, at the midpoints of its edges.
///
/// The old vertices come first, then one for each edge, in the order of their smaller and then their
/// larger vertex; the faces at the three corners of all old faces come first, corner by corner, then
/// those in the middle: the order of PyTorch3D's `SubdivideMeshes`, on which parameters of published
/// avatars are laid out. Whatever belongs to vertices is carried over by `values`; a face belongs to
/// the old face `origin(of:)`.
///
/// Cost O(F log F); from V vertices, E edges and F faces to V + E and 4F.
public struct MidpointSubdivision: Equatable, Sendable {
    /// The number of vertices before, V.
    public let oldVertexCount: Int
    /// The number of faces before, F.
    public let oldFaceCount: Int
    /// The edges [E]: the two old vertices that each new one lies between, the smaller first.
    public let edges: [SIMD2<Int32>]
    /// The faces [4F].
    public let faces: [SIMD3<Int32>]

    /// Subdivides triangles over `vertexCount` vertices; the indices are in 0..<`vertexCount`.
    public init(faces old: [SIMD3<Int32>], vertexCount: Int) {
        func key(_ a: Int32, _ b: Int32) -> UInt64 {
            UInt64(UInt32(min(a, b))) << 32 | UInt64(UInt32(max(a, b)))
        }
        var keys: [UInt64] = []
        keys.reserveCapacity(3 * old.count)
        for face in old {
            keys.append(key(face.y, face.z))
            keys.append(key(face.z, face.x))
            keys.append(key(face.x, face.y))
        }
        let order = keys.indices.sorted { (keys[$0], $0) < (keys[$1], $1) }
        var edges: [SIMD2<Int32>] = []
        // Of each side of each face, the vertex at its middle.
        var middles = [Int32](repeating: 0, count: keys.count)
        var last: UInt64?
        for side in order {
            if keys[side] != last {
                last = keys[side]
                edges.append(
                    SIMD2(
                        Int32(truncatingIfNeeded: keys[side] >> 32),
                        Int32(truncatingIfNeeded: keys[side])))
            }
            middles[side] = Int32(vertexCount + edges.count - 1)
        }
        var corners = [[SIMD3<Int32>]](repeating: [], count: 4)
        for (i, face) in old.enumerated() {
            let (a, b, c) = (middles[3 * i], middles[3 * i + 1], middles[3 * i + 2])
            corners[0].append(SIMD3(face.x, c, b))
            corners[1].append(SIMD3(face.y, a, c))
            corners[2].append(SIMD3(face.z, b, a))
            corners[3].append(SIMD3(a, b, c))
        }
        oldVertexCount = vertexCount
        oldFaceCount = old.count
        self.edges = edges
        faces = corners.flatMap { $0 }
    }

    /// The number of vertices, V + E.
    public var vertexCount: Int { oldVertexCount + edges.count }

    /// The old face that a face is a part of.
    public func origin(of face: Int) -> Int { face % oldFaceCount }

    /// Vectors of the vertices: positions, offsets, normals not yet normalised.
    public func values(_ old: [Vector3]) -> [Vector3] {
        old + edges.map { (old[Int($0.x)] + old[Int($0.y)]) * 0.5 }
    }

    /// Vectors of the vertices in two dimensions.
    public func values(_ old: [Vector2]) -> [Vector2] {
        old + edges.map { (old[Int($0.x)] + old[Int($0.y)]) * 0.5 }
    }

    /// Numbers of the vertices [V, C], row-major: rows of a basis, colours, weights.
    public func values(_ old: [Float], channels: Int) -> [Float] {
        var result = old
        result.reserveCapacity(vertexCount * channels)
        for edge in edges {
            let (a, b) = (Int(edge.x) * channels, Int(edge.y) * channels)
            for c in 0..<channels { result.append((old[a + c] + old[b + c]) * 0.5) }
        }
        return result
    }

    /// Labels of the vertices: a new one has that of both ends, or, where they differ, of the first.
    public func labels<Label>(_ old: [Label]) -> [Label] {
        old + edges.map { old[Int($0.x)] }
    }

    /// Labels of the faces.
    public func faceLabels<Label>(_ old: [Label]) -> [Label] { old + old + old + old }
}

extension TriangleMesh {
    /// The mesh with every triangle cut into four, its texture coordinates too.
    public func subdivided() -> TriangleMesh {
        let cut = MidpointSubdivision(faces: faces, vertexCount: positions.count)
        let uvCut = MidpointSubdivision(faces: uvFaces, vertexCount: uvs.count)
        return TriangleMesh(
            positions: cut.values(positions), faces: cut.faces, uvs: uvCut.values(uvs),
            uvFaces: uvCut.faces)
    }
}
