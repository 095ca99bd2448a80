extension AutoencoderConfiguration {
    /// The configuration as diffusers reads it.
    public var values: [String: JSONValue] {
        func types(_ type: String) -> JSONValue {
            .list(Array(repeating: .text(type), count: channels.count))
        }
        return [
            "_class_name": .text(Self.classes[0]), "in_channels": .integer(inputs),
            "out_channels": .integer(outputs), "latent_channels": .integer(latents),
            "down_block_types": types("DownEncoderBlock2D"),
            "up_block_types": types("UpDecoderBlock2D"),
            "block_out_channels": .list(channels.map(JSONValue.integer)),
            "layers_per_block": .integer(layers), "norm_num_groups": .integer(groups),
            "sample_size": .integer(sampleSize), "scaling_factor": .number(scale),
            "shift_factor": shift == 0 ? .null : .number(shift),
            "force_upcast": .boolean(needsFullPrecision),
            "use_quant_conv": .boolean(hasEncoderProjection),
            "use_post_quant_conv": .boolean(hasDecoderProjection),
            "mid_block_add_attention": .boolean(attends), "act_fn": .text("silu"),
        ]
    }
}
