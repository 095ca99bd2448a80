import Spatial

/// N Gaussians bound to the faces of a rig's mesh, in the rig's rest shape: the appearance of an
/// avatar.
///
/// At rest, Gaussian i is centred at Σ barycentric·vertex + offset, and its principal axes are its
/// rotation applied to the frame of its face (`FaceFrame`): first axis along the face's first edge,
/// third along its normal. Arrays are row-major.
public struct BoundGaussians: Equatable, Sendable {
    /// The face that each Gaussian follows [N]; an index into the avatar's faces.
    public var faces: [Int32]
    /// Where on the face it sits [N, 3]: weights of the three corners, summing to 1.
    public var barycentrics: [Float]
    /// From that place to the centre [N, 3], metres, in the axes of the rest shape.
    public var offsets: [Float]
    /// Rotation from the face's frame to the principal axes [N, 4], w, x, y, z, of length 1.
    public var rotations: [Float]
    /// Natural logarithms of the standard deviations at rest [N, 3], metres.
    public var logScales: [Float]
    /// Logits of the opacities [N].
    public var opacityLogits: [Float]
    /// Display sRGB [N, 3], 0…1.
    public var colours: [Float]

    public init(
        faces: [Int32], barycentrics: [Float], offsets: [Float], rotations: [Float],
        logScales: [Float], opacityLogits: [Float], colours: [Float]
    ) {
        let count = faces.count
        precondition(
            barycentrics.count == 3 * count && offsets.count == 3 * count
                && rotations.count == 4 * count && logScales.count == 3 * count
                && opacityLogits.count == count && colours.count == 3 * count,
            "the arrays belong to equally many Gaussians")
        self.faces = faces
        self.barycentrics = barycentrics
        self.offsets = offsets
        self.rotations = rotations
        self.logScales = logScales
        self.opacityLogits = opacityLogits
        self.colours = colours
    }

    /// N, the number of Gaussians.
    public var count: Int { faces.count }
}
