import Torch

/// The architecture of a `UNet2DCondition`, as diffusers' `UNet2DConditionModel` is configured.
///
/// Honoured is what Stable Diffusion 1.x and 2.x and the models of their kind set; the other switches
/// of diffusers' class are refused by name where they are not at the value that changes nothing.
public struct UNetConfiguration: Equatable, Sendable {
    /// What a class number adds to the time step's embedding.
    public enum ClassEmbedding: Equatable, Sendable {
        /// A row of a table for each of so many classes (`num_class_embeds`), such as the noise level
        /// of Stable Diffusion's upscaler.
        case table(Int)
        /// An embedding like that of the time step (`class_embed_type` "timestep").
        case timestep
    }

    /// One resolution.
    public struct Block: Equatable, Sendable {
        public var channels: Int
        /// How many residual blocks on the way down; on the way up it is one more.
        public var layers = 2
        /// Whether transformers follow the residual blocks on the way down.
        public var attendsDown = true
        /// Whether transformers follow the residual blocks on the way up.
        public var attendsUp = true
        /// How many heads an attention has, which diffusers calls `attention_head_dim`.
        public var heads = 8
        /// The channels of the text's tokens.
        public var context = 768
        /// How many layers a transformer has.
        public var transformerLayers = 1
        /// The first attention of a transformer layer goes to the text, too.
        public var onlyCrossAttention = false

        public init(channels: Int) { self.channels = channels }
    }

    public var inputs = 4
    public var outputs = 4
    /// The size of the latent image that it was trained for.
    public var sampleSize: Int?
    /// From the finest resolution to the coarsest.
    public var blocks: [Block]
    public var hasMiddle = true
    public var groups = 32
    public var epsilon = 1e-5
    public var dropout = 0.0
    public var linearProjection = false
    public var timeInfluence = ResidualBlock2D.TimeInfluence.shift
    public var classEmbedding: ClassEmbedding?
    /// Cosines before sines in the time step's sinusoids (`flip_sin_to_cos`).
    public var cosinesFirst = true
    /// `freq_shift` of the sinusoids.
    public var frequencyShift = 0.0
    /// The length of the time step's embedding; four times the first channels unless given.
    public var timeLength: Int?
    /// The input goes from 0…1 to −1…1 first.
    public var centersInput = false
    public var downsamplingPadding = 1
    /// What residual sums of the middle are divided by.
    public var middleDivisor = 1.0
    public var inputKernel = 3
    public var outputKernel = 3

    public init(blocks: [Block]) { self.blocks = blocks }

    /// That of Stable Diffusion 1.x and of LDM3D: 859 520 964 parameters.
    public static var stableDiffusion1: UNetConfiguration {
        var blocks = [320, 640, 1280, 1280].map(Block.init(channels:))
        blocks[3].attendsDown = false
        blocks[3].attendsUp = false
        var configuration = UNetConfiguration(blocks: blocks)
        configuration.sampleSize = 64
        return configuration
    }
}

// MARK: diffusers' config.json

extension UNetConfiguration {
    /// The classes in `_class_name` that are understood.
    public static let classes = ["UNet2DConditionModel"]

    /// Reads diffusers' configuration.
    ///
    /// - Throws: `DiffusionError.setting` for what cannot be honoured, `.unknownSettings` for keys
    ///   of which nothing is known.
    public init(_ file: Configuration) throws(DiffusionError) {
        try Self.refuseOthers(file)
        let down = try file.texts(
            "down_block_types", Array(repeating: "CrossAttnDownBlock2D", count: 3) + ["DownBlock2D"]
        )
        let up = try file.texts(
            "up_block_types", ["UpBlock2D"] + Array(repeating: "CrossAttnUpBlock2D", count: 3))
        let channels = try file.integers(
            "block_out_channels", [320, 640, 1280, 1280], in: 1...65536)
        let count = channels.count
        guard 1...16 ~= count, down.count == count, up.count == count else {
            throw file.refused(
                "block_out_channels", .list(channels.map(JSONValue.integer)),
                "one number for each of the \(down.count) down and \(up.count) up blocks")
        }
        let layers = try file.integers("layers_per_block", 2, count: count, in: 1...64)
        let heads = try file.integers("attention_head_dim", 8, count: count, in: 1...65536)
        let context = try file.integers("cross_attention_dim", 1280, count: count, in: 1...65536)
        let transformers = try file.integers(
            "transformer_layers_per_block", 1, count: count, in: 1...128)
        let crossOnly = try Self.switches(file, "only_cross_attention", count: count)
        groups = try file.integer("norm_num_groups", 32, in: 1...65536)

        blocks = []
        for i in 0..<count {
            var block = Block(channels: channels[i])
            block.layers = layers[i]
            block.attendsDown = try Self.attends(
                file, "down_block_types", down[i], ["DownBlock2D", "CrossAttnDownBlock2D"])
            block.attendsUp = try Self.attends(
                file, "up_block_types", up[count - 1 - i], ["UpBlock2D", "CrossAttnUpBlock2D"])
            (block.heads, block.context) = (heads[i], context[i])
            (block.transformerLayers, block.onlyCrossAttention) = (transformers[i], crossOnly[i])
            for (key, divisor) in [("norm_num_groups", groups), ("attention_head_dim", heads[i])]
            where channels[i] % divisor != 0 {
                throw file.refused(key, .integer(divisor), "a divisor of \(channels[i]) channels")
            }
            blocks.append(block)
        }
        inputs = try file.integer("in_channels", 4, in: 1...1024)
        outputs = try file.integer("out_channels", 4, in: 1...1024)
        hasMiddle = !file.isNull("mid_block_type")
        epsilon = try file.number("norm_eps", 1e-5)
        dropout = try file.number("dropout", 0)
        linearProjection = try file.boolean("use_linear_projection", false)
        let influence = try file.text("resnet_time_scale_shift", "default")
        guard let timeInfluence = ResidualBlock2D.TimeInfluence(rawValue: influence) else {
            throw file.refused(
                "resnet_time_scale_shift", .text(influence), "\"default\" or \"scale_shift\"")
        }
        self.timeInfluence = timeInfluence
        cosinesFirst = try file.boolean("flip_sin_to_cos", true)
        frequencyShift = try file.number("freq_shift", 0)
        if file.sets("time_embedding_dim") {
            timeLength = try file.integer("time_embedding_dim", in: 1...1_000_000)
        }
        centersInput = try file.boolean("center_input_sample", false)
        downsamplingPadding = try file.integer("downsample_padding", 1, in: 0...1)
        middleDivisor = try file.number("mid_block_scale_factor", 1)
        inputKernel = try Self.kernel(file, "conv_in_kernel")
        outputKernel = try Self.kernel(file, "conv_out_kernel")
        if case .list(let sides)? = file.value("sample_size") {
            sampleSize = try file.integers("sample_size", count: sides.count).max()
        } else if file.sets("sample_size") {
            sampleSize = try file.integer("sample_size")
        }
        try readClassEmbedding(file)
        try file.finish()
    }

    private static let middle = "UNetMidBlock2DCrossAttn"

    private mutating func readClassEmbedding(_ file: Configuration) throws(DiffusionError) {
        try file.expect("class_embed_type", .text("timestep"))
        if file.sets("class_embed_type") {
            _ = file.value("num_class_embeds")
            classEmbedding = .timestep
        } else if file.sets("num_class_embeds") {
            classEmbedding = .table(try file.integer("num_class_embeds", in: 1...1_000_000))
        }
    }

    /// Refuses what no Stable Diffusion of version 1 or 2 sets.
    private static func refuseOthers(_ file: Configuration) throws(DiffusionError) {
        for key in [
            "encoder_hid_dim", "encoder_hid_dim_type", "num_attention_heads",
            "addition_embed_type", "addition_time_embed_dim", "time_embedding_act_fn",
            "timestep_post_act", "time_cond_proj_dim", "projection_class_embeddings_input_dim",
            "cross_attention_norm", "reverse_transformer_layers_per_block",
        ] { try file.expect(key) }
        for key in [
            "dual_cross_attention", "resnet_skip_time_act", "class_embeddings_concat",
            "mid_block_only_cross_attention",
        ] { try file.expect(key, .boolean(false)) }
        try file.expect("act_fn", .text("silu"), .text("swish"))
        try file.expect("mid_block_type", .text(middle))
        try file.expect("time_embedding_type", .text("positional"))
        try file.expect("attention_type", .text("default"))
        try file.expect("resnet_out_scale_factor", .integer(1))
        // Of no account here: scores are float32 in any case, and there is no "text" embedding.
        _ = try file.boolean("upcast_attention", false)
        _ = file.value("addition_embed_type_num_heads")
    }

    /// A truth value for each block: a list, or one for all.
    private static func switches(
        _ file: Configuration, _ key: String, count: Int
    ) throws(DiffusionError) -> [Bool] {
        guard case .list(let items)? = file.value(key) else {
            return Array(repeating: try file.boolean(key, false), count: count)
        }
        let values = items.compactMap { if case .boolean(let value) = $0 { value } else { nil } }
        guard values.count == count, items.count == count else {
            throw file.refused(key, .list(items), "true or false for each of the \(count) blocks")
        }
        return values
    }

    /// Whether a block is the second of two types.
    private static func attends(
        _ file: Configuration, _ key: String, _ type: String, _ types: [String]
    ) throws(DiffusionError) -> Bool {
        guard let index = types.firstIndex(of: type) else {
            throw file.refused(key, .text(type), types.joined(separator: " and "))
        }
        return index == 1
    }

    private static func kernel(_ file: Configuration, _ key: String) throws(DiffusionError) -> Int {
        let size = try file.integer(key, 3, in: 1...31)
        guard size % 2 == 1 else { throw file.refused(key, .integer(size), "an odd number") }
        return size
    }
}
