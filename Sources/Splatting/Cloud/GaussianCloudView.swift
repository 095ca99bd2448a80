/// Borrowed pointers to the attributes of N Gaussians, laid out as in `GaussianCloud`.
///
/// It lets the rasteriser read memory that somebody else owns (a tensor, a mapped file) without a
/// copy. The memory must stay valid and unchanged while a call that takes the view runs.
public struct GaussianCloudView {
    /// N, the number of Gaussians.
    public var count: Int
    /// Centres [N, 3], world space, metres.
    public var means: UnsafePointer<Float>
    /// Natural logarithms of the standard deviations [N, 3].
    public var logScales: UnsafePointer<Float>
    /// Rotations [N, 4], w, x, y, z, of any length but zero.
    public var quaternions: UnsafePointer<Float>
    /// Logits of the opacities [N].
    public var opacityLogits: UnsafePointer<Float>
    /// Spherical harmonics [N, (shDegree+1)², 3], or display colours [N, 3].
    public var colours: UnsafePointer<Float>
    /// The degree 0…3 of the spherical harmonics; nil says that `colours` are display colours.
    public var shDegree: Int?
    /// Extra values [N, channelCount]; nil only where there are none.
    public var channels: UnsafePointer<Float>?
    /// The number of extra values, at most 64.
    public var channelCount: Int
    /// Standard deviations [N] of a filter in space, metres; nil where there is none.
    public var smoothing: UnsafePointer<Float>?

    /// A view of the given memory. A nil pointer is allowed where its array is empty.
    public init(
        count: Int, means: UnsafePointer<Float>?, logScales: UnsafePointer<Float>?,
        quaternions: UnsafePointer<Float>?, opacityLogits: UnsafePointer<Float>?,
        colours: UnsafePointer<Float>?, shDegree: Int?, channels: UnsafePointer<Float>? = nil,
        channelCount: Int = 0
    ) {
        precondition(
            count == 0
                || (means != nil && logScales != nil && quaternions != nil && opacityLogits != nil
                    && colours != nil),
            "only an empty view has no memory")
        precondition(
            count >= 0 && count <= Int(UInt32.max) && (0...64).contains(channelCount)
                && (0...3).contains(shDegree ?? 0)
                && (channelCount == 0 || count == 0 || channels != nil),
            "at most 2³² Gaussians, 64 channels and degree 3")
        // Never read where the count is zero; one address saves every reader an optional.
        let nowhere = UnsafePointer<Float>(bitPattern: MemoryLayout<Float>.alignment)
        self.count = count
        self.means = (means ?? nowhere).unsafelyUnwrapped
        self.logScales = (logScales ?? nowhere).unsafelyUnwrapped
        self.quaternions = (quaternions ?? nowhere).unsafelyUnwrapped
        self.opacityLogits = (opacityLogits ?? nowhere).unsafelyUnwrapped
        self.colours = (colours ?? nowhere).unsafelyUnwrapped
        self.shDegree = shDegree
        self.channels = channels
        self.channelCount = channelCount
    }

    /// The number of floats that hold the colour of one Gaussian.
    var colourStride: Int { shDegree.map { 3 * ($0 + 1) * ($0 + 1) } ?? 3 }
}
