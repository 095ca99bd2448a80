import Foundation
import Torch

/// The Inception score (Salimans et al. 2016): exp of the mean divergence of each image's classes from
/// those of all, over equal parts of the set.
public enum InceptionScore {
    /// The mean and the standard deviation over the parts.
    ///
    /// - Parameters:
    ///   - logits: [N, classes], in the order in which the parts are to be cut.
    ///   - parts: 10 in the paper; not more than there are images.
    public static func evaluate(_ logits: Tensor, parts: Int = 10) -> (
        mean: Double, deviation: Double
    ) {
        noGrad {
            let logits = logits.converted(to: .float64)
            let count = logits.size(0)
            let parts = max(1, min(parts, count))
            let scores = (0..<parts).map { part -> Double in
                let (first, end) = (part * count / parts, (part + 1) * count / parts)
                let rows = logits.narrow(0, first, end - first)
                let classes = rows.softmax(1)
                let logs = rows.logSoftmax(1)
                let marginal = classes.mean(0, keepDim: true).log()
                return exp((classes * (logs - marginal)).sum(1).mean().item(as: Double.self))
            }
            let mean = scores.reduce(0, +) / Double(parts)
            let variance = scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(parts)
            return (mean, variance.squareRoot())
        }
    }
}
