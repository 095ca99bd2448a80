import Rigs
import Spatial

/// One garment as a mesh at rest, ready to be posed.
struct ClothPiece {
    var garment: Garment
    var label: StudioLabel
    /// Vertices at rest without wrinkles, and their normals, N each.
    var rest: [Vector3] = []
    var normals: [Vector3] = []
    /// Where each vertex is on the canonical body.
    var canonical: [Vector3] = []
    /// How far each vertex is from the nearest hem, metres.
    var hem: [Float] = []
    var faces: [SIMD3<Int32>] = []
    /// The bones of each vertex.
    var skin = SkinWeights(slots: 1, bones: [], weights: [])
    /// How each vertex wrinkles.
    var wrinkles: [WrinkleField.Vertex] = []
}
