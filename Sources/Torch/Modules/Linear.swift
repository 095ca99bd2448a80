/// x·weightᵀ + bias. `weight` [out, in], `bias` [out].
public final class Linear: Layer {
    public let weight: Tensor
    public let bias: Tensor?
    /// The layer makes predictions only: they may be made faster where no gradients are recorded, with
    /// other last bits.
    public var isForInference = false

    /// With PyTorch's initial values: uniform within ±1/√in.
    public init(
        _ inputs: Int, _ outputs: Int, bias: Bool = true, using generator: RandomGenerator? = nil
    ) {
        weight = .initialParameter([outputs, inputs], fanIn: inputs, using: generator)
        self.bias = bias ? .initialParameter([outputs], fanIn: inputs, using: generator) : nil
    }

    public var members: ModuleMembers { ["weight": .parameter(weight), "bias": .parameter(bias)] }

    /// Computed in the type of `x`, whatever that of the weights.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        x.linear(
            weight.converted(to: x.dtype), bias: bias?.converted(to: x.dtype),
            inference: isForInference)
    }
}

extension Tensor {
    /// Uniform within ±1/√fanIn, as PyTorch's linear and convolutional layers begin.
    static func initialParameter(
        _ shape: [Int], fanIn: Int, using generator: RandomGenerator?
    ) -> Tensor {
        let bound = 1 / Double(Swift.max(fanIn, 1)).squareRoot()
        return .parameter(shape) { .uniform(shape, in: -bound..<bound, using: generator) }
    }
}
