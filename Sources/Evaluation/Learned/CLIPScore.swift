import Diffusion
import Spatial
import Torch

/// How well a picture shows what a text says: a hundred times the cosine of CLIP's features of both
/// (Hessel et al. 2021, without their factor 2.5; as torchmetrics' `CLIPScore`).
///
/// A text that is too long keeps its beginning and its end token; torchmetrics loses the end token, and
/// with it what the text says.
public struct CLIPScore {
    public let model: CLIPModel

    public init(_ model: CLIPModel) { self.model = model }

    /// The score of one picture.
    ///
    /// - Parameter image: at least three channels in 0…1.
    /// - Returns: −100…100, some 20 to 35 for a good caption.
    /// - Throws: `DiffusionError` where the model's tokenizer is another model's.
    public func evaluate(_ image: Image, caption: String) throws -> Double {
        let (a, b) = (model.features(of: image), try model.features(of: caption))
        return noGrad { Double((a.normalized() * b.normalized()).sum().item()) * 100 }
    }

    /// The score of a set: the mean, not below 0.
    public static func mean(_ scores: [Double]) -> Double {
        max(scores.reduce(0, +) / Double(scores.count), 0)
    }
}
