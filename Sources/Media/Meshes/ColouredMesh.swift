import Spatial

/// A mesh, or points without faces, with a colour for each vertex and a texture that says the same.
public struct ColouredMesh: Equatable, Sendable {
    /// Vertex positions, metres.
    public var positions: [Vector3] = []
    /// Of each vertex, display sRGB.
    public var colours: [SIMD3<UInt8>] = []
    /// Of each vertex, u right and v up in the texture, which repeats beyond 0…1; of points none.
    public var uvs: [Vector2] = []
    /// Vertex indices of each face, counter-clockwise seen from outside.
    public var faces: [SIMD3<Int32>] = []
    /// RGB, display sRGB.
    public var texture: Image

    public init(texture: Image) { self.texture = texture }
}
