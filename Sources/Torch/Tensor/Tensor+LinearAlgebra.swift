// All differentiable; matrices are the last two dimensions, what stands before is a batch.
extension Tensor {
    /// The product of matrices or vectors, batches broadcast.
    public func matmul(_ other: Tensor) -> Tensor { call("matmul", self, other) }

    /// The products of two batches of matrices: [B, n, m] × [B, m, p].
    public func bmm(_ other: Tensor) -> Tensor { call("bmm", self, other) }

    /// Einstein's sum over the indices that are not in the result, as "bij,bjk->bik".
    public static func einsum(_ equation: String, _ tensors: Tensor...) -> Tensor {
        call("einsum", equation, tensors)
    }

    public func inverse() -> Tensor { call("linalg_inv", self) }
    public func determinant() -> Tensor { call("linalg_det", self) }

    /// X with self·X = `b`.
    public func solve(_ b: Tensor) -> Tensor { call("linalg_solve", self, b) }

    /// X for which |self·X − `b`| is smallest.
    public func leastSquares(_ b: Tensor) -> Tensor { callAll("linalg_lstsq", self, b)[0] }

    /// self = U·diag(S)·Vᵀ with S falling; `full` completes U and Vᵀ to square matrices.
    public func svd(full: Bool = false) -> (u: Tensor, s: Tensor, vTransposed: Tensor) {
        let parts = callAll("linalg_svd", self, full)
        return (parts[0], parts[1], parts[2])
    }

    /// self = Q·R.
    public func qr() -> (q: Tensor, r: Tensor) {
        let parts = callAll("linalg_qr", self)
        return (parts[0], parts[1])
    }

    /// The eigenvalues, rising, and eigenvectors, as columns, of symmetric matrices.
    public func symmetricEigen() -> (values: Tensor, vectors: Tensor) {
        let parts = callAll("linalg_eigh", self)
        return (parts[0], parts[1])
    }

    /// The lower triangle L with self = L·Lᵀ.
    public func cholesky() -> Tensor { call("linalg_cholesky", self) }

    /// The cross product along a dimension of size 3.
    public func cross(_ other: Tensor, _ dim: Int = -1) -> Tensor {
        call("linalg_cross", self, other, dim)
    }

    /// The distance of each of n points to each of m: [n, d] and [m, d] give [n, m].
    public func distances(to points: Tensor) -> Tensor { call("cdist", self, points) }

    /// Scaled to length 1 along a dimension; shorter ones than `epsilon` are divided by it.
    public func normalized(_ dim: Int = -1, epsilon: Double = 1e-12) -> Tensor {
        self / norm(dim, keepDim: true).clamped(min: epsilon)
    }
}
