import Torch

/// The Fréchet distance between two sets of features, each taken for a normal distribution (Heusel et
/// al., arXiv 1706.08500, equation 6): ‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2·(Σ₁Σ₂)^½).
///
/// It is called FID where the features are those of a certain Inception network, and only then are
/// figures of different papers comparable.
public enum FrechetDistance {
    /// - Parameters:
    ///   - first: features [N, C] of one set, more than one row.
    ///   - second: features [M, C] of the other.
    public static func evaluate(_ first: Tensor, _ second: Tensor) -> Double {
        precondition(
            first.dimensions == 2 && second.dimensions == 2 && first.size(1) == second.size(1)
                && first.size(0) > 1 && second.size(0) > 1, "two sets of features of one length")
        return noGrad {
            let (meanA, covarianceA) = moments(first.detached())
            let (meanB, covarianceB) = moments(second.detached())
            // (Σ₁Σ₂)^½ and (Σ₁^½ Σ₂ Σ₁^½)^½ have the same trace, and the latter is symmetric.
            let root = root(covarianceA)
            let product = root.matmul(covarianceB).matmul(root)
            let traceOfRoot = product.symmetricEigen().values.clamped(min: 0).sqrt().sum()
            let traces = covarianceA.diagonal().sum() + covarianceB.diagonal().sum()
            let distance = (meanA - meanB).squared().sum() + traces - 2 * traceOfRoot
            return max(0, distance.item(as: Double.self))
        }
    }

    /// The mean [C] and the covariance [C, C] in double precision.
    private static func moments(_ features: Tensor) -> (Tensor, Tensor) {
        let x = features.converted(to: .float64)
        let mean = x.mean(0)
        let centred = x - mean
        return (mean, centred.transposed(0, 1).matmul(centred) / Double(x.size(0) - 1))
    }

    /// The symmetric root of a positive semidefinite matrix.
    private static func root(_ matrix: Tensor) -> Tensor {
        let (values, vectors) = matrix.symmetricEigen()
        return (vectors * values.clamped(min: 0).sqrt()).matmul(vectors.transposed(0, 1))
    }
}
