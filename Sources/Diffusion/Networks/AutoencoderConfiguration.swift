import Torch

/// The architecture of an `AutoencoderKL`, as diffusers' class of that name is configured.
public struct AutoencoderConfiguration: Equatable, Sendable {
    /// The channels of the images that go in: 3 for RGB, 4 or 6 with depth beside it.
    public var inputs = 3
    /// The channels of the images that come out.
    public var outputs = 3
    public var latents = 4
    /// The channels of each resolution, from the finest to the coarsest.
    public var channels: [Int]
    /// How many residual blocks a resolution has in the encoder; in the decoder it is one more.
    public var layers = 2
    public var groups = 32
    /// The size of the images that it was trained for, and of the tiles of tiled coding.
    public var sampleSize = 512
    /// What latents are multiplied by to have variance 1 (Rombach et al., arXiv 2112.10752, D.1).
    public var scale = 0.18215
    /// What is subtracted from latents before they are scaled.
    public var shift = 0.0
    /// Whether types narrower than float32 do not suffice (`force_upcast`).
    public var needsFullPrecision = true
    /// A convolution of kernel 1 after the encoder.
    public var hasEncoderProjection = true
    /// A convolution of kernel 1 before the decoder.
    public var hasDecoderProjection = true
    /// Attention among the pixels of the coarsest resolution.
    public var attends = true

    public init(channels: [Int]) { self.channels = channels }

    /// That of Stable Diffusion 1.x; LDM3D's has 6 or 4 channels in and out.
    public static var stableDiffusion1: AutoencoderConfiguration {
        AutoencoderConfiguration(channels: [128, 256, 512, 512])
    }

    /// How many pixels a latent's side stands for.
    public var factor: Int { 1 << (channels.count - 1) }
}

// MARK: diffusers' config.json

extension AutoencoderConfiguration {
    /// The classes in `_class_name` that are understood.
    public static let classes = ["AutoencoderKL"]

    /// Reads diffusers' configuration.
    ///
    /// - Throws: `DiffusionError.setting` for what cannot be honoured, `.unknownSettings` for keys
    ///   of which nothing is known.
    public init(_ file: Configuration) throws(DiffusionError) {
        let down = try file.texts("down_block_types", ["DownEncoderBlock2D"])
        let up = try file.texts("up_block_types", ["UpDecoderBlock2D"])
        for (key, types, type) in [
            ("down_block_types", down, "DownEncoderBlock2D"),
            ("up_block_types", up, "UpDecoderBlock2D"),
        ] {
            if let other = types.first(where: { $0 != type }) {
                throw file.refused(key, .text(other), type)
            }
        }
        channels = try file.integers("block_out_channels", [64], in: 1...65536)
        guard 1...16 ~= channels.count, down.count == channels.count, up.count == channels.count
        else {
            throw file.refused(
                "block_out_channels", .list(channels.map(JSONValue.integer)),
                "one number for each of the \(down.count) down and \(up.count) up blocks")
        }
        groups = try file.integer("norm_num_groups", 32, in: 1...65536)
        if let odd = channels.first(where: { $0 % groups != 0 }) {
            throw file.refused("norm_num_groups", .integer(groups), "a divisor of \(odd) channels")
        }
        inputs = try file.integer("in_channels", 3, in: 1...1024)
        outputs = try file.integer("out_channels", 3, in: 1...1024)
        latents = try file.integer("latent_channels", 4, in: 1...1024)
        layers = try file.integer("layers_per_block", 1, in: 1...64)
        if case .list(let sides)? = file.value("sample_size") {
            sampleSize = try file.integers("sample_size", 32, count: sides.count).max() ?? 32
        } else {
            sampleSize = try file.integer("sample_size", 32)
        }
        scale = try file.number("scaling_factor", 0.18215)
        guard scale != 0 else {
            throw file.refused("scaling_factor", .integer(0), "another number")
        }
        shift = try file.number("shift_factor", 0)
        needsFullPrecision = try file.boolean("force_upcast", true)
        hasEncoderProjection = try file.boolean("use_quant_conv", true)
        hasDecoderProjection = try file.boolean("use_post_quant_conv", true)
        attends = try file.boolean("mid_block_add_attention", true)
        try file.expect("act_fn", .text("silu"), .text("swish"))
        try file.expect("latents_mean")
        try file.expect("latents_std")
        try file.finish()
    }
}
