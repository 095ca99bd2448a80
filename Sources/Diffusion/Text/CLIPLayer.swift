import Torch

/// What stands between the two linear layers of a feed-forward part (`hidden_act`).
public enum CLIPActivation: String, Sendable, CaseIterable {
    /// x·sigmoid(1.702·x), as OpenAI's models have it.
    case quickGELU = "quick_gelu"
    /// x·Φ(x), as those of Stable Diffusion 2.
    case gelu
}

/// One layer of a text or image encoder: attention and a feed-forward part, each after a layer
/// normalisation and around a residual (transformers' `CLIPEncoderLayer`).
final class CLIPLayer: Module {
    private let norms: [LayerNorm]
    private let query, key, value, output: Linear
    private let first, second: Linear
    private let heads: Int
    private let activation: CLIPActivation
    private let isCausal: Bool

    /// - Parameters:
    ///   - inner: channels within the feed-forward part.
    ///   - isCausal: each token attends to itself and those before it only.
    init(
        channels: Int, inner: Int, heads: Int, activation: CLIPActivation, epsilon: Double,
        isCausal: Bool
    ) {
        func projection() -> Linear { Linear(channels, channels) }
        (query, key, value, output) = (projection(), projection(), projection(), projection())
        (first, second) = (Linear(channels, inner), Linear(inner, channels))
        norms = (0..<2).map { _ in LayerNorm(channels, epsilon: epsilon) }
        (self.heads, self.activation, self.isCausal) = (heads, activation, isCausal)
    }

    var members: ModuleMembers {
        [
            "self_attn.k_proj": .module(key), "self_attn.v_proj": .module(value),
            "self_attn.q_proj": .module(query), "self_attn.out_proj": .module(output),
            "layer_norm1": .module(norms[0]), "mlp.fc1": .module(first),
            "mlp.fc2": .module(second), "layer_norm2": .module(norms[1]),
        ]
    }

    /// [B, N, channels] to the same; the tokens' values are lost where no history is recorded.
    func callAsFunction(_ tokens: consuming Tensor) -> Tensor {
        tokens = tokens.adding(attention(norms[0].applied(to: tokens)))
        let hidden = activated(first(norms[1].applied(to: tokens)))
        return tokens.adding(second(hidden))
    }

    private func attention(_ x: Tensor) -> Tensor {
        func split(_ layer: Linear) -> Tensor {
            layer(x)
                .reshaped(x.size(0), x.size(1), heads, x.size(2) / heads).transposed(1, 2)
        }
        let attended = Tensor.scaledDotProductAttention(
            query: split(query), key: split(key), value: split(value), causal: isCausal)
        return output(attended.transposed(1, 2).flattened(2))
    }

    private func activated(_ x: consuming Tensor) -> Tensor {
        switch activation {
        case .quickGELU: return x * (x * 1.702).sigmoid()
        case .gelu: return x.gaussianActivated()
        }
    }
}
