// Negative dimensions count from the last. Views share memory with the tensor they were made of.
extension Tensor {
    /// The same elements in another shape, a view where the layout allows; one size may be −1.
    public func reshaped(_ shape: Int...) -> Tensor { call("reshape", self, shape) }
    public func reshaped(_ shape: [Int]) -> Tensor { call("reshape", self, shape) }

    /// The same elements in another shape without a copy; stops where the layout forbids it.
    public func view(_ shape: Int...) -> Tensor { call("view", self, shape) }
    public func view(_ shape: [Int]) -> Tensor { call("view", self, shape) }

    /// The dimensions in another order: dimension i of the result is dimension `order[i]` of this.
    public func permuted(_ order: Int...) -> Tensor { call("permute", self, order) }

    public func transposed(_ a: Int = -2, _ b: Int = -1) -> Tensor {
        call("transpose.int", self, a, b)
    }

    /// With a dimension of size 1 inserted.
    public func unsqueezed(_ dim: Int) -> Tensor { call("unsqueeze", self, dim) }

    /// Without the dimension if its size is 1; without all such dimensions when none is given.
    public func squeezed(_ dim: Int? = nil) -> Tensor {
        dim.map { call("squeeze.dim", self, $0) } ?? call("squeeze", self)
    }

    /// Dimensions of size 1 repeated without a copy; −1 leaves a size as it is.
    public func expanded(_ shape: Int...) -> Tensor { call("expand", self, shape) }
    public func expanded(_ shape: [Int]) -> Tensor { call("expand", self, shape) }

    /// The dimensions `first` to `last` as one.
    public func flattened(_ first: Int = 0, _ last: Int = -1) -> Tensor {
        call("flatten.using_ints", self, first, last)
    }

    /// The tensor repeated that many times along each dimension.
    public func tiled(_ counts: Int...) -> Tensor { call("repeat", self, counts) }

    /// Each element repeated along a dimension.
    public func repeatedElements(_ count: Int, _ dim: Int) -> Tensor {
        call("repeat_interleave.self_int", self, count, dim)
    }

    public func flipped(_ dims: Int...) -> Tensor { call("flip", self, dims) }

    /// Shifted along a dimension, what leaves one end entering at the other.
    public func rolled(_ shift: Int, _ dim: Int) -> Tensor { call("roll", self, [shift], [dim]) }

    /// The part `start`..<`start + length` along a dimension; a view.
    public func narrow(_ dim: Int, _ start: Int, _ length: Int) -> Tensor {
        call("narrow", self, dim, start, length)
    }

    /// One slice along a dimension, which disappears; a view.
    public func select(_ dim: Int, _ index: Int) -> Tensor { call("select.int", self, dim, index) }

    /// All slices along a dimension, which disappears; views.
    public func unbound(_ dim: Int = 0) -> [Tensor] { callAll("unbind.int", self, dim) }

    /// Parts of the given sizes along a dimension; views.
    public func split(_ sizes: [Int], _ dim: Int = 0) -> [Tensor] {
        callAll("split_with_sizes", self, sizes, dim)
    }

    /// Parts of `size` along a dimension, the last perhaps smaller; views.
    public func split(_ size: Int, _ dim: Int = 0) -> [Tensor] {
        callAll("split.Tensor", self, size, dim)
    }

    /// `count` parts along a dimension, the last perhaps smaller; views.
    public func chunked(_ count: Int, _ dim: Int = 0) -> [Tensor] {
        callAll("chunk", self, count, dim)
    }

    /// Tensors one after the other along a dimension that they have.
    public static func cat(_ tensors: [Tensor], _ dim: Int = 0) -> Tensor {
        call("cat", tensors, dim)
    }

    /// Tensors of one shape along a new dimension.
    public static func stack(_ tensors: [Tensor], _ dim: Int = 0) -> Tensor {
        call("stack", tensors, dim)
    }

    /// The lower triangle of the last two dimensions, zero above.
    public func lowerTriangle(diagonal: Int = 0) -> Tensor { call("tril", self, diagonal) }
    /// The upper triangle of the last two dimensions, zero below.
    public func upperTriangle(diagonal: Int = 0) -> Tensor { call("triu", self, diagonal) }
    /// The diagonal of the last two dimensions, as the last dimension.
    public func diagonal(_ offset: Int = 0) -> Tensor { call("diagonal", self, offset, -2, -1) }
    /// Matrices with the last dimension on their diagonal.
    public func diagonalMatrix() -> Tensor { call("diag_embed", self) }
}
