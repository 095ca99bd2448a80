import CTorch

/// The weight of a 2D convolution in the type that is computed in, and, where torch computes through
/// oneDNN, as that reads it: blocked by channels.
struct PackedKernel {
    private let weight: Tensor
    private let isBlocked: Bool
    private let stride: Size2
    private let padding: Size2
    private let dilation: Size2
    private let groups: Int

    /// Packs a layer's weight for inputs like `x`.
    init(of layer: Conv2d, for x: Tensor) {
        (stride, padding, dilation, groups) =
            (layer.stride, layer.padding, layer.dilation, layer.groups)
        let plain = layer.weight.detached().converted(to: x.dtype)
        isBlocked =
            x.device == .cpu && (x.dtype == .float32 || x.dtype == .bfloat16)
            && ctorch_has_onednn(x.dtype == .bfloat16)
        weight =
            isBlocked
            ? call(
                "mkldnn_reorder_conv2d_weight", call("to_mkldnn", plain), padding.list,
                stride.list, dilation.list, groups, x.shape) : plain
    }

    /// Whether it was made for inputs of that type and place.
    func fits(_ x: Tensor) -> Bool { weight.dtype == x.dtype && weight.device == x.device }

    /// The convolution of [B, C, H, W], in the memory format that it has.
    func callAsFunction(_ x: Tensor, bias: Tensor?) -> Tensor {
        guard isBlocked else {
            return x.conv2d(
                weight, bias: bias, stride: stride, padding: padding, dilation: dilation,
                groups: groups)
        }
        return call(
            "mkldnn::_convolution_pointwise", x, weight, bias, padding.list, stride.list,
            dilation.list, groups, "none", [Double](), "")
    }
}
