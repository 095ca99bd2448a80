extension UNetConfiguration {
    /// The configuration as diffusers reads it.
    public var values: [String: JSONValue] {
        func list<Value>(_ value: (Block) -> Value, _ json: (Value) -> JSONValue) -> JSONValue {
            .list(blocks.map { json(value($0)) })
        }
        func types(_ isAttending: [Bool], _ end: String) -> JSONValue {
            .list(isAttending.map { .text(($0 ? "CrossAttn" : "") + end) })
        }
        var values: [String: JSONValue] = [
            "_class_name": .text(Self.classes[0]), "in_channels": .integer(inputs),
            "out_channels": .integer(outputs),
            "down_block_types": types(blocks.map(\.attendsDown), "DownBlock2D"),
            "up_block_types": types(blocks.reversed().map(\.attendsUp), "UpBlock2D"),
            "mid_block_type": hasMiddle ? .text("UNetMidBlock2DCrossAttn") : .null,
            "block_out_channels": list(\.channels, JSONValue.integer),
            "layers_per_block": list(\.layers, JSONValue.integer),
            "attention_head_dim": list(\.heads, JSONValue.integer),
            "cross_attention_dim": list(\.context, JSONValue.integer),
            "transformer_layers_per_block": list(\.transformerLayers, JSONValue.integer),
            "only_cross_attention": list(\.onlyCrossAttention, JSONValue.boolean),
            "norm_num_groups": .integer(groups), "norm_eps": .number(epsilon),
            "dropout": .number(dropout), "use_linear_projection": .boolean(linearProjection),
            "resnet_time_scale_shift": .text(timeInfluence.rawValue),
            "flip_sin_to_cos": .boolean(cosinesFirst), "freq_shift": .number(frequencyShift),
            "center_input_sample": .boolean(centersInput),
            "downsample_padding": .integer(downsamplingPadding),
            "mid_block_scale_factor": .number(middleDivisor),
            "conv_in_kernel": .integer(inputKernel), "conv_out_kernel": .integer(outputKernel),
            "act_fn": .text("silu"),
        ]
        if let sampleSize { values["sample_size"] = .integer(sampleSize) }
        if let timeLength { values["time_embedding_dim"] = .integer(timeLength) }
        switch classEmbedding {
        case .table(let count): values["num_class_embeds"] = .integer(count)
        case .timestep: values["class_embed_type"] = .text("timestep")
        case nil: break
        }
        return values
    }
}
