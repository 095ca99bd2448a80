/// What became of the Gaussians of a frame.
public struct RenderStatistics: Equatable, Sendable {
    /// Gaussians that reach at least one tile of the image.
    public var visible = 0
    /// Gaussians left out because a parameter is not finite, a quaternion is zero, or a projected
    /// size overflows single precision.
    public var invalid = 0
    /// Sound Gaussians left out: behind the camera, beyond `far`, outside the image, or so
    /// transparent that no pixel would change.
    public var culled = 0
    /// Pairs of a Gaussian and a tile that its bounding box touches.
    public var pairs = 0

    /// Pairs of a Gaussian and a pixel whose opacity was worked out, pixels of a vector beyond the
    /// image's border included.
    public var evaluations = 0

    public init() {}
}
