import Torch

/// The architecture of a `CLIPTextEncoder`, as transformers' `CLIPTextConfig` describes it.
public struct CLIPTextConfiguration: Equatable, Sendable {
    /// How many tokens there are.
    public var vocabularyCount = 49408
    public var channels = 512
    /// The channels within the feed-forward parts.
    public var inner = 2048
    public var layers = 12
    public var heads = 8
    /// The most tokens that a text may have.
    public var length = 77
    public var activation = CLIPActivation.quickGELU
    public var epsilon = 1e-5
    /// The token that ends a text and gathers what it says. 2 stands for the greatest number of the
    /// text, whichever it is: so older files have it.
    public var end = 49407
    /// The channels of the projection of that token, in models that have one.
    public var projection: Int?
    /// What initial values are multiplied by.
    public var initialFactor = 1.0

    public init() {}

    /// That of Stable Diffusion 1.x: CLIP ViT-L/14's, 123 060 480 parameters.
    public static var stableDiffusion1: CLIPTextConfiguration {
        var configuration = CLIPTextConfiguration()
        (configuration.channels, configuration.inner, configuration.heads) = (768, 3072, 12)
        return configuration
    }
}

// MARK: transformers' config.json

extension CLIPTextConfiguration {
    private static let projecting = "CLIPTextModelWithProjection"
    /// The classes in `architectures` that are understood.
    public static let classes = ["CLIPTextModel", projecting]

    /// Reads transformers' configuration.
    ///
    /// - Throws: `DiffusionError.setting` for what cannot be honoured, `.unknownSettings` for keys
    ///   of which nothing is known.
    public init(_ file: Configuration) throws(DiffusionError) {
        try file.expect("model_type", .text("clip_text_model"))
        vocabularyCount = try file.integer("vocab_size", 49408, in: 1...10_000_000)
        channels = try file.integer("hidden_size", 512, in: 1...65536)
        inner = try file.integer("intermediate_size", 2048, in: 1...1_000_000)
        layers = try file.integer("num_hidden_layers", 12, in: 1...1000)
        heads = try file.integer("num_attention_heads", 8, in: 1...65536)
        guard channels % heads == 0 else {
            throw file.refused(
                "num_attention_heads", .integer(heads), "a divisor of \(channels) channels")
        }
        length = try file.integer("max_position_embeddings", 77, in: 1...1_000_000)
        activation = try file.choice("hidden_act", .quickGELU)
        epsilon = try file.number("layer_norm_eps", 1e-5)
        end = try file.integer("eos_token_id", 49407, in: 0...10_000_000)
        initialFactor = try file.number("initializer_factor", 1)
        let projection = try file.integer("projection_dim", 512, in: 0...65536)
        if try file.texts("architectures", []).contains(Self.projecting) {
            self.projection = projection
        }
        for key in ["attention_dropout", "dropout", "chunk_size_feed_forward"] {
            try file.expect(key, .integer(0))
        }
        try file.expect("use_attention_mask", .boolean(false))
        try file.finishTransformers()
    }

    /// The configuration as transformers reads it.
    public var values: [String: JSONValue] {
        [
            "architectures": .list([.text(Self.classes[projection == nil ? 0 : 1])]),
            "model_type": .text("clip_text_model"), "vocab_size": .integer(vocabularyCount),
            "hidden_size": .integer(channels), "intermediate_size": .integer(inner),
            "num_hidden_layers": .integer(layers), "num_attention_heads": .integer(heads),
            "max_position_embeddings": .integer(length), "hidden_act": .text(activation.rawValue),
            "layer_norm_eps": .number(epsilon), "eos_token_id": .integer(end),
            "projection_dim": .integer(projection ?? channels),
            "initializer_factor": .number(initialFactor),
        ]
    }
}
