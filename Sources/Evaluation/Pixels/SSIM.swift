import Spatial

/// Structural similarity (Wang et al. 2004): an 11×11 Gaussian window of σ = 1.5, K₁ = 0.01,
/// K₂ = 0.03, for a dynamic range of 1.
public enum SSIM {
    /// Whose figures: what is done at the border, which is all that tells them apart.
    public enum Variant: Sendable {
        /// scikit-image's `structural_similarity(gaussian_weights=True, sigma=1.5,
        /// use_sample_covariance=False)`: the image mirrored about its edges; five pixels at the border do
        /// not count where there is no mask.
        case scikitImage
        /// torchmetrics' `structural_similarity_index_measure`: the image mirrored about its outermost
        /// pixels; all count.
        case torchmetrics
    }

    /// The mean of the similarity map over all channels of the pixels where `mask` exceeds ½; without
    /// one, over those that the variant counts.
    ///
    /// - Parameters:
    ///   - image: H×W, any number of channels, 0…1.
    ///   - reference: the same size.
    ///   - mask: one channel of the same size; nil is the full image.
    /// - Returns: −1…1, 1 where the images are equal; NaN where no pixel counts.
    public static func evaluate(
        _ image: Image, _ reference: Image, mask: Image? = nil, variant: Variant = .scikitImage
    ) -> Double {
        requireSameSize(image, reference, mask)
        let means =
            switch variant {
            case .scikitImage:
                StructuralMeans(
                    image, reference, border: .mirroredEdges,
                    inset: mask == nil ? StructuralWindow.reach : 0, mask: mask)
            case .torchmetrics:
                StructuralMeans(image, reference, border: .mirroredPixels, mask: mask)
            }
        return means.similarity
    }
}
