import Torch

/// Attention of tokens to themselves or to those of a context, with several heads (diffusers'
/// `Attention`): softmax(QKᵀ/√d)·V, computed by torch's fused kernel, whose scores are float32 also
/// where tokens are not, and never all in memory.
public final class Attention: Module {
    let heads: Int
    let query: Linear
    let key: Linear
    let value: Linear
    let output: Linear

    /// - Parameters:
    ///   - channels: of the tokens; a multiple of `heads`.
    ///   - context: the channels of the context; those of the tokens for attention to themselves.
    ///   - bias: whether query, key and value have one; the output always has.
    public init(
        _ channels: Int, context: Int? = nil, heads: Int, bias: Bool = false,
        using generator: RandomGenerator? = nil
    ) {
        precondition(channels % heads == 0, "heads of the same size")
        self.heads = heads
        query = Linear(channels, channels, bias: bias, using: generator)
        key = Linear(context ?? channels, channels, bias: bias, using: generator)
        value = Linear(context ?? channels, channels, bias: bias, using: generator)
        output = Linear(channels, channels, using: generator)
    }

    public var members: ModuleMembers {
        [
            "to_q": .module(query), "to_k": .module(key), "to_v": .module(value),
            "to_out": .modules([output]),
        ]
    }

    /// Tokens [B, N, channels] and a context [B, M, context] to [B, N, channels]. Differentiable.
    public func callAsFunction(_ tokens: Tensor, context: Tensor? = nil) -> Tensor {
        let source = context ?? tokens
        let attended = Tensor.scaledDotProductAttention(
            query: split(query(tokens)), key: split(key(source)),
            value: split(value(source)))
        return output(attended.transposed(1, 2).flattened(2))
    }

    /// [B, N, heads·d] as [B, heads, N, d], a view.
    private func split(_ x: Tensor) -> Tensor {
        x.reshaped(x.size(0), x.size(1), heads, x.size(2) / heads).transposed(1, 2)
    }
}
