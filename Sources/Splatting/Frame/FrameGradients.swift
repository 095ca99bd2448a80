/// Gradients of a loss with respect to the outputs of a frame, laid out as in `RenderedFrame`.
/// A nil pointer stands for zeros.
public struct FrameGradients {
    /// [3, H, W].
    public var colour: UnsafePointer<Float>?
    /// [H, W].
    public var alpha: UnsafePointer<Float>?
    /// [H, W]; only where the frame had depth.
    public var depth: UnsafePointer<Float>?
    /// [C, H, W]; only where the cloud had channels.
    public var channels: UnsafePointer<Float>?

    /// [H, W]; only where the frame had a median depth.
    public var medianDepth: UnsafePointer<Float>?
    /// [3, H, W]; only where the frame had normals.
    public var normals: UnsafePointer<Float>?

    public init(
        colour: UnsafePointer<Float>? = nil, alpha: UnsafePointer<Float>? = nil,
        depth: UnsafePointer<Float>? = nil, channels: UnsafePointer<Float>? = nil,
        medianDepth: UnsafePointer<Float>? = nil, normals: UnsafePointer<Float>? = nil
    ) {
        self.colour = colour
        self.alpha = alpha
        self.depth = depth
        self.channels = channels
        self.medianDepth = medianDepth
        self.normals = normals
    }
}
