/// A triangle mesh: vertices, and three vertex indices a face.
public struct TriangleMesh: Equatable, Sendable {
    /// Vertex positions, metres.
    public var positions: [Vector3]
    /// Vertex indices of each face, counter-clockwise seen from outside.
    public var faces: [SIMD3<Int32>]
    /// Texture coordinates, u right and v up in 0…1, with an indexing of their own; may be empty.
    public var uvs: [Vector2]
    /// Indices into `uvs` of each face; as many as `faces`, or none.
    public var uvFaces: [SIMD3<Int32>]

    public init(
        positions: [Vector3], faces: [SIMD3<Int32>], uvs: [Vector2] = [],
        uvFaces: [SIMD3<Int32>] = []
    ) {
        self.positions = positions
        self.faces = faces
        self.uvs = uvs
        self.uvFaces = uvFaces
    }

    /// The normal of each vertex: the mean of its faces' normals weighted by their areas,
    /// normalised; zero where there is none. Cost O(V + F).
    public func vertexNormals() -> [Vector3] {
        var normals = [Vector3](repeating: .zero, count: positions.count)
        for face in faces {
            let (a, b, c) = (Int(face.x), Int(face.y), Int(face.z))
            let normal = cross(positions[b] - positions[a], positions[c] - positions[a])
            normals[a] += normal
            normals[b] += normal
            normals[c] += normal
        }
        return normals.map(\.normalized)
    }
}
