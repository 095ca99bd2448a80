// transformers writes what every model could have into the configuration of each.
extension Configuration {
    /// `finish`, after those keys of transformers' `PretrainedConfig` that change nothing of what an
    /// encoder computes.
    ///
    /// - Throws: `DiffusionError`, where one that would is set, or one that nobody knows.
    func finishTransformers() throws(DiffusionError) {
        for key in ["is_encoder_decoder", "is_decoder", "add_cross_attention"] {
            try expect(key, .boolean(false))
        }
        try expect("pruned_heads", .object([:]))
        try expect("chunk_size_feed_forward", .integer(0))
        for key in Self.keysOfNoAccount { _ = value(key) }
        try finish()
    }

    private static let keysOfNoAccount = [
        // How the file was written, and what Python returns.
        "architectures", "transformers_version", "torch_dtype", "dtype", "return_dict",
        "output_hidden_states", "output_attentions", "output_scores", "torchscript",
        "tf_legacy_loss",
        "use_bfloat16", "use_cache", "tokenizer_class", "task_specific_params", "finetuning_task",
        // Tokens, which the tokenizer knows.
        "bos_token_id", "eos_token_id", "pad_token_id", "sep_token_id", "prefix",
        // What is drawn at first, and what only training does.
        "initializer_range", "initializer_factor", "tie_word_embeddings", "tie_encoder_decoder",
        // Classes of classifiers.
        "id2label", "label2id", "problem_type",
        // How text is generated.
        "bad_words_ids", "begin_suppress_tokens", "cross_attention_hidden_size",
        "decoder_start_token_id", "diversity_penalty", "do_sample", "early_stopping",
        "encoder_no_repeat_ngram_size", "exponential_decay_length_penalty", "forced_bos_token_id",
        "forced_eos_token_id", "length_penalty", "max_length", "min_length", "no_repeat_ngram_size",
        "num_beam_groups", "num_beams", "num_return_sequences", "remove_invalid_values",
        "repetition_penalty", "return_dict_in_generate", "suppress_tokens", "temperature", "top_k",
        "top_p", "typical_p",
    ]
}
