// Element by element, shapes broadcast as in PyTorch; all differentiable.
extension Tensor {
    public static func + (a: Tensor, b: Tensor) -> Tensor { call("add.Tensor", a, b) }
    public static func - (a: Tensor, b: Tensor) -> Tensor { call("sub.Tensor", a, b) }
    public static func * (a: Tensor, b: Tensor) -> Tensor { call("mul.Tensor", a, b) }
    public static func / (a: Tensor, b: Tensor) -> Tensor { call("div.Tensor", a, b) }
    public static prefix func - (a: Tensor) -> Tensor { call("neg", a) }

    public static func + (a: Tensor, b: some TensorOperand) -> Tensor { call("add.Tensor", a, b) }
    public static func - (a: Tensor, b: some TensorOperand) -> Tensor { call("sub.Tensor", a, b) }
    public static func * (a: Tensor, b: some TensorOperand) -> Tensor { call("mul.Tensor", a, b) }
    public static func / (a: Tensor, b: some TensorOperand) -> Tensor { call("div.Tensor", a, b) }
    public static func + (a: some TensorOperand, b: Tensor) -> Tensor { call("add.Tensor", b, a) }
    public static func - (a: some TensorOperand, b: Tensor) -> Tensor { call("rsub.Scalar", b, a) }
    public static func * (a: some TensorOperand, b: Tensor) -> Tensor { call("mul.Tensor", b, a) }
    public static func / (a: some TensorOperand, b: Tensor) -> Tensor { call("div.Tensor", a, b) }

    // New values for the variable, not a change in place.
    public static func += (a: inout Tensor, b: Tensor) { a = a + b }
    public static func -= (a: inout Tensor, b: Tensor) { a = a - b }
    public static func *= (a: inout Tensor, b: Tensor) { a = a * b }
    public static func /= (a: inout Tensor, b: Tensor) { a = a / b }
    public static func += (a: inout Tensor, b: some TensorOperand) { a = a + b }
    public static func -= (a: inout Tensor, b: some TensorOperand) { a = a - b }
    public static func *= (a: inout Tensor, b: some TensorOperand) { a = a * b }
    public static func /= (a: inout Tensor, b: some TensorOperand) { a = a / b }

    /// The quotient rounded towards minus infinity.
    public func floorDivided(by divisor: some TensorOperand) -> Tensor {
        call("div.Tensor_mode", self, divisor, "floor")
    }

    /// The remainder, with the divisor's sign.
    public func remainder(_ divisor: some TensorOperand) -> Tensor {
        call("remainder.Tensor", self, divisor)
    }

    /// (1 − weight)·self + weight·end.
    public func lerp(_ end: Tensor, _ weight: some TensorOperand) -> Tensor {
        call("lerp.Scalar", self, end, weight)
    }

    public func lerp(_ end: Tensor, _ weight: Tensor) -> Tensor {
        call("lerp.Tensor", self, end, weight)
    }
}

// MARK: Comparison

// Element by element, as a tensor of `bool`.
extension Tensor {
    public static func .== (a: Tensor, b: Tensor) -> Tensor { call("eq.Tensor", a, b) }
    public static func .!= (a: Tensor, b: Tensor) -> Tensor { call("ne.Tensor", a, b) }
    public static func .< (a: Tensor, b: Tensor) -> Tensor { call("lt.Tensor", a, b) }
    public static func .<= (a: Tensor, b: Tensor) -> Tensor { call("le.Tensor", a, b) }
    public static func .> (a: Tensor, b: Tensor) -> Tensor { call("gt.Tensor", a, b) }
    public static func .>= (a: Tensor, b: Tensor) -> Tensor { call("ge.Tensor", a, b) }

    public static func .== (a: Tensor, b: some TensorOperand) -> Tensor { call("eq.Scalar", a, b) }
    public static func .!= (a: Tensor, b: some TensorOperand) -> Tensor { call("ne.Scalar", a, b) }
    public static func .< (a: Tensor, b: some TensorOperand) -> Tensor { call("lt.Scalar", a, b) }
    public static func .<= (a: Tensor, b: some TensorOperand) -> Tensor { call("le.Scalar", a, b) }
    public static func .> (a: Tensor, b: some TensorOperand) -> Tensor { call("gt.Scalar", a, b) }
    public static func .>= (a: Tensor, b: some TensorOperand) -> Tensor { call("ge.Scalar", a, b) }

    public static func .& (a: Tensor, b: Tensor) -> Tensor { call("logical_and", a, b) }
    public static func .| (a: Tensor, b: Tensor) -> Tensor { call("logical_or", a, b) }
    public static prefix func .! (a: Tensor) -> Tensor { call("logical_not", a) }

    /// Whether shape and elements are the same.
    public func isEqual(to other: Tensor) -> Bool {
        shape == other.shape && call("equal", self, other).item(as: Bool.self)
    }

    /// Whether |self − other| ≤ absolute + relative·|other| in all elements.
    public func isClose(to other: Tensor, relative: Double = 1e-5, absolute: Double = 1e-8) -> Bool
    {
        call("allclose", self, other, relative, absolute).item(as: Bool.self)
    }

    /// Where elements are neither infinite nor NaN.
    public var isFinite: Tensor { call("isfinite", self) }
}
