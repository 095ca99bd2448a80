import CTorch
import Spatial

extension Tensor {
    /// softmax(q·kᵀ·scale + mask)·v over the last two dimensions, of [B, heads, L, d]. Differentiable.
    ///
    /// - Parameters:
    ///   - mask: true where attention is allowed, or what to add to the scores; [L, S] or with more
    ///     dimensions in front.
    ///   - causal: each query sees only keys up to its own place.
    ///   - scale: 1/√d unless given.
    public static func scaledDotProductAttention(
        query: Tensor, key: Tensor, value: Tensor, mask: Tensor? = nil, causal: Bool = false,
        scale: Double? = nil
    ) -> Tensor {
        if mask == nil, !causal,
            let result = bfloat16Attention(query: query, key: key, value: value, scale: scale)
        {
            return result
        }
        return call("scaled_dot_product_attention", query, key, value, mask, 0.0, causal, scale)
    }

    /// The same in half of the time, with scores in float32 as torch has them; nil where tensors or
    /// processor are not made for it.
    private static func bfloat16Attention(
        query: Tensor, key: Tensor, value: Tensor, scale: Double?
    ) -> Tensor? {
        let tensors = [query, key, value]
        guard tensors.allSatisfy({ $0.dtype == .bfloat16 && $0.device == .cpu }),
            tensors.allSatisfy({ $0.dimensions == 4 && $0.count > 0 && $0.strides[3] == 1 }),
            !isGradEnabled || !tensors.contains(where: \.requiresGrad),
            ctorch_has_bfloat16_attention()
        else { return nil }
        let (queries, keys) = (query.shape, key.shape)
        guard keys == value.shape, queries[..<2] == keys[..<2], queries[3] == keys[3],
            queries[3] % 2 == 0
        else { return nil }
        // Heads side by side, as the layer that comes after wants them.
        let output = call(
            "empty.memory_format", [queries[0], queries[2], queries[1], queries[3]],
            DType.bfloat16
        ).transposed(1, 2)
        let factor = scale ?? 1 / Double(queries[3]).squareRoot()
        let blocks = Int(ctorch_attention_blocks(query.handle))
        // Runs of blocks, since each thread prepares keys and values for its own.
        let runs = Swift.min(Threads.count, blocks)
        parallelFor(runs) { run, _ in
            require(
                ctorch_attend(
                    query.handle, key.handle, value.handle, factor, output.handle,
                    Int64(blocks * run / runs), Int64(blocks * (run + 1) / runs)))
        }
        return output
    }
}
