import Torch

extension Tensor {
    /// max(x, 0) of a tensor that nobody else uses: in its place where no gradient is recorded, because
    /// fresh memory costs more than the arithmetic.
    func rectified() -> Tensor {
        guard !requiresGrad else { return relu() }
        reluInPlace()
        return self
    }
}
