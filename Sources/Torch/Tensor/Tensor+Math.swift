// Element by element; all differentiable.
extension Tensor {
    public func exp() -> Tensor { call("exp", self) }
    /// eˣ − 1, exact near zero.
    public func expm1() -> Tensor { call("expm1", self) }
    /// The natural logarithm.
    public func log() -> Tensor { call("log", self) }
    /// log(1 + x), exact near zero.
    public func log1p() -> Tensor { call("log1p", self) }
    public func sin() -> Tensor { call("sin", self) }
    public func cos() -> Tensor { call("cos", self) }
    public func tan() -> Tensor { call("tan", self) }
    public func asin() -> Tensor { call("asin", self) }
    public func acos() -> Tensor { call("acos", self) }
    public func atan() -> Tensor { call("atan", self) }
    /// The angle of the point (x, self) with the x axis, in −π…π.
    public func atan2(_ x: Tensor) -> Tensor { call("atan2", self, x) }
    public func sqrt() -> Tensor { call("sqrt", self) }
    /// 1/√x.
    public func rsqrt() -> Tensor { call("rsqrt", self) }
    public func squared() -> Tensor { call("square", self) }
    public func reciprocal() -> Tensor { call("reciprocal", self) }
    public func abs() -> Tensor { call("abs", self) }
    /// −1, 0 or 1.
    public func sign() -> Tensor { call("sign", self) }
    public func floor() -> Tensor { call("floor", self) }
    public func ceil() -> Tensor { call("ceil", self) }
    /// To the nearest integer, halves to the even one.
    public func round() -> Tensor { call("round", self) }
    public func erf() -> Tensor { call("erf", self) }

    public func pow(_ exponent: some TensorOperand) -> Tensor {
        call("pow.Tensor_Scalar", self, exponent)
    }

    public func pow(_ exponent: Tensor) -> Tensor { call("pow.Tensor_Tensor", self, exponent) }

    /// Limits to a range; the gradient is zero outside.
    public func clamped(min: Double? = nil, max: Double? = nil) -> Tensor {
        call("clamp", self, min, max)
    }

    /// The larger of both.
    public func maximum(_ other: Tensor) -> Tensor { call("maximum", self, other) }
    /// The smaller of both.
    public func minimum(_ other: Tensor) -> Tensor { call("minimum", self, other) }
}

// MARK: Activations

extension Tensor {
    /// 1/(1 + e⁻ˣ).
    public func sigmoid() -> Tensor { call("sigmoid", self) }
    /// The inverse of the sigmoid: log(x/(1 − x)), with x limited to epsilon…1 − epsilon.
    public func logit(epsilon: Double? = nil) -> Tensor { call("logit", self, epsilon) }
    public func logSigmoid() -> Tensor { call("log_sigmoid", self) }
    public func tanh() -> Tensor { call("tanh", self) }
    public func relu() -> Tensor { call("relu", self) }
    public func leakyRelu(slope: Double = 0.01) -> Tensor { call("leaky_relu", self, slope) }
    public func elu(alpha: Double = 1) -> Tensor { call("elu", self, alpha) }
    /// log(1 + e^(βx))/β.
    public func softplus(beta: Double = 1) -> Tensor { call("softplus", self, beta) }

    /// x·Φ(x), Φ being the normal distribution; `approximate` uses the tanh form.
    public func gelu(approximate: Bool = false) -> Tensor {
        call("gelu", self, approximate ? "tanh" : "none")
    }

    /// x·sigmoid(x), also called swish.
    public func silu() -> Tensor { call("silu", self) }
    public func softmax(_ dimension: Int) -> Tensor { call("softmax.int", self, dimension) }
    public func logSoftmax(_ dimension: Int) -> Tensor { call("log_softmax.int", self, dimension) }
}
