import Torch

/// How the clean sample that a prediction stands for is kept within bounds.
public enum SampleLimit: Equatable, Sendable {
    case none
    /// Clipped to −range…range.
    case clip(range: Double)
    /// Dynamic thresholding (Saharia et al., arXiv 2205.11487, section 2.3): clipped to −s…s and
    /// divided by s, where s, between 1 and `maximum`, is the quantile `ratio` of an item's absolute
    /// values.
    case threshold(ratio: Double, maximum: Double)

    /// The sample [B, …] within the bounds.
    func applied(to sample: Tensor) -> Tensor {
        switch self {
        case .none: return sample
        case .clip(let range): return sample.clamped(min: -range, max: range)
        case .threshold(let ratio, let maximum):
            let flat = sample.flattened(1).converted(to: .float32)
            let bound = Operator("quantile.scalar")(flat.abs(), ratio, 1, true)
                .clamped(min: 1, max: maximum)
            let limited = flat.maximum(-bound).minimum(bound) / bound
            return limited.reshaped(sample.shape).converted(to: sample.dtype)
        }
    }
}
