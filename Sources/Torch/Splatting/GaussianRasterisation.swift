import CTorch
import Foundation
import Spatial
import Splatting

/// The CPU rasteriser of `Splatting` as a differentiable operation on tensors.
///
/// An instance keeps the rasterisers' memory from call to call. Several pictures may await their
/// backward pass at once, each then occupying memory of its own.
public final class GaussianRasterisation {
    /// N Gaussians in the raw parameterisation of `GaussianCloud`.
    public struct Gaussians {
        /// Centres [N, 3], world space, metres.
        public var means: Tensor
        /// Natural logarithms of the standard deviations [N, 3], metres.
        public var logScales: Tensor
        /// Rotations [N, 4], w, x, y, z, of any length but zero.
        public var quaternions: Tensor
        /// Logits of the opacities [N].
        public var opacityLogits: Tensor
        /// Display colours [N, 3], or spherical harmonics [N, K, 3] with K = 1, 4, 9 or 16.
        public var colours: Tensor
        /// Extra values that are blended like colours [N, C], C ≤ 64.
        public var channels: Tensor?
        /// Standard deviations [N] of the filter in space, metres, as `GaussianCloud.smoothing`; no
        /// gradient flows to it.
        public var smoothing: Tensor?

        public init(
            means: Tensor, logScales: Tensor, quaternions: Tensor, opacityLogits: Tensor,
            colours: Tensor, channels: Tensor? = nil, smoothing: Tensor? = nil
        ) {
            self.means = means
            self.logScales = logScales
            self.quaternions = quaternions
            self.opacityLogits = opacityLogits
            self.colours = colours
            self.channels = channels
            self.smoothing = smoothing
        }
    }

    /// A picture of H × W pixels.
    public struct Rendering {
        /// Colour over the background, display sRGB [3, H, W].
        public let image: Tensor
        /// How much the Gaussians cover [1, H, W], 0…1.
        public let alpha: Tensor
        /// Σ weight·z [1, H, W], metres; divided by `alpha`, the expected depth. Only where the
        /// settings ask for it.
        public let depth: Tensor?
        /// The depth [1, H, W], metres, of the Gaussian behind which less than half of the light is
        /// left; 0 where more than half passes. Only where the settings ask for it.
        public let medianDepth: Tensor?
        /// Σ weight·normal [3, H, W], world space, not normalised. Only where the settings ask for it.
        public let normals: Tensor?
        /// The index of the Gaussian of the largest weight [H, W], `int32`, −1 where there is none, and
        /// that weight [H, W]; no gradient flows through them. Only where the settings ask for it.
        public let strongest: Tensor?
        public let strongestWeights: Tensor?
        /// The extra values, blended, over zero [C, H, W].
        public let channels: Tensor?
        /// What was drawn and what was left out.
        public let statistics: RenderStatistics
        /// What densification watches; filled by the backward pass.
        public let screenGradient: ScreenGradient
    }

    /// The gradient of a loss with respect to where the centres fall in the picture.
    public final class ScreenGradient {
        /// [N, 2], per pixel; nil before the backward pass.
        public internal(set) var values: Tensor?
        /// [N, 2]: sums of absolute values over pixels (Ye et al. 2024, "AbsGS"), where they are asked
        /// for.
        public internal(set) var absolute: Tensor?
    }

    private let pool = RasteriserPool()

    public init() {}

    /// Draws Gaussians. Differentiable with respect to all their tensors, the background and the view
    /// matrix.
    ///
    /// Tensors of another type or device are converted, at the cost of a copy.
    ///
    /// - Parameters:
    ///   - background: a colour [3] or an image [3, H, W]; the settings' background when nil.
    ///   - viewMatrix: the rigid map from world to camera space [3, 4] in the place of the camera's;
    ///     its gradient is that of twelve independent numbers.
    ///   - settings: `isDifferentiable` is set as the tensors need it.
    ///   - wantsAbsoluteGradients: whether the backward pass fills `ScreenGradient.absolute`.
    public func callAsFunction(
        _ gaussians: Gaussians, camera: Camera, background: Tensor? = nil,
        viewMatrix: Tensor? = nil, settings: RenderSettings = RenderSettings(),
        wantsAbsoluteGradients: Bool = false
    ) -> Rendering {
        let cloud = TensorCloud(gaussians)
        let background = background.map(TensorCloud.readable)
        let viewMatrix = viewMatrix.map(TensorCloud.readable)
        let extras = TensorCloud.Extras(background: background, viewMatrix: viewMatrix)
        let inputs = cloud.tensors + extras.tensors
        var (settings, camera) = (settings, camera)
        extras.apply(&settings, &camera)
        settings.isDifferentiable =
            ctorch_grad_enabled() && inputs.contains { $0.requiresGrad }

        let frame = TensorFrame(camera: camera, channelCount: cloud.channelCount, settings)
        let lease = pool.lease()
        let screenGradient = ScreenGradient()
        var statistics = RenderStatistics()
        let outputs = CustomFunction.apply("Gaussian rasterisation", inputs) { inputs in
            let cloud = cloud.detached()
            statistics = cloud.withView { view in
                lease.rasteriser.render(
                    view, camera: camera, settings: settings, into: frame.buffers)
            }
            return (
                frame.tensors,
                { gradients, needed in
                    cloud.backward(
                        lease.rasteriser, frame, gradients, extras, needed: needed,
                        wantsAbsolute: wantsAbsoluteGradients, screenGradient)
                }
            )
        }
        let results = TensorFrame(frame, replacing: outputs)
        return Rendering(
            image: results.image, alpha: results.alpha, depth: results.depth,
            medianDepth: results.medianDepth, normals: results.normals,
            strongest: results.strongest, strongestWeights: results.strongestWeights,
            channels: results.channels, statistics: statistics, screenGradient: screenGradient)
    }
}

/// Rasterisers that are not in use. One is in use as long as a record needs what it remembers.
private final class RasteriserPool {
    private var idle: [Rasteriser] = []
    // A record may end on a thread of torch's.
    private let lock = NSLock()

    /// A rasteriser, until the lease ends.
    final class Lease {
        let rasteriser: Rasteriser
        private let pool: RasteriserPool

        init(_ rasteriser: Rasteriser, _ pool: RasteriserPool) {
            self.rasteriser = rasteriser
            self.pool = pool
        }

        deinit { pool.lock.withLock { pool.idle.append(rasteriser) } }
    }

    func lease() -> Lease { Lease(lock.withLock { idle.popLast() } ?? Rasteriser(), self) }
}
