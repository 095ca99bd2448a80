import Torch

/// The network that sees: a transformer over an image's patches and one token more, which gathers what
/// the image shows (Dosovitskiy et al. 2021, as Radford et al., arXiv 2103.00020, use it; transformers'
/// `CLIPVisionModelWithProjection`, under whose names the weights are).
public final class CLIPVisionEncoder: Module {
    public let configuration: CLIPVisionConfiguration
    private let whole: Tensor
    private let patches: Conv2d
    private let positions: Embedding
    private let layers: [CLIPLayer]
    private let norms: (before: LayerNorm, after: LayerNorm)
    private let projection: Linear

    /// An encoder ready for use, whose weights stay where they are and of the type they have.
    ///
    /// - Parameter projection: channels of the space that images and texts share.
    /// - Throws: `CheckpointError` where the weights are those of another network.
    init(
        _ configuration: CLIPVisionConfiguration, projection: Int, weights: StateDictionary
    ) throws(CheckpointError) {
        self.configuration = configuration
        let (channels, epsilon) = (configuration.channels, configuration.epsilon)
        whole = Tensor.zeros([channels])
        (patches, positions, layers, self.projection) = withoutInitialValues {
            (
                Conv2d(
                    3, channels, kernel: Size2(configuration.patchSize, configuration.patchSize),
                    stride: Size2(configuration.patchSize, configuration.patchSize), bias: false),
                Embedding(configuration.patchCount + 1, channels),
                (0..<configuration.layers).map { _ in
                    CLIPLayer(
                        channels: channels, inner: configuration.inner,
                        heads: configuration.heads, activation: configuration.activation,
                        epsilon: epsilon, isCausal: false)
                },
                Linear(channels, projection, bias: false)
            )
        }
        norms = (LayerNorm(channels, epsilon: epsilon), LayerNorm(channels, epsilon: epsilon))
        var kept = weights
        // The list of positions that versions before 4.31 stored.
        kept["vision_model.embeddings.position_ids"] = nil
        try adopt(kept)
        setTraining(false)
        setTrainable(false)
    }

    public var members: ModuleMembers {
        [
            "vision_model.embeddings.class_embedding": .parameter(whole),
            "vision_model.embeddings.patch_embedding": .module(patches),
            "vision_model.embeddings.position_embedding": .module(positions),
            // Spelt so.
            "vision_model.pre_layrnorm": .module(norms.before),
            "vision_model.encoder.layers": .modules(layers),
            "vision_model.post_layernorm": .module(norms.after),
            "visual_projection": .module(projection),
        ]
    }

    /// What images show, token by token. Differentiable; computed in the type of `pixels`.
    ///
    /// - Parameter pixels: [B, 3, `imageSize`, `imageSize`] as `CLIPImageProcessor` gives them.
    /// - Returns: [B, 1 + patches, channels], the token of the whole image first, before the last
    ///   normalisation.
    public func encode(_ pixels: Tensor) -> Tensor {
        let size = configuration.imageSize
        precondition(pixels.size(2) == size && pixels.size(3) == size, "images of \(size) pixels")
        let tokens = patches(pixels).flattened(2).transposed(1, 2)
        let first = whole.converted(to: pixels.dtype).reshaped(1, 1, -1)
            .expanded(pixels.size(0), -1, -1)
        var states = norms.before.applied(
            to: Tensor.cat([first, tokens], 1)
                .adding(positions.weight.converted(to: pixels.dtype)))
        for layer in layers { states = layer(states) }
        return states
    }

    /// What images show, in the space that images and texts share: [B, projection]. Differentiable.
    ///
    /// - Parameter pixels: As for `encode`.
    public func callAsFunction(_ pixels: Tensor) -> Tensor {
        projection(norms.after.applied(to: encode(pixels).select(1, 0)))
    }
}
