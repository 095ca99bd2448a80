import Spatial

/// How a cloud of Gaussians is drawn.
public struct RenderSettings: Equatable, Sendable {
    /// What keeps a Gaussian from being thinner than a pixel.
    public enum Filter: Equatable, Sendable {
        /// `variance` (px²) is added to the projected covariance: 3D Gaussian Splatting, with 0.3.
        case dilation(Float)
        /// The same, with the opacity scaled by √(det Σ / det (Σ + variance·I)) so that the
        /// Gaussian keeps its total weight: the 2D filter of Mip-Splatting, eq. 9.
        case antialiased(Float)

        /// The variance added, px².
        public var variance: Float {
            switch self {
            case .dilation(let variance), .antialiased(let variance): variance
            }
        }
    }

    /// The colour behind everything, display sRGB.
    public var background: Vector3
    /// An image behind everything instead, three channels of the camera's size.
    public var backgroundImage: Image?
    /// The screen-space filter.
    public var filter: Filter
    /// Gaussians whose centre is nearer to the camera plane than this are not drawn, metres.
    public var near: Float
    /// Gaussians whose centre is farther than this are not drawn, metres.
    public var far: Float
    /// The highest degree of spherical harmonics that is used; those of the cloud if it has fewer.
    public var maximumSHDegree: Int
    /// Whether the expected depth Σ weight·z is rendered.
    public var rendersDepth: Bool
    /// Whether the median depth is rendered: that of the Gaussian behind which less than half of the
    /// light is left.
    public var rendersMedianDepth: Bool
    /// Whether normals are blended: of each Gaussian its smallest axis, on the side of the camera.
    public var rendersNormals: Bool
    /// Whether the Gaussian of the largest weight is found at each pixel.
    public var picksStrongest: Bool
    /// Extra channels whose gradients reach their values but no mean, scale, rotation, or opacity.
    public var channelsWithoutGeometryGradient: Set<Int>
    /// Whether the next `Rasteriser.backward` is to find what it needs of this frame.
    public var isDifferentiable: Bool
    /// Whether the gradient of a mean includes the way its colour depends on the view direction.
    public var differentiatesViewDirection: Bool

    public init(
        background: Vector3 = .zero, backgroundImage: Image? = nil,
        filter: Filter = .dilation(0.3), near: Float = 0.01,
        far: Float = .infinity, maximumSHDegree: Int = 3, rendersDepth: Bool = false,
        rendersMedianDepth: Bool = false, rendersNormals: Bool = false,
        picksStrongest: Bool = false, channelsWithoutGeometryGradient: Set<Int> = [],
        isDifferentiable: Bool = false, differentiatesViewDirection: Bool = true
    ) {
        self.background = background
        self.backgroundImage = backgroundImage
        self.filter = filter
        self.near = near
        self.far = far
        self.maximumSHDegree = maximumSHDegree
        self.rendersDepth = rendersDepth
        self.rendersMedianDepth = rendersMedianDepth
        self.rendersNormals = rendersNormals
        self.picksStrongest = picksStrongest
        self.channelsWithoutGeometryGradient = channelsWithoutGeometryGradient
        self.isDifferentiable = isDifferentiable
        self.differentiatesViewDirection = differentiatesViewDirection
    }
}
