// Inputs are [B, C, L], [B, C, H, W] or [B, C, D, H, W]; all differentiable. A list of sizes may be
// given by one integer for all dimensions.
extension Tensor {
    /// Cross-correlation with `weight` [out, in/groups, k].
    public func conv1d(
        _ weight: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Int = 0,
        dilation: Int = 1, groups: Int = 1
    ) -> Tensor { call("conv1d", self, weight, bias, stride, padding, dilation, groups) }

    /// Cross-correlation with `weight` [out, in/groups, kH, kW].
    public func conv2d(
        _ weight: Tensor, bias: Tensor? = nil, stride: Size2 = 1, padding: Size2 = 0,
        dilation: Size2 = 1, groups: Int = 1
    ) -> Tensor {
        call(
            "conv2d", self, weight, bias, stride.list, padding.list, dilation.list, groups)
    }

    /// Cross-correlation with `weight` [out, in/groups, kD, kH, kW].
    public func conv3d(
        _ weight: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Int = 0,
        dilation: Int = 1, groups: Int = 1
    ) -> Tensor { call("conv3d", self, weight, bias, stride, padding, dilation, groups) }

    /// The transpose of `conv1d`, with `weight` [in, out/groups, k].
    public func convTranspose1d(
        _ weight: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Int = 0,
        outputPadding: Int = 0, groups: Int = 1, dilation: Int = 1
    ) -> Tensor {
        call(
            "conv_transpose1d", self, weight, bias, stride, padding, outputPadding, groups,
            dilation)
    }

    /// The transpose of `conv2d`, with `weight` [in, out/groups, kH, kW].
    public func convTranspose2d(
        _ weight: Tensor, bias: Tensor? = nil, stride: Size2 = 1, padding: Size2 = 0,
        outputPadding: Size2 = 0, groups: Int = 1, dilation: Size2 = 1
    ) -> Tensor {
        call(
            "conv_transpose2d.input", self, weight, bias, stride.list, padding.list,
            outputPadding.list, groups, dilation.list)
    }

    /// The transpose of `conv3d`, with `weight` [in, out/groups, kD, kH, kW].
    public func convTranspose3d(
        _ weight: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Int = 0,
        outputPadding: Int = 0, groups: Int = 1, dilation: Int = 1
    ) -> Tensor {
        call(
            "conv_transpose3d.input", self, weight, bias, stride, padding, outputPadding, groups,
            dilation)
    }

    /// The largest value of each window; the stride is the window's size unless given.
    public func maxPool2d(
        _ kernel: Size2, stride: Size2? = nil, padding: Size2 = 0, ceilMode: Bool = false
    ) -> Tensor {
        call(
            "max_pool2d", self, kernel.list, (stride ?? kernel).list, padding.list, 1, ceilMode)
    }

    /// The mean of each window; the stride is the window's size unless given.
    public func avgPool2d(
        _ kernel: Size2, stride: Size2? = nil, padding: Size2 = 0, countsPadding: Bool = true
    ) -> Tensor {
        call(
            "avg_pool2d", self, kernel.list, (stride ?? kernel).list, padding.list, false,
            countsPadding)
    }

    /// Means over windows that divide the input into `size` parts.
    public func adaptiveAvgPool2d(_ size: Size2) -> Tensor {
        call("adaptive_avg_pool2d", self, size.list)
    }

    /// [B, C·r², H, W] to [B, C, H·r, W·r].
    public func pixelShuffled(_ factor: Int) -> Tensor { call("pixel_shuffle", self, factor) }

    /// [B, C, H·r, W·r] to [B, C·r², H, W].
    public func pixelUnshuffled(_ factor: Int) -> Tensor { call("pixel_unshuffle", self, factor) }

    /// The windows of [B, C, H, W] as columns: [B, C·kH·kW, windows].
    public func unfolded(
        _ kernel: Size2, dilation: Size2 = 1, padding: Size2 = 0, stride: Size2 = 1
    ) -> Tensor {
        call("im2col", self, kernel.list, dilation.list, padding.list, stride.list)
    }
}

/// A height and a width; an integer literal stands for both.
public struct Size2: Hashable, Sendable, ExpressibleByIntegerLiteral {
    public var height: Int
    public var width: Int

    public init(_ height: Int, _ width: Int) {
        self.height = height
        self.width = width
    }

    public init(_ both: Int) { self.init(both, both) }
    public init(integerLiteral value: Int) { self.init(value) }

    var list: [Int] { [height, width] }
}
