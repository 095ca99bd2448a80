/// What picks a part of one dimension in a subscript: an integer (the dimension disappears), a range
/// (a view), a tensor of integers or of truth values (a copy), or a case of `Axis`.
public protocol TensorIndex {
    var tensorSlice: TensorSlice { get }
}

/// The forms of index that a subscript knows.
public enum TensorSlice {
    case at(Int)
    case range(Int, Int?)
    case tensor(Tensor)
    case axis(Axis)
}

/// Parts of a subscript that pick nothing.
public enum Axis: TensorIndex {
    /// The whole dimension.
    case all
    /// As many whole dimensions as are needed for the indices that follow to be the last ones.
    case rest
    /// A new dimension of size 1.
    case new

    public var tensorSlice: TensorSlice { .axis(self) }
}

extension Int: TensorIndex { public var tensorSlice: TensorSlice { .at(self) } }
extension Tensor: TensorIndex { public var tensorSlice: TensorSlice { .tensor(self) } }
extension Range: TensorIndex where Bound == Int {
    public var tensorSlice: TensorSlice { .range(lowerBound, upperBound) }
}
extension ClosedRange: TensorIndex where Bound == Int {
    public var tensorSlice: TensorSlice { .range(lowerBound, upperBound + 1) }
}
extension PartialRangeFrom: TensorIndex where Bound == Int {
    public var tensorSlice: TensorSlice { .range(lowerBound, nil) }
}
extension PartialRangeUpTo: TensorIndex where Bound == Int {
    public var tensorSlice: TensorSlice { .range(0, upperBound) }
}

extension Tensor {
    /// A part of the tensor, as in PyTorch: `t[2]`, `t[0..<3, 1]`, `t[Axis.rest, 0..<2]`, `t[mask]`.
    public subscript(_ indices: any TensorIndex...) -> Tensor {
        var result = self
        var dim = 0
        var picks: [Tensor?] = []
        for (position, index) in indices.enumerated() {
            switch index.tensorSlice {
            case .at(let i): result = result.select(dim, i)
            case .range(let start, let end):
                result = call("slice.Tensor", result, dim, start, end)
                dim += 1
            case .tensor(let tensor):
                while picks.count < dim { picks.append(nil) }
                picks.append(tensor)
                dim += tensor.dtype == .bool ? tensor.dimensions : 1
            case .axis(.all): dim += 1
            case .axis(.new):
                result = result.unsqueezed(dim)
                dim += 1
            case .axis(.rest):
                let following = indices[(position + 1)...].reduce(0) { $0 + $1.consumed }
                dim = Swift.max(dim, result.dimensions - following)
            }
        }
        return picks.isEmpty ? result : call("index.Tensor", result, picks)
    }

    /// The slices that a one-dimensional tensor of integers names along a dimension. Differentiable.
    public func indexSelect(_ dim: Int, _ index: Tensor) -> Tensor {
        call("index_select", self, dim, index)
    }

    /// Elements along a dimension: `out[i][j] = self[index[i][j]][j]` for dim 0. Differentiable.
    public func gather(_ dim: Int, _ index: Tensor) -> Tensor { call("gather", self, dim, index) }

    /// With `source` added at the places along a dimension that `index` names. Differentiable.
    public func scatterAdd(_ dim: Int, _ index: Tensor, _ source: Tensor) -> Tensor {
        call("scatter_add", self, dim, index, source)
    }

    /// With `source` written to the places along a dimension that `index` names. Differentiable.
    public func scatter(_ dim: Int, _ index: Tensor, _ source: Tensor) -> Tensor {
        call("scatter.src", self, dim, index, source)
    }

    /// With the slices of `source` added to those that `index` names. Differentiable.
    public func indexAdd(_ dim: Int, _ index: Tensor, _ source: Tensor) -> Tensor {
        call("index_add", self, dim, index, source)
    }

    /// With the slices of `source` in place of those that `index` names. Differentiable.
    public func indexCopy(_ dim: Int, _ index: Tensor, _ source: Tensor) -> Tensor {
        call("index_copy", self, dim, index, source)
    }

    /// The elements where the mask is true, in one dimension. Differentiable.
    public func maskedSelect(_ mask: Tensor) -> Tensor { call("masked_select", self, mask) }

    /// With one value where the mask is true. Differentiable.
    public func maskedFill(_ mask: Tensor, _ value: some TensorOperand) -> Tensor {
        call("masked_fill.Scalar", self, mask, value)
    }

    /// `a` where the condition is true, else `b`. Differentiable.
    public static func `where`(_ condition: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor {
        call("where.self", condition, a, b)
    }

    public static func `where`(
        _ condition: Tensor, _ a: Tensor, _ b: some TensorOperand
    ) -> Tensor { call("where.ScalarOther", condition, a, b) }

    /// The places of the elements that are not zero, as `int64` [count, dimensions].
    public func nonzero() -> Tensor { call("nonzero", self) }

    /// For each integer a row of zeros with a one at it, as `int64`.
    public func oneHot(_ classes: Int) -> Tensor { call("one_hot", self, classes) }

    /// The elements of a one-dimensional tensor of integers counted, as `int64`.
    public func binCount(_ bins: Int) -> Tensor { call("bincount", self, Absent.none, bins) }
}

extension TensorIndex {
    /// How many dimensions the index stands for.
    fileprivate var consumed: Int {
        switch tensorSlice {
        case .tensor(let tensor) where tensor.dtype == .bool: tensor.dimensions
        case .axis(.new), .axis(.rest): 0
        default: 1
        }
    }
}
