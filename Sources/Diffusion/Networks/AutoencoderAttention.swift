import Torch

/// Attention of all pixels to each other, around a residual, with one head (diffusers' `Attention` as
/// it is in autoencoders).
final class AutoencoderAttention: Module {
    private let norm: GroupNorm
    private let attention: Attention

    init(_ channels: Int, groups: Int, using generator: RandomGenerator?) {
        norm = GroupNorm(groups, channels, epsilon: 1e-6)
        attention = Attention(channels, heads: 1, bias: true, using: generator)
    }

    var members: ModuleMembers { ["group_norm": .module(norm)] + attention.members }

    func callAsFunction(_ x: Tensor) -> Tensor {
        attention(norm.applied(to: x).tokens).adding(x.tokens)
            .image(height: x.size(2), width: x.size(3))
    }

    /// The names that diffusers gave the layers before version 0.13, and today's.
    private static let formerNames = [
        "query": "to_q", "key": "to_k", "value": "to_v", "proj_attn": "to_out.0",
    ]

    /// Weights under today's names; those of convolutions of kernel 1, as some files have, as
    /// matrices.
    static func renamed(_ state: StateDictionary) -> StateDictionary {
        var result = StateDictionary(source: state.source)
        for (name, tensor) in state.tensors {
            var parts = name.split(separator: ".").map(String.init)
            guard let index = parts.firstIndex(of: "attentions"), parts.count > index + 2 else {
                result[name] = tensor
                continue
            }
            if let today = formerNames[parts[index + 2]] { parts[index + 2] = today }
            let isKernelOfOne =
                tensor.dimensions == 4 && tensor.size(2) == 1 && tensor.size(3) == 1
            result[parts.joined(separator: ".")] =
                isKernelOfOne ? tensor.reshaped(tensor.size(0), tensor.size(1)) : tensor
        }
        return result
    }
}
