import Spatial
import Torch

/// Learned perceptual image patch similarity, version 0.1 (Zhang et al. 2018): weighted squared
/// differences of normalised features at the ends of a classifier's slices. Smaller is nearer.
///
/// Differentiable in both images, to be a loss too.
public final class LPIPS {
    public let features: ClassifierFeatures
    /// The weight of each channel of each slice [1, C, 1, 1].
    private let heads: [Tensor]
    private let shift = Tensor([-0.030, -0.088, -0.188] as [Float], shape: [1, 3, 1, 1])
    private let scale = Tensor([0.458, 0.448, 0.450] as [Float], shape: [1, 3, 1, 1])

    /// - Parameters:
    ///   - backbone: the classifier's weights as torchvision names them; more than the features may be
    ///     in it.
    ///   - heads: the learned weights as the `lpips` package names them, "lin0.model.1.weight" [1, C, 1, 1].
    /// - Throws: `CheckpointError` where tensors are missing or have other shapes.
    public init(
        _ architecture: ClassifierFeatures.Architecture, backbone: StateDictionary,
        heads: StateDictionary
    ) throws(CheckpointError) {
        features = ClassifierFeatures(architecture)
        var kept = backbone
        kept.tensors = backbone.tensors.filter { $0.key.hasPrefix("features.") }
        try features.adopt(kept, as: .float32)
        features.setTrainable(false)
        let weights = Heads(architecture.channels)
        try weights.adopt(heads, as: .float32)
        self.heads = weights.tensors
    }

    /// The distance of each pair of images [B, 3, H, W] in −1…1, as a tensor [B].
    public func callAsFunction(_ a: Tensor, _ b: Tensor) -> Tensor {
        let (featuresA, featuresB) = (
            features((a - shift) / scale), features((b - shift) / scale)
        )
        var sum: Tensor?
        for ((x, y), head) in zip(zip(featuresA, featuresB), heads) {
            let difference = Self.normalised(x) - Self.normalised(y)
            // Channels are weighted after the mean over pixels, of which there are many more.
            let distance = (difference.squared().mean(2, 3, keepDim: true) * head).sum(1, 2, 3)
            sum = sum.map { $0 + distance } ?? distance
        }
        return sum!
    }

    /// The distance of two images of three channels in 0…1.
    public func evaluate(_ image: Image, _ reference: Image) -> Double {
        requireSameSize(image, reference, nil)
        return noGrad {
            let (a, b) = (Tensor(batchOf: image), Tensor(batchOf: reference))
            return Double(self(a * 2 - 1, b * 2 - 1).item())
        }
    }

    private static func normalised(_ x: Tensor) -> Tensor {
        x / (x.norm(1, keepDim: true) + 1e-10)
    }
}

/// The learned weights, by their names.
private final class Heads: Module {
    let tensors: [Tensor]

    init(_ channels: [Int]) { tensors = channels.map { Tensor.zeros([1, $0, 1, 1]) } }

    var members: ModuleMembers {
        ModuleMembers(
            tensors.enumerated().map { ("lin\($0).model.1.weight", .parameter($1)) })
    }
}
