import Torch

/// Transformer layers over the pixels of an image that attend to each other and to a text
/// (diffusers' `Transformer2DModel` with continuous input).
public final class Transformer2D: Module {
    private let norm: GroupNorm
    private let input: any Module
    private let blocks: [TransformerBlock]
    private let output: any Module

    /// - Parameters:
    ///   - context: the channels of the text's tokens.
    ///   - layers: how many transformer layers.
    ///   - linearProjection: whether the projections before and after are stored as linear layers, as
    ///     in Stable Diffusion 2, or as convolutions of kernel 1, as in 1.
    ///   - onlyCrossAttention: the first attention of each layer goes to the text, too.
    public init(
        _ channels: Int, context: Int, heads: Int, layers: Int = 1, groups: Int,
        linearProjection: Bool, onlyCrossAttention: Bool = false,
        using generator: RandomGenerator? = nil
    ) {
        func projection() -> any Module {
            linearProjection
                ? Linear(channels, channels, using: generator)
                : Conv2d(channels, channels, kernel: 1, using: generator)
        }
        norm = GroupNorm(groups, channels, epsilon: 1e-6)
        input = projection()
        blocks = (0..<layers).map { _ in
            TransformerBlock(
                channels, context: context, heads: heads, onlyCrossAttention: onlyCrossAttention,
                using: generator)
        }
        output = projection()
    }

    public var members: ModuleMembers {
        [
            "norm": .module(norm), "proj_in": .module(input),
            "transformer_blocks": .modules(blocks), "proj_out": .module(output),
        ]
    }

    /// An image [B, channels, H, W] and a text [B, N, context] to an image. Differentiable.
    public func callAsFunction(_ x: Tensor, context: Tensor) -> Tensor {
        var tokens = project(norm.applied(to: x).tokens, by: input)
        for block in blocks { tokens = block(tokens, context: context) }
        return project(tokens, by: output).adding(x.tokens)
            .image(height: x.size(2), width: x.size(3))
    }

    private func project(_ tokens: Tensor, by layer: any Module) -> Tensor {
        switch layer {
        case let layer as Conv2d: layer.applied(toTokens: tokens)
        case let layer as Linear: layer(tokens)
        default: preconditionFailure("there are two kinds of projection")
        }
    }
}

/// One layer: self-attention, cross-attention and a feed-forward part, each after a layer
/// normalisation and around a residual (diffusers' `BasicTransformerBlock`).
final class TransformerBlock: Module {
    private let norms: [LayerNorm]
    private let first: Attention
    private let second: Attention
    private let feedForward: GatedFeedForward
    private let onlyCrossAttention: Bool

    init(
        _ channels: Int, context: Int, heads: Int, onlyCrossAttention: Bool,
        using generator: RandomGenerator?
    ) {
        norms = (0..<3).map { _ in LayerNorm(channels) }
        first = Attention(
            channels, context: onlyCrossAttention ? context : nil, heads: heads, using: generator)
        second = Attention(channels, context: context, heads: heads, using: generator)
        feedForward = GatedFeedForward(channels, using: generator)
        self.onlyCrossAttention = onlyCrossAttention
    }

    var members: ModuleMembers {
        [
            "norm1": .module(norms[0]), "attn1": .module(first), "norm2": .module(norms[1]),
            "attn2": .module(second), "norm3": .module(norms[2]), "ff": .module(feedForward),
        ]
    }

    /// The tokens' values are lost where no history is recorded.
    func callAsFunction(_ tokens: consuming Tensor, context: Tensor) -> Tensor {
        tokens = tokens.adding(
            first(norms[0].applied(to: tokens), context: onlyCrossAttention ? context : nil))
        tokens = tokens.adding(second(norms[1].applied(to: tokens), context: context))
        return tokens.adding(feedForward(norms[2].applied(to: tokens)))
    }
}
