import Torch

/// What an encoder says of an image's latents: independent normal distributions (diffusers'
/// `DiagonalGaussianDistribution`).
public struct LatentPosterior {
    /// [B, latents, h, w], not scaled.
    public let mean: Tensor
    /// The logarithms of the variances, in −30…20; of the mean's shape.
    public let logVariance: Tensor

    /// - Parameter moments: means and logarithms of variances, [B, 2·latents, h, w].
    public init(moments: Tensor) {
        let parts = moments.chunked(2, 1)
        mean = parts[0]
        logVariance = parts[1].clamped(min: -30, max: 20)
    }

    /// The most probable latents: the mean.
    public var mode: Tensor { mean }

    /// Latents drawn from the distribution; differentiable in its moments.
    public func sample(using generator: RandomGenerator? = nil) -> Tensor {
        // The layout of a tensor is the order in which it is filled: that of PyTorch's `randn`.
        let noise = Tensor.normal(
            mean.shape, dtype: mean.dtype, device: mean.device, using: generator)
        return mean + (logVariance * 0.5).exp() * noise
    }

    /// The divergence from the standard normal distribution, for each image: [B]. Differentiable.
    public var divergence: Tensor {
        (mean.squared() + logVariance.exp() - 1 - logVariance).sum(1, 2, 3) * 0.5
    }
}
