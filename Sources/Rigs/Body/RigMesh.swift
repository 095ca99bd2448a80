import Spatial

/// The part of a rig's mesh that no shape and no pose changes.
public struct RigMesh: Equatable, Sendable {
    /// Vertex indices of each face, F×3, counter-clockwise seen from outside.
    public let faces: [SIMD3<Int32>]
    /// Texture coordinates, u right and v up in 0…1; none of meshes without.
    public let uvs: [Vector2]
    /// Indices into `uvs` of each face's corners, F×3, or none.
    public let uvFaces: [SIMD3<Int32>]
    /// The vertex at the mirrored place of each vertex, V; itself in the middle.
    public let mirror: [Int32]
    /// The part of each vertex, V.
    public let vertexParts: [BodyPart]
    /// The part of each face, F.
    public let faceParts: [BodyPart]

    public init(
        faces: [SIMD3<Int32>], uvs: [Vector2], uvFaces: [SIMD3<Int32>], mirror: [Int32],
        vertexParts: [BodyPart], faceParts: [BodyPart]
    ) {
        precondition(uvFaces.isEmpty || faces.count == uvFaces.count)
        precondition(faces.count == faceParts.count)
        precondition(mirror.count == vertexParts.count)
        self.faces = faces
        self.uvs = uvs
        self.uvFaces = uvFaces
        self.mirror = mirror
        self.vertexParts = vertexParts
        self.faceParts = faceParts
    }

    /// The vertices of some parts, ascending.
    public func vertices(of parts: Set<BodyPart>) -> [Int] {
        vertexParts.indices.filter { parts.contains(vertexParts[$0]) }
    }

    /// The faces of some parts, ascending.
    public func faces(of parts: Set<BodyPart>) -> [Int] {
        faceParts.indices.filter { parts.contains(faceParts[$0]) }
    }
}
