import Torch

/// How strongly a prediction follows its condition: classifier-free guidance (Ho & Salimans,
/// arXiv 2207.12598) and the rescaling of Lin et al. (arXiv 2305.08891, section 3.4).
public struct Guidance: Equatable, Sendable {
    /// The factor on the difference that the condition makes; 1 is the conditioned prediction itself.
    public var scale: Double
    /// The share, 0…1, of the guided prediction that is brought back to the standard deviation of the
    /// conditioned one; 0 leaves it.
    public var rescale: Double

    public init(scale: Double, rescale: Double = 0) {
        (self.scale, self.rescale) = (scale, rescale)
    }

    /// Whether the unconditioned prediction has any effect; if not, it need not be computed.
    public var isActive: Bool { scale > 1 }

    /// u + scale·(c − u), then rescaled. Differentiable.
    ///
    /// - Parameters:
    ///   - unconditioned: the prediction u for the empty or negative prompt, [B, …].
    ///   - conditioned: the prediction c for the prompt, of the same shape.
    public func combined(unconditioned: Tensor, conditioned: Tensor) -> Tensor {
        let guided = unconditioned + scale * (conditioned - unconditioned)
        guard rescale > 0 else { return guided }
        let wanted = deviation(conditioned)
        return rescale * (guided * (wanted / deviation(guided))) + (1 - rescale) * guided
    }

    /// The standard deviation of each item of a batch, of a shape that broadcasts over it.
    private func deviation(_ x: Tensor) -> Tensor {
        let shape = [x.size(0)] + Array(repeating: 1, count: x.dimensions - 1)
        return x.flattened(1).standardDeviation(1).reshaped(shape)
    }
}
