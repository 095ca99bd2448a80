/// Limits to gradients, between a backward pass and an optimiser's step.
public enum GradientClipping {
    /// Scales all gradients together so that their common norm is at most `limit`.
    ///
    /// - Returns: the norm before.
    @discardableResult
    public static func limitNorm(_ parameters: [Tensor], to limit: Double) -> Double {
        let grads = parameters.compactMap(\.grad)
        guard !grads.isEmpty else { return 0 }
        return noGrad {
            let norm = Tensor.stack(callAll("_foreach_norm.Scalar", grads)).norm()
                .item(as: Double.self)
            let factor = limit / (norm + 1e-6)
            if factor < 1 { run("_foreach_mul_.Scalar", grads, factor) }
            return norm
        }
    }

    /// Limits each element of each gradient to ±`limit`.
    public static func limitValues(_ parameters: [Tensor], to limit: Double) {
        noGrad {
            for grad in parameters.compactMap(\.grad) {
                grad.clampInPlace(min: -limit, max: limit)
            }
        }
    }
}
