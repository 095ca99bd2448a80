import Torch

/// The network that reads a prompt: a transformer in which each token attends to itself and those
/// before it (Radford et al., arXiv 2103.00020; transformers' `CLIPTextModel` and, with a projection,
/// `CLIPTextModelWithProjection`, under whose names the weights are).
public final class CLIPTextEncoder: Module {
    public let configuration: CLIPTextConfiguration
    private let tokens: Embedding
    private let positions: Embedding
    private let layers: [CLIPLayer]
    private let norm: LayerNorm
    private let projection: Linear?

    /// An encoder of random weights, drawn as transformers draws them.
    public convenience init(
        _ configuration: CLIPTextConfiguration, using generator: RandomGenerator? = nil
    ) {
        self.init(withoutValues: configuration)
        drawInitialValues(using: generator)
    }

    private init(withoutValues configuration: CLIPTextConfiguration) {
        self.configuration = configuration
        let channels = configuration.channels
        (tokens, positions, layers, projection) = withoutInitialValues {
            (
                Embedding(configuration.vocabularyCount, channels),
                Embedding(configuration.length, channels),
                (0..<configuration.layers).map { _ in
                    CLIPLayer(
                        channels: channels, inner: configuration.inner,
                        heads: configuration.heads, activation: configuration.activation,
                        epsilon: configuration.epsilon, isCausal: true)
                },
                configuration.projection.map { Linear(channels, $0, bias: false) }
            )
        }
        norm = LayerNorm(channels, epsilon: configuration.epsilon)
    }

    /// The encoder of a folder, ready for use: its weights are mapped, of the type they are stored in.
    ///
    /// - Throws: `DiffusionError`, `MediaError` or `CheckpointError` where the folder does not hold
    ///   such a network.
    public static func load(_ folder: ModelFolder) throws -> CLIPTextEncoder {
        let configuration = try CLIPTextConfiguration(
            folder.configuration(of: CLIPTextConfiguration.classes))
        return try CLIPTextEncoder(configuration, weights: folder.weights(isTransformer: true))
    }

    /// An encoder ready for use, whose weights stay where they are and of the type they have.
    ///
    /// - Throws: `CheckpointError` where they are those of another network.
    convenience init(
        _ configuration: CLIPTextConfiguration, weights: StateDictionary
    ) throws(CheckpointError) {
        self.init(withoutValues: configuration)
        try adopt(Self.renamed(weights))
        setTraining(false)
        setTrainable(false)
    }

    public var members: ModuleMembers {
        [
            "text_model.embeddings.token_embedding": .module(tokens),
            "text_model.embeddings.position_embedding": .module(positions),
            "text_model.encoder.layers": .modules(layers),
            "text_model.final_layer_norm": .module(norm), "text_projection": .module(projection),
        ]
    }

    /// The tokens as a U-Net takes them. Differentiable.
    ///
    /// Computed in `dtype`, whatever the weights are stored in.
    ///
    /// - Parameters:
    ///   - tokens: `int64` [B, N] below `vocabularyCount`; N is at most `configuration.length`.
    ///   - skipped: how many of the last layers are left out; diffusers calls it `clip_skip`.
    /// - Returns: [B, N, channels], after the last normalisation.
    public func encode(
        _ tokens: Tensor, skipping skipped: Int = 0, dtype: DType = .float32
    ) -> Tensor {
        precondition(0...layers.count ~= skipped, "there are \(layers.count) layers")
        var states = self.tokens(tokens).converted(to: dtype)
            .adding(positions.weight.narrow(0, 0, tokens.size(1)).converted(to: dtype))
        for layer in layers.dropLast(skipped) { states = layer(states) }
        return norm.applied(to: states)
    }

    /// Prompts as a U-Net takes them: [B, N, channels].
    ///
    /// - Throws: `DiffusionError` where they come from a tokenizer of another model.
    public func encode(
        _ prompts: [TokenizedPrompt], skipping skipped: Int = 0, dtype: DType = .float32
    ) throws(DiffusionError) -> Tensor {
        let greatest = prompts.lazy.flatMap(\.ids).max() ?? 0
        guard greatest < configuration.vocabularyCount else {
            throw .input(
                name: "prompt", found: "made of tokens up to number \(greatest)",
                expected:
                    "a tokenizer of the text encoder's \(configuration.vocabularyCount) tokens")
        }
        let length = prompts.first?.ids.count ?? 0
        guard 1...configuration.length ~= length, prompts.allSatisfy({ $0.ids.count == length })
        else {
            throw .input(
                name: "prompt", found: "\(length) tokens long",
                expected: "a tokenizer of the text encoder's length \(configuration.length)")
        }
        return encode(.cat(prompts.map(\.tensor), 0), skipping: skipped, dtype: dtype)
    }

    /// What `states` that `encode` gave hold at the token that ends each text. Differentiable.
    ///
    /// - Parameters:
    ///   - states: [B, N, channels].
    ///   - tokens: `int64` [B, N] that they were made of.
    /// - Returns: [B, channels].
    public func pooled(_ states: Tensor, of tokens: Tensor) -> Tensor {
        // The first of equal ones counts; padding may be the same token.
        let scores =
            configuration.end == 2
            ? tokens : (tokens .== configuration.end).converted(to: .int32)
        let places = scores.argmax(1).reshaped(-1, 1, 1).expanded(-1, 1, states.size(2))
        return states.gather(1, places).squeezed(1)
    }

    /// What `pooled` gave, in the space that texts and images share: [B, channels] to [B, projection].
    /// Differentiable. Only of a model with a projection.
    public func projected(_ pooled: Tensor) -> Tensor { projection!(pooled) }
}

// MARK: Weights

extension CLIPTextEncoder {
    private static let prefix = "text_model."

    /// Weights under the names with "text_model." before them, which transformers 5 leaves out, and
    /// without the list of positions that versions before 4.31 stored.
    private static func renamed(_ weights: StateDictionary) -> StateDictionary {
        var result = StateDictionary(source: weights.source)
        for (name, tensor) in weights.tensors {
            let isNamedInFull = name.hasPrefix(prefix) || name.hasPrefix("text_projection.")
            result[isNamedInFull ? name : prefix + name] = tensor
        }
        result["\(prefix)embeddings.position_ids"] = nil
        return result
    }

    /// Values as `CLIPPreTrainedModel._init_weights` draws them: normal, narrower with more layers;
    /// biases are zero.
    private func drawInitialValues(using generator: RandomGenerator?) {
        let (channels, layerCount) = (Double(configuration.channels), Double(layers.count))
        let input = (channels * 2 * layerCount).squareRoot()
        for (name, tensor) in namedParameters {
            let part = name.split(separator: ".").dropLast().last ?? ""
            let deviation: Double
            switch part {
            case "token_embedding", "position_embedding": deviation = 0.02
            case "q_proj", "k_proj", "v_proj", "fc2": deviation = 1 / input
            case "out_proj", "text_projection": deviation = 1 / channels.squareRoot()
            case "fc1": deviation = 1 / (2 * channels).squareRoot()
            default: continue
            }
            tensor.setData(
                name.hasSuffix("bias")
                    ? .zeros(tensor.shape)
                    : .normal(
                        tensor.shape, standardDeviation: configuration.initialFactor * deviation,
                        using: generator))
        }
    }
}
