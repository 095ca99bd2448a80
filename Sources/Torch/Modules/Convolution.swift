/// A 2D convolution. `weight` [out, in/groups, kH, kW], `bias` [out].
public final class Conv2d: Layer {
    public let weight: Tensor
    public let bias: Tensor?
    public let stride: Size2
    public let padding: Size2
    public let dilation: Size2
    public let groups: Int
    /// The layer makes predictions only: while no gradients are recorded, `weight` is used in the order
    /// and the type in which the processor reads it, made when the layer is first called, and kept
    /// beside `weight`. To make it at every call takes longer than the convolution where pixels are
    /// few. What `weight` becomes later is not seen.
    public var isForInference = false {
        didSet { packed = nil }
    }
    private var packed: PackedKernel?

    /// With PyTorch's initial values: uniform within ±1/√(in/groups·kH·kW).
    public init(
        _ inputs: Int, _ outputs: Int, kernel: Size2, stride: Size2 = 1, padding: Size2 = 0,
        dilation: Size2 = 1, groups: Int = 1, bias: Bool = true,
        using generator: RandomGenerator? = nil
    ) {
        let fanIn = inputs / groups * kernel.height * kernel.width
        weight = .initialParameter(
            [outputs, inputs / groups, kernel.height, kernel.width], fanIn: fanIn,
            using: generator)
        self.bias = bias ? .initialParameter([outputs], fanIn: fanIn, using: generator) : nil
        (self.stride, self.padding, self.dilation, self.groups) =
            (stride, padding, dilation, groups)
    }

    public var members: ModuleMembers { ["weight": .parameter(weight), "bias": .parameter(bias)] }

    /// Computed in the type of `x`, whatever that of the weights.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        let bias = bias?.converted(to: x.dtype)
        guard isForInference, !isGradEnabled else {
            return x.conv2d(
                weight.converted(to: x.dtype), bias: bias, stride: stride, padding: padding,
                dilation: dilation, groups: groups)
        }
        if let packed, packed.fits(x) { return packed(x, bias: bias) }
        let kernel = PackedKernel(of: self, for: x)
        packed = kernel
        return kernel(x, bias: bias)
    }
}

/// A transposed 2D convolution. `weight` [in, out/groups, kH, kW], `bias` [out].
public final class ConvTranspose2d: Layer {
    public let weight: Tensor
    public let bias: Tensor?
    public let stride: Size2
    public let padding: Size2
    public let outputPadding: Size2
    public let groups: Int

    /// With PyTorch's initial values: uniform within ±1/√(out/groups·kH·kW).
    public init(
        _ inputs: Int, _ outputs: Int, kernel: Size2, stride: Size2 = 1, padding: Size2 = 0,
        outputPadding: Size2 = 0, groups: Int = 1, bias: Bool = true,
        using generator: RandomGenerator? = nil
    ) {
        let fanIn = outputs / groups * kernel.height * kernel.width
        weight = .initialParameter(
            [inputs, outputs / groups, kernel.height, kernel.width], fanIn: fanIn,
            using: generator)
        self.bias = bias ? .initialParameter([outputs], fanIn: fanIn, using: generator) : nil
        (self.stride, self.padding, self.outputPadding, self.groups) =
            (stride, padding, outputPadding, groups)
    }

    public var members: ModuleMembers { ["weight": .parameter(weight), "bias": .parameter(bias)] }

    public func callAsFunction(_ x: Tensor) -> Tensor {
        x.convTranspose2d(
            weight, bias: bias, stride: stride, padding: padding, outputPadding: outputPadding,
            groups: groups)
    }
}
