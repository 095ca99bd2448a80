import Spatial

/// A body at rest with a neutral face, as Anny's blend shapes give it.
public struct AnnyRest: Equatable, Sendable {
    /// The vertices, V.
    public var vertices: [Vector3]
    /// The bones' heads, J.
    public var heads: [Vector3]
    /// The matrices whose nearest rotations are the bones' orientations, J: linear in the blend
    /// shapes' coefficients.
    public var orientationMatrices: [Matrix3]
    /// The bones' tails, J; none unless the rig's bones point to them.
    public var tails: [Vector3]

    public init(
        vertices: [Vector3], heads: [Vector3], orientationMatrices: [Matrix3],
        tails: [Vector3] = []
    ) {
        (self.vertices, self.heads, self.tails) = (vertices, heads, tails)
        self.orientationMatrices = orientationMatrices
    }

    /// The bones' orientations: the rotation R that maximises trace(Rᵀ M) for each matrix M.
    public var orientations: [Matrix3] { orientationMatrices.map(\.nearestRotation) }
}
