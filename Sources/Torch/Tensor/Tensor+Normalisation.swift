import CTorch

// All differentiable.
extension Tensor {
    /// x·weightᵀ + bias, with `weight` [out, in].
    ///
    /// - Parameter inference: where no gradients are recorded, float32 may go through oneDNN. It takes
    ///   four fifths of the time of torch's other library, MKL, on processors that this has no kernels
    ///   for, as AMD's; its last bits differ.
    public func linear(_ weight: Tensor, bias: Tensor? = nil, inference: Bool = false) -> Tensor {
        guard inference, !isGradEnabled, dtype == .float32, weight.dtype == .float32,
            device == .cpu, dimensions > 1, count >= 64 * size(-1), size(-1) > 0,
            ctorch_has_onednn(false)
        else { return call("linear", self, weight, bias) }
        return call("mkldnn::_linear_pointwise", self, weight, bias, "none", [Double](), "")
    }

    /// Mean 0 and variance 1 over the last dimensions, of the given shape; then weight and bias.
    public func layerNorm(
        _ shape: [Int], weight: Tensor? = nil, bias: Tensor? = nil, epsilon: Double = 1e-5
    ) -> Tensor { call("layer_norm", self, shape, weight, bias, epsilon) }

    /// Root mean square 1 over the last dimensions, of the given shape; then weight.
    public func rmsNorm(_ shape: [Int], weight: Tensor? = nil, epsilon: Double? = nil) -> Tensor {
        call("rms_norm", self, shape, weight, epsilon)
    }

    /// Mean 0 and variance 1 over groups of channels of [B, C, …]; then weight and bias [C].
    public func groupNorm(
        _ groups: Int, weight: Tensor? = nil, bias: Tensor? = nil, epsilon: Double = 1e-5
    ) -> Tensor { call("group_norm", self, groups, weight, bias, epsilon) }

    /// Mean 0 and variance 1 over each channel of [B, C, …]; then weight and bias [C].
    ///
    /// In training, the statistics are the batch's, and the running ones move towards them by
    /// `momentum` in place; else the running ones are used.
    public func batchNorm(
        weight: Tensor?, bias: Tensor?, runningMean: Tensor?, runningVariance: Tensor?,
        training: Bool, momentum: Double = 0.1, epsilon: Double = 1e-5
    ) -> Tensor {
        call(
            "batch_norm", self, weight, bias, runningMean, runningVariance, training, momentum,
            epsilon, false)
    }

    /// Rows of `weight` [count, d] that a tensor of integers names.
    public static func embedding(_ weight: Tensor, _ indices: Tensor) -> Tensor {
        call("embedding", weight, indices)
    }

    /// Zero with that probability, else scaled to keep the mean. Draws from the generator that
    /// `Runtime.seed` seeds.
    public func dropout(_ probability: Double) -> Tensor {
        call("dropout", self, probability, true)
    }

    /// The cosine of the angle between vectors along a dimension.
    public func cosineSimilarity(_ other: Tensor, _ dim: Int = 1) -> Tensor {
        call("cosine_similarity", self, other, dim)
    }
}

// MARK: Losses

// Means over all elements.
extension Tensor {
    public func l1Loss(_ target: Tensor) -> Tensor { call("l1_loss", self, target) }
    public func mseLoss(_ target: Tensor) -> Tensor { call("mse_loss", self, target) }

    /// Quadratic up to `beta`, then linear.
    public func smoothL1Loss(_ target: Tensor, beta: Double = 1) -> Tensor {
        call("smooth_l1_loss", self, target, 1, beta)
    }

    public func huberLoss(_ target: Tensor, delta: Double = 1) -> Tensor {
        call("huber_loss", self, target, 1, delta)
    }

    /// −log of the class's softmax: logits [B, classes, …] and class numbers [B, …].
    public func crossEntropyLoss(_ target: Tensor) -> Tensor {
        call("cross_entropy_loss", self, target)
    }

    /// Binary cross-entropy of logits with targets in 0…1.
    public func binaryCrossEntropyWithLogitsLoss(_ target: Tensor) -> Tensor {
        call("binary_cross_entropy_with_logits", self, target)
    }
}
