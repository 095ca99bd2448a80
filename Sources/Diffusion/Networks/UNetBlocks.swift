import Torch

/// What all blocks of a U-Net are told.
struct UNetSignals {
    /// The time step's embedding [B, length] after its SiLU.
    let time: Tensor
    /// The text's tokens [B, N, context].
    let context: Tensor
    /// Whether activations within a layer are computed again in the backward pass.
    let checkpoints: Bool
    /// Whether mapped weights are given back as soon as a layer has used them.
    let releases: Bool
}

extension UNetSignals {
    /// Gives back the mapped weights of modules that are done, where that is wanted and nothing is
    /// recorded.
    func release(_ modules: [(any Module)?]) {
        guard releases, !isGradEnabled else { return }
        for module in modules { module?.releaseMappedMemory() }
    }
}

/// A residual block and the transformer after it, if there is one.
struct UNetLayer {
    let residual: ResidualBlock2D
    let transformer: Transformer2D?

    init(
        _ inputs: Int, _ block: UNetConfiguration.Block, attends: Bool,
        _ configuration: UNetConfiguration, using generator: RandomGenerator?
    ) {
        residual = ResidualBlock2D(
            inputs, block.channels, time: configuration.timeWidth, groups: configuration.groups,
            epsilon: configuration.epsilon, influence: configuration.timeInfluence,
            dropout: configuration.dropout, using: generator)
        transformer =
            attends
            ? Transformer2D(
                block.channels, context: block.context, heads: block.heads,
                layers: block.transformerLayers, groups: configuration.groups,
                linearProjection: configuration.linearProjection,
                onlyCrossAttention: block.onlyCrossAttention, using: generator) : nil
    }

    func callAsFunction(_ x: Tensor, _ signals: UNetSignals) -> Tensor {
        let (residual, transformer) = (residual, transformer)
        func layer(_ x: Tensor, _ time: Tensor, _ context: Tensor) -> Tensor {
            let h = residual(x, time: time)
            return transformer.map { $0(h, context: context) } ?? h
        }
        guard signals.checkpoints, isGradEnabled else {
            defer { signals.release([residual, transformer]) }
            return layer(x, signals.time, signals.context)
        }
        return checkpointed(
            [x, signals.time, signals.context],
            parameters: residual.parameters + (transformer?.parameters ?? [])
        ) { layer($0[0], $0[1], $0[2]) }
    }
}

extension [UNetLayer] {
    /// The members of a block: its transformers and its residual blocks.
    var members: ModuleMembers {
        ["attentions": .modules(compactMap(\.transformer)), "resnets": .modules(map(\.residual))]
    }
}

/// One resolution on the way down (diffusers' `CrossAttnDownBlock2D` and `DownBlock2D`).
final class UNetDownBlock: Module {
    private let layers: [UNetLayer]
    private let downsampling: Downsampling2D?

    init(
        _ inputs: Int, _ block: UNetConfiguration.Block, isLast: Bool,
        _ configuration: UNetConfiguration, using generator: RandomGenerator?
    ) {
        layers = (0..<block.layers).map {
            UNetLayer(
                $0 == 0 ? inputs : block.channels, block, attends: block.attendsDown,
                configuration, using: generator)
        }
        downsampling =
            isLast
            ? nil
            : Downsampling2D(
                block.channels, padding: configuration.downsamplingPadding, using: generator)
    }

    var members: ModuleMembers {
        layers.members + ["downsamplers": .modules(downsampling.map { [$0] } ?? [])]
    }

    /// Adds the results of each layer to the skip connections; the last one is the block's.
    func callAsFunction(_ skips: inout [Tensor], _ signals: UNetSignals) {
        for layer in layers { skips.append(layer(skips.last!, signals)) }
        if let downsampling { skips.append(downsampling(skips.last!)) }
        signals.release([downsampling])
    }
}

/// The coarsest resolution: a residual block, a transformer, a residual block (diffusers'
/// `UNetMidBlock2DCrossAttn`).
final class UNetMiddleBlock: Module {
    private let first: ResidualBlock2D
    private let transformer: Transformer2D
    private let second: ResidualBlock2D

    init(_ configuration: UNetConfiguration, using generator: RandomGenerator?) {
        let block = configuration.blocks.last!
        func residual() -> ResidualBlock2D {
            ResidualBlock2D(
                block.channels, block.channels, time: configuration.timeWidth,
                groups: configuration.groups, epsilon: configuration.epsilon,
                influence: configuration.timeInfluence, dropout: configuration.dropout,
                outputDivisor: configuration.middleDivisor, using: generator)
        }
        first = residual()
        transformer = Transformer2D(
            block.channels, context: block.context, heads: block.heads,
            layers: block.transformerLayers, groups: configuration.groups,
            linearProjection: configuration.linearProjection, using: generator)
        second = residual()
    }

    var members: ModuleMembers {
        ["attentions": .modules([transformer]), "resnets": .modules([first, second])]
    }

    func callAsFunction(_ x: Tensor, _ signals: UNetSignals) -> Tensor {
        let (first, transformer, second) = (first, transformer, second)
        func block(_ x: Tensor, _ time: Tensor, _ context: Tensor) -> Tensor {
            second(transformer(first(x, time: time), context: context), time: time)
        }
        guard signals.checkpoints, isGradEnabled else {
            defer { signals.release([self]) }
            return block(x, signals.time, signals.context)
        }
        return checkpointed([x, signals.time, signals.context], parameters: parameters) {
            block($0[0], $0[1], $0[2])
        }
    }
}

/// One resolution on the way up, each layer with a skip connection from the way down (diffusers'
/// `CrossAttnUpBlock2D` and `UpBlock2D`).
final class UNetUpBlock: Module {
    private let layers: [UNetLayer]
    private let upsampling: Upsampling2D?

    /// - Parameters:
    ///   - inputs: the channels that come from below.
    ///   - next: the channels of the next finer resolution on the way down, whose last skip comes
    ///     here.
    init(
        _ inputs: Int, _ block: UNetConfiguration.Block, next: Int, isLast: Bool,
        _ configuration: UNetConfiguration, using generator: RandomGenerator?
    ) {
        layers = (0...block.layers).map {
            UNetLayer(
                ($0 == 0 ? inputs : block.channels) + ($0 == block.layers ? next : block.channels),
                block, attends: block.attendsUp, configuration, using: generator)
        }
        upsampling = isLast ? nil : Upsampling2D(block.channels, using: generator)
    }

    var members: ModuleMembers {
        layers.members + ["upsamplers": .modules(upsampling.map { [$0] } ?? [])]
    }

    /// Takes its skip connections from the end of the list, and lets them go.
    func callAsFunction(
        _ x: consuming Tensor, _ skips: inout [Tensor], _ signals: UNetSignals
    ) -> Tensor {
        for layer in layers {
            x = .cat([x, skips.removeLast()], 1)
            x = layer(x, signals)
        }
        guard let upsampling else { return x }
        // The size of the next skip connection: not always twice this one's.
        let size = skips.last!.shape.suffix(2)
        defer { signals.release([upsampling]) }
        return upsampling(x, size: Size2(size[2], size[3]))
    }
}
