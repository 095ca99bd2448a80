import Torch

/// Two linear layers with a gate of Gaussian error linear units between (Shazeer, arXiv 2002.05202,
/// "GEGLU"): (xV + b)·gelu(xW + c), then back to the tokens' channels (diffusers' `FeedForward`).
final class GatedFeedForward: Module {
    /// The layer whose first half of outputs is V's and whose second half is W's.
    private final class Gate: Module {
        let projection: Linear

        init(_ projection: Linear) { self.projection = projection }

        var members: ModuleMembers { ["proj": .module(projection)] }
    }

    private let gate: Gate
    private let output: Linear
    private let inner: Int

    init(_ channels: Int, using generator: RandomGenerator?) {
        inner = 4 * channels
        gate = Gate(Linear(channels, 2 * inner, using: generator))
        output = Linear(inner, channels, using: generator)
    }

    var members: ModuleMembers {
        // Number 1 is a dropout that diffusers never uses here.
        ["net": .modules([gate, Dropout(0), output])]
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        // The halves apart: each result lies without gaps, and the gate's goes as soon as it is used.
        let hidden = half(0, x).multiplied(by: half(inner, x).gaussianActivated())
        return output(hidden)
    }

    private func half(_ start: Int, _ x: Tensor) -> Tensor {
        let layer = gate.projection
        return x.linear(
            layer.weight.narrow(0, start, inner).converted(to: x.dtype),
            bias: layer.bias?.narrow(0, start, inner).converted(to: x.dtype))
    }
}
