import Torch

/// The Fréchet distance between two sets of features, each taken for a normal distribution: what FID
/// is on Inception's features (Heusel et al. 2017, eq. 6), and rFID on reconstructions.
public enum FrechetDistance {
    /// The mean and covariance of features, added up row by row in double precision.
    public struct Statistics {
        private var sum: Tensor?
        private var products: Tensor?
        /// The number of features so far.
        public private(set) var count = 0

        public init() {}

        /// Adds features [N, D].
        public mutating func add(_ features: Tensor) {
            let rows = features.detached().converted(to: .float64)
            let (rowSum, rowProducts) = (rows.sum(0), rows.transposed().matmul(rows))
            sum = sum.map { $0 + rowSum } ?? rowSum
            products = products.map { $0 + rowProducts } ?? rowProducts
            count += features.size(0)
        }

        /// The mean [D] and the unbiased covariance [D, D]; nil of fewer than two features.
        var moments: (mean: Tensor, covariance: Tensor)? {
            guard let sum, let products, count > 1 else { return nil }
            let mean = sum / Double(count)
            let outer = mean.unsqueezed(1).matmul(mean.unsqueezed(0))
            return (mean, (products - outer * Double(count)) / Double(count - 1))
        }
    }

    /// ‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2 (Σ₁Σ₂)^½); NaN where a side has fewer than two features.
    ///
    /// The trace of the root is that of (Σ₁^½ Σ₂ Σ₁^½)^½, which is symmetric; cost O(D³).
    public static func evaluate(_ a: Statistics, _ b: Statistics) -> Double {
        noGrad {
            guard let (meanA, covarianceA) = a.moments, let (meanB, covarianceB) = b.moments else {
                return .nan
            }
            let (values, vectors) = covarianceA.symmetricEigen()
            let root = (vectors * values.relu().sqrt().unsqueezed(0)).matmul(vectors.transposed())
            let inner = root.matmul(covarianceB).matmul(root)
            let symmetric = (inner + inner.transposed()) * 0.5
            let trace = symmetric.symmetricEigen().values.relu().sqrt().sum()
            let difference = meanA - meanB
            let distance =
                (difference * difference).sum() + covarianceA.diagonal().sum()
                + covarianceB.diagonal().sum() - trace * 2
            return distance.item(as: Double.self)
        }
    }
}
