/// Rows of `weight` [count, width] chosen by integers.
public final class Embedding: Layer {
    public let weight: Tensor

    /// With PyTorch's initial values: normally distributed.
    public init(_ count: Int, _ width: Int, using generator: RandomGenerator? = nil) {
        let shape = [count, width]
        weight = .parameter(shape) { .normal(shape, using: generator) }
    }

    public var members: ModuleMembers { ["weight": .parameter(weight)] }

    public func callAsFunction(_ indices: Tensor) -> Tensor { .embedding(weight, indices) }
}
