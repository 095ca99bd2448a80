import Torch

/// Two convolutions of kernel 3 with group normalisations and SiLU before them, around a residual
/// (diffusers' `ResnetBlock2D`), told the time step in between where it has one.
public final class ResidualBlock2D: Module {
    /// How the time step enters.
    public enum TimeInfluence: String, Sendable {
        /// It is added to the features.
        case shift = "default"
        /// It scales and shifts the normalised features.
        case scaleAndShift = "scale_shift"
    }

    private let norm1: GroupNorm
    private let conv1: Conv2d
    private let timeProjection: Linear?
    private let norm2: GroupNorm
    private let dropout: Dropout?
    private let conv2: Conv2d
    private let shortcut: Conv2d?
    private let influence: TimeInfluence
    private let scale: Double

    /// - Parameters:
    ///   - time: the length of the time step's embedding; nil for a block that knows no time.
    ///   - outputDivisor: what the sum with the residual is divided by.
    public init(
        _ inputs: Int, _ outputs: Int, time: Int?, groups: Int, epsilon: Double,
        influence: TimeInfluence = .shift, dropout: Double = 0, outputDivisor: Double = 1,
        using generator: RandomGenerator? = nil
    ) {
        norm1 = GroupNorm(groups, inputs, epsilon: epsilon)
        conv1 = Conv2d(inputs, outputs, kernel: 3, padding: 1, using: generator)
        timeProjection = time.map {
            Linear($0, influence == .shift ? outputs : 2 * outputs, using: generator)
        }
        norm2 = GroupNorm(groups, outputs, epsilon: epsilon)
        self.dropout = dropout > 0 ? Dropout(dropout) : nil
        conv2 = Conv2d(outputs, outputs, kernel: 3, padding: 1, using: generator)
        shortcut = inputs == outputs ? nil : Conv2d(inputs, outputs, kernel: 1, using: generator)
        self.influence = influence
        scale = 1 / outputDivisor
    }

    public var members: ModuleMembers {
        [
            "norm1": .module(norm1), "conv1": .module(conv1),
            "time_emb_proj": .module(timeProjection), "norm2": .module(norm2),
            "dropout": .module(dropout), "conv2": .module(conv2),
            "conv_shortcut": .module(shortcut),
        ]
    }

    /// [B, inputs, H, W] to [B, outputs, H, W]. Differentiable.
    ///
    /// - Parameter time: the embedding [B, length] after its SiLU.
    public func callAsFunction(_ x: Tensor, time: Tensor? = nil) -> Tensor {
        var h = conv1(norm1.applied(to: x).activated())
        let timeStep = timeProjection.map { layer in
            layer(time!).unsqueezed(2).unsqueezed(3)
        }
        switch (timeStep, influence) {
        case (nil, _): h = norm2.applied(to: h)
        case (let shift?, .shift): h = norm2.applied(to: h.adding(shift))
        case (let parts?, .scaleAndShift):
            let halves = parts.chunked(2, 1)
            h = norm2.applied(to: h).multiplied(by: halves[0] + 1).adding(halves[1])
        }
        h = h.activated()
        if let dropout { h = dropout(h) }
        h = conv2(h)
        // The pixels' own convolution is that of tokens, whose product needs no other layout.
        let residual =
            shortcut.map {
                $0.applied(toTokens: x.tokens).image(height: x.size(2), width: x.size(3))
            } ?? x
        return h.adding(residual).multiplied(by: scale)
    }
}
