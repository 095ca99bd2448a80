/// Mean 0 and variance 1 over the last dimensions, then `weight` and `bias` of their shape.
public final class LayerNorm: Layer {
    public let shape: [Int]
    public let weight: Tensor?
    public let bias: Tensor?
    public let epsilon: Double

    public init(_ shape: Int..., epsilon: Double = 1e-5, affine: Bool = true) {
        self.shape = shape
        self.epsilon = epsilon
        weight = affine ? Tensor.parameter(shape) { .ones(shape) } : nil
        bias = affine ? Tensor.parameter(shape) { .zeros(shape) } : nil
    }

    public var members: ModuleMembers { ["weight": .parameter(weight), "bias": .parameter(bias)] }

    public func callAsFunction(_ x: Tensor) -> Tensor {
        x.layerNorm(shape, weight: weight, bias: bias, epsilon: epsilon)
    }
}

/// Mean 0 and variance 1 over groups of channels, then `weight` and `bias` [channels].
public final class GroupNorm: Layer {
    public let groups: Int
    public let weight: Tensor?
    public let bias: Tensor?
    public let epsilon: Double

    public init(_ groups: Int, _ channels: Int, epsilon: Double = 1e-5, affine: Bool = true) {
        self.groups = groups
        self.epsilon = epsilon
        weight = affine ? Tensor.parameter([channels]) { .ones([channels]) } : nil
        bias = affine ? Tensor.parameter([channels]) { .zeros([channels]) } : nil
    }

    public var members: ModuleMembers { ["weight": .parameter(weight), "bias": .parameter(bias)] }

    public func callAsFunction(_ x: Tensor) -> Tensor {
        x.groupNorm(groups, weight: weight, bias: bias, epsilon: epsilon)
    }
}
