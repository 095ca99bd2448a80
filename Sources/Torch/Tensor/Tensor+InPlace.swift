// Changes seen through every copy of the tensor. A parameter (a leaf that requires a gradient) is
// changed within `noGrad`; torch notices when a backward pass still needs the former values.
extension Tensor {
    /// Takes over the values of another tensor, broadcast and converted.
    public func copyInPlace(_ source: Tensor) { run("copy_", self, source) }
    public func fillInPlace(_ value: some TensorOperand) { run("fill_.Scalar", self, value) }
    public func addInPlace(_ other: Tensor, scale: Double = 1) {
        run("add_.Tensor", self, other, scale)
    }
    public func addInPlace(_ value: some TensorOperand) { run("add_.Scalar", self, value) }
    public func multiplyInPlace(_ other: Tensor) { run("mul_.Tensor", self, other) }
    public func multiplyInPlace(_ value: some TensorOperand) { run("mul_.Scalar", self, value) }
    public func clampInPlace(min: Double? = nil, max: Double? = nil) {
        run("clamp_", self, min, max)
    }
    /// max(x, 0).
    public func reluInPlace() { run("relu_", self) }
    /// x·sigmoid(x).
    public func siluInPlace() { run("silu_", self) }
    /// x·Φ(x), Φ being the normal distribution.
    public func geluInPlace() { run("gelu_", self, "none") }
    /// Moves towards `end` by `weight`.
    public func lerpInPlace(_ end: Tensor, _ weight: Double) {
        run("lerp_.Scalar", self, end, weight)
    }
    /// Adds the slices of `source` to those that `index` names along a dimension.
    public func indexAddInPlace(_ dim: Int, _ index: Tensor, _ source: Tensor) {
        run("index_add_", self, dim, index, source)
    }
}
