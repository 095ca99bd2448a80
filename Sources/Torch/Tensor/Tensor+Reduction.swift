// Over the dimensions given (negative ones count from the last), or over all when none is given;
// `keepDim` leaves a dimension of size 1. Differentiable except for indices and truth values.
extension Tensor {
    public func sum(_ dims: Int..., keepDim: Bool = false) -> Tensor {
        dims.isEmpty ? call("sum", self) : call("sum.dim_IntList", self, dims, keepDim)
    }

    public func mean(_ dims: Int..., keepDim: Bool = false) -> Tensor {
        dims.isEmpty ? call("mean", self) : call("mean.dim", self, dims, keepDim)
    }

    /// The largest element; among equal ones, the gradient is shared.
    public func max(_ dims: Int..., keepDim: Bool = false) -> Tensor {
        call("amax", self, dims, keepDim)
    }

    /// The smallest element; among equal ones, the gradient is shared.
    public func min(_ dims: Int..., keepDim: Bool = false) -> Tensor {
        call("amin", self, dims, keepDim)
    }

    /// The largest elements along a dimension and where they are.
    public func maxWithIndices(
        _ dim: Int, keepDim: Bool = false
    ) -> (values: Tensor, indices: Tensor) { pair(callAll("max.dim", self, dim, keepDim)) }

    /// The smallest elements along a dimension and where they are.
    public func minWithIndices(
        _ dim: Int, keepDim: Bool = false
    ) -> (values: Tensor, indices: Tensor) { pair(callAll("min.dim", self, dim, keepDim)) }

    /// Where the largest element is: along a dimension, or in the flattened tensor.
    public func argmax(_ dim: Int? = nil, keepDim: Bool = false) -> Tensor {
        call("argmax", self, dim, keepDim)
    }

    /// Where the smallest element is: along a dimension, or in the flattened tensor.
    public func argmin(_ dim: Int? = nil, keepDim: Bool = false) -> Tensor {
        call("argmin", self, dim, keepDim)
    }

    /// The vector norm: (Σ|x|ᵖ)^(1/p), the largest |x| for p = ∞.
    public func norm(_ dims: Int..., order: Double = 2, keepDim: Bool = false) -> Tensor {
        call("linalg_vector_norm", self, order, dims.isEmpty ? nil : dims, keepDim)
    }

    /// The variance; `unbiased` divides by n − 1.
    public func variance(_ dims: Int..., unbiased: Bool = true, keepDim: Bool = false) -> Tensor {
        call("var.correction", self, dims.isEmpty ? nil : dims, unbiased ? 1 : 0, keepDim)
    }

    /// The standard deviation; `unbiased` divides by n − 1.
    public func standardDeviation(
        _ dims: Int..., unbiased: Bool = true, keepDim: Bool = false
    ) -> Tensor {
        call("std.correction", self, dims.isEmpty ? nil : dims, unbiased ? 1 : 0, keepDim)
    }

    /// The product over all elements.
    public func product() -> Tensor { call("prod", self) }

    public func product(_ dim: Int, keepDim: Bool = false) -> Tensor {
        call("prod.dim_int", self, dim, keepDim)
    }

    public func cumulativeSum(_ dim: Int) -> Tensor { call("cumsum", self, dim) }

    /// log Σ eˣ.
    public func logSumExp(_ dims: Int..., keepDim: Bool = false) -> Tensor {
        call("logsumexp", self, dims, keepDim)
    }

    /// Whether all elements are true (not zero).
    public func all(_ dims: Int..., keepDim: Bool = false) -> Tensor {
        call("all.dims", self, dims.isEmpty ? nil : dims, keepDim)
    }

    /// Whether any element is true (not zero).
    public func any(_ dims: Int..., keepDim: Bool = false) -> Tensor {
        call("any.dims", self, dims.isEmpty ? nil : dims, keepDim)
    }

    /// The elements in order along a dimension, equal ones as they were, and where they were.
    public func sorted(
        _ dim: Int = -1, descending: Bool = false
    ) -> (values: Tensor, indices: Tensor) {
        pair(callAll("sort.stable", self, true, dim, descending))
    }

    /// The largest (or smallest) elements along a dimension, in order, and where they are.
    public func top(
        _ count: Int, _ dim: Int = -1, largest: Bool = true
    ) -> (values: Tensor, indices: Tensor) { pair(callAll("topk", self, count, dim, largest)) }

    private func pair(_ tensors: [Tensor]) -> (values: Tensor, indices: Tensor) {
        (tensors[0], tensors[1])
    }
}
