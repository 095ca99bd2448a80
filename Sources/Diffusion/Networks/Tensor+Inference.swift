import Torch

// Where no history is recorded, a result that nobody else holds is changed in place: activations are
// the memory that inference takes.
extension Tensor {
    /// x·sigmoid(x); the receiver's values are lost.
    consuming func activated() -> Tensor {
        if isGradEnabled { return silu() }
        siluInPlace()
        return self
    }

    /// The sum with `other`, broadcast to this shape; the receiver's values are lost.
    consuming func adding(_ other: Tensor) -> Tensor {
        if isGradEnabled { return self + other }
        addInPlace(other)
        return self
    }

    /// The product with `other`, broadcast to this shape; the receiver's values are lost.
    consuming func multiplied(by other: Tensor) -> Tensor {
        if isGradEnabled { return self * other }
        multiplyInPlace(other)
        return self
    }

    /// The product with a number; the receiver's values are lost.
    consuming func multiplied(by factor: Double) -> Tensor {
        if factor == 1 { return self }
        if isGradEnabled { return self * factor }
        multiplyInPlace(factor)
        return self
    }

    /// x·Φ(x); the receiver's values are lost.
    consuming func gaussianActivated() -> Tensor {
        if isGradEnabled { return gelu() }
        geluInPlace()
        return self
    }

    /// The pixels of [B, C, H, W] as tokens [B, H·W, C]: a view of a channels-last tensor.
    var tokens: Tensor { permuted(0, 2, 3, 1).reshaped(size(0), size(2) * size(3), size(1)) }

    /// Tokens [B, H·W, C] as [B, C, H, W] in channels-last format: a view.
    func image(height: Int, width: Int) -> Tensor {
        reshaped(size(0), height, width, size(2)).permuted(0, 3, 1, 2)
    }
}

// Weights may be stored in another type than is computed in; they are converted where they are used.
extension Conv2d {
    /// The convolution of kernel 1 of pixels as tokens [B, N, C].
    func applied(toTokens x: Tensor) -> Tensor {
        x.linear(
            weight.reshaped(weight.size(0), weight.size(1)).converted(to: x.dtype),
            bias: bias?.converted(to: x.dtype), inference: isForInference)
    }
}

extension GroupNorm {
    func applied(to x: Tensor) -> Tensor {
        x.groupNorm(
            groups, weight: weight?.converted(to: x.dtype), bias: bias?.converted(to: x.dtype),
            epsilon: epsilon)
    }
}

extension LayerNorm {
    func applied(to x: Tensor) -> Tensor {
        x.layerNorm(
            shape, weight: weight?.converted(to: x.dtype), bias: bias?.converted(to: x.dtype),
            epsilon: epsilon)
    }
}
