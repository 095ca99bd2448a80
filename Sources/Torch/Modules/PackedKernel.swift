import CTorch

/// The weight of a 2D convolution as oneDNN reads it, blocked by channels.
struct PackedKernel {
    private let weight: Tensor
    private let stride: Size2
    private let padding: Size2
    private let dilation: Size2
    private let groups: Int

    /// Packs a layer's weight for inputs like `x`; nil where torch does not compute through oneDNN.
    init?(of layer: Conv2d, for x: Tensor) {
        let dtype = x.dtype
        guard x.device == .cpu, dtype == .float32 || dtype == .bfloat16,
            ctorch_has_onednn(dtype == .bfloat16)
        else { return nil }
        (stride, padding, dilation, groups) =
            (layer.stride, layer.padding, layer.dilation, layer.groups)
        weight = call(
            "mkldnn_reorder_conv2d_weight",
            call("to_mkldnn", layer.weight.detached().converted(to: dtype)), padding.list,
            stride.list, dilation.list, groups, x.shape)
    }

    /// Whether it was made for inputs of that type and place.
    func fits(_ x: Tensor) -> Bool { weight.dtype == x.dtype && x.device == .cpu }

    /// The convolution of [B, C, H, W], in the memory format that it has.
    func callAsFunction(_ x: Tensor, bias: Tensor?) -> Tensor {
        call(
            "mkldnn::_convolution_pointwise", x, weight, bias, padding.list, stride.list,
            dilation.list, groups, "none", [Double](), "")
    }
}
