import Spatial

/// What posing a rig computes, kept from frame to frame so that nothing is allocated anew.
///
/// Everything is in world space and metres, and valid after `ShapedRig.pose`.
public struct PoseWorkspace: Sendable {
    /// The posed vertices, V.
    public internal(set) var vertices: [Vector3]
    /// The rest vertices with the expression applied, V: what skinning moved.
    public internal(set) var expressed: [Vector3]
    /// The posed bones, J: maps from a bone's own axes, its head at the origin, to world space.
    public internal(set) var bonePoses: [AffineTransform]
    /// What skinning blends, J: rigid maps from the rest shape to world space.
    public internal(set) var boneTransforms: [AffineTransform]
    /// The blended map of each vertex from rest to posed space, V; empty unless asked for.
    public internal(set) var vertexTransforms: [AffineTransform] = []

    /// Buffers for a rig.
    public init(for rig: ShapedRig) {
        vertices = rig.vertices
        expressed = rig.vertices
        bonePoses = [AffineTransform](repeating: .identity, count: rig.skeleton.count)
        boneTransforms = bonePoses
    }
}
