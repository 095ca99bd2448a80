extension Tensor {
    /// The rotation matrices [..., 3, 3] of axis-angle vectors [..., 3] in radians (Rodrigues'
    /// formula); differentiable, at zero too.
    public func rotationMatrices() -> Tensor {
        let shape = self.shape
        let vectors = reshaped(-1, 3)
        let angle = (vectors.squared().sum(1, keepDim: true) + 1e-12).sqrt()
        let axis = vectors / angle
        let (x, y, z) = (axis.select(1, 0), axis.select(1, 1), axis.select(1, 2))
        let zero = x * 0
        let skew = Tensor.stack([zero, -z, y, z, zero, -x, -y, x, zero], 1).reshaped(-1, 3, 3)
        let a = angle.unsqueezed(2)
        return (Tensor.eye(3) + a.sin() * skew + (1 - a.cos()) * skew.matmul(skew))
            .reshaped(shape + [3])
    }

    /// Vectors [..., 3] turned by matrices [..., 3, 3], without a call for each small matrix.
    func turned(by matrices: Tensor) -> Tensor { (matrices * unsqueezed(-2)).sum(-1) }
}
