import Torch

/// The architecture of a `CLIPVisionEncoder`, as transformers' `CLIPVisionConfig` describes it; the
/// standard values are those of ViT-B/32.
public struct CLIPVisionConfiguration: Equatable, Sendable {
    public var channels = 768
    /// The channels within the feed-forward parts.
    public var inner = 3072
    public var layers = 12
    public var heads = 12
    /// Width and height of the images, in pixels.
    public var imageSize = 224
    /// Width and height of a patch, in pixels.
    public var patchSize = 32
    public var activation = CLIPActivation.quickGELU
    public var epsilon = 1e-5

    public init() {}

    /// How many patches an image has.
    public var patchCount: Int { (imageSize / patchSize) * (imageSize / patchSize) }

    /// Reads transformers' configuration.
    ///
    /// - Throws: `DiffusionError.setting` for what cannot be honoured, `.unknownSettings` for keys of
    ///   which nothing is known.
    public init(_ file: Configuration) throws(DiffusionError) {
        try file.expect("model_type", .text("clip_vision_model"))
        channels = try file.integer("hidden_size", 768, in: 1...65536)
        inner = try file.integer("intermediate_size", 3072, in: 1...1_000_000)
        layers = try file.integer("num_hidden_layers", 12, in: 1...1000)
        heads = try file.integer("num_attention_heads", 12, in: 1...65536)
        guard channels % heads == 0 else {
            throw file.refused(
                "num_attention_heads", .integer(heads), "a divisor of \(channels) channels")
        }
        imageSize = try file.integer("image_size", 224, in: 1...16384)
        patchSize = try file.integer("patch_size", 32, in: 1...imageSize)
        activation = try file.choice("hidden_act", .quickGELU)
        epsilon = try file.number("layer_norm_eps", 1e-5)
        try file.expect("num_channels", .integer(3))
        for key in ["attention_dropout", "dropout"] { try file.expect(key, .integer(0)) }
        // That of the whole model counts.
        _ = file.value("projection_dim")
        try file.finishTransformers()
    }
}
