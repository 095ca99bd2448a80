import Torch

/// How much two batches of images differ in structure: 1 − SSIM (Wang et al. 2004) over square windows,
/// in every channel. Differentiable, in place of a perceptual network that would have to be fetched.
enum StructuralDissimilarity {
    /// - Parameters:
    ///   - a, b: [B, C, H, W] in −1…1.
    /// - Returns: the mean over windows and channels, of no dimensions.
    static func evaluate(_ a: Tensor, _ b: Tensor, window: Int = 7) -> Tensor {
        func blurred(_ x: Tensor) -> Tensor { x.avgPool2d(Size2(window), stride: 1) }
        let (meanA, meanB) = (blurred(a), blurred(b))
        let varianceA = blurred(a.squared()) - meanA.squared()
        let varianceB = blurred(b.squared()) - meanB.squared()
        let covariance = blurred(a * b) - meanA * meanB
        // The usual constants for a range of 2.
        let (c1, c2) = (4e-4, 3.6e-3)
        let similarity =
            (2 * meanA * meanB + c1) * (2 * covariance + c2)
            / ((meanA.squared() + meanB.squared() + c1) * (varianceA + varianceB + c2))
        return 1 - similarity.mean()
    }
}
