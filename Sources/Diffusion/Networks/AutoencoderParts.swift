import Torch

/// The residual blocks of one resolution and the change to the next (diffusers' `DownEncoderBlock2D`
/// and `UpDecoderBlock2D`).
private final class AutoencoderBlock: Module {
    enum Resampling { case none, down, up }

    private let residuals: [ResidualBlock2D]
    private let downsampling: Downsampling2D?
    private let upsampling: Upsampling2D?

    init(
        _ inputs: Int, _ outputs: Int, layers: Int, groups: Int, _ resampling: Resampling,
        using generator: RandomGenerator?
    ) {
        residuals = (0..<layers).map {
            ResidualBlock2D(
                $0 == 0 ? inputs : outputs, outputs, time: nil, groups: groups, epsilon: 1e-6,
                using: generator)
        }
        downsampling =
            resampling == .down ? Downsampling2D(outputs, padding: 0, using: generator) : nil
        upsampling = resampling == .up ? Upsampling2D(outputs, using: generator) : nil
    }

    var members: ModuleMembers {
        [
            "resnets": .modules(residuals),
            "downsamplers": .modules(downsampling.map { [$0] } ?? []),
            "upsamplers": .modules(upsampling.map { [$0] } ?? []),
        ]
    }

    func callAsFunction(_ x: consuming Tensor) -> Tensor {
        for residual in residuals { x = residual(x) }
        if let downsampling { x = downsampling(x) }
        if let upsampling { x = upsampling(x) }
        return x
    }
}

/// The coarsest resolution: a residual block, perhaps attention, a residual block (diffusers'
/// `UNetMidBlock2D`).
private final class AutoencoderMiddle: Module {
    private let first: ResidualBlock2D
    private let attention: AutoencoderAttention?
    private let second: ResidualBlock2D

    init(_ configuration: AutoencoderConfiguration, using generator: RandomGenerator?) {
        let (channels, groups) = (configuration.channels.last!, configuration.groups)
        func residual() -> ResidualBlock2D {
            ResidualBlock2D(
                channels, channels, time: nil, groups: groups, epsilon: 1e-6, using: generator)
        }
        first = residual()
        attention =
            configuration.attends
            ? AutoencoderAttention(channels, groups: groups, using: generator) : nil
        second = residual()
    }

    var members: ModuleMembers {
        [
            "attentions": .modules(attention.map { [$0] } ?? []),
            "resnets": .modules([first, second]),
        ]
    }

    func callAsFunction(_ x: consuming Tensor) -> Tensor {
        x = first(x)
        if let attention { x = attention(x) }
        return second(x)
    }
}

/// One half of an autoencoder: blocks of several resolutions between two convolutions (diffusers'
/// `Encoder` and `Decoder`).
final class AutoencoderHalf: Module {
    /// While gradients are recorded, activations within a block are computed again in the backward
    /// pass.
    var checkpointsActivations = false

    private let isEncoder: Bool
    private let input: Conv2d
    private let blocks: [AutoencoderBlock]
    private let middle: AutoencoderMiddle
    private let outputNorm: GroupNorm
    private let output: Conv2d

    /// From images to the moments of latents, two for each.
    convenience init(
        encoder configuration: AutoencoderConfiguration, using generator: RandomGenerator?
    ) {
        let channels = configuration.channels
        let blocks = channels.indices.map { i in
            AutoencoderBlock(
                channels[max(i - 1, 0)], channels[i], layers: configuration.layers,
                groups: configuration.groups, i == channels.count - 1 ? .none : .down,
                using: generator)
        }
        self.init(
            configuration, blocks, isEncoder: true, inputs: configuration.inputs,
            first: channels[0], last: channels.last!, outputs: 2 * configuration.latents,
            using: generator)
    }

    /// From latents to images.
    convenience init(
        decoder configuration: AutoencoderConfiguration, using generator: RandomGenerator?
    ) {
        let channels = configuration.channels
        let blocks = channels.indices.reversed().map { i in
            AutoencoderBlock(
                channels[min(i + 1, channels.count - 1)], channels[i],
                layers: configuration.layers + 1, groups: configuration.groups,
                i == 0 ? .none : .up, using: generator)
        }
        self.init(
            configuration, blocks, isEncoder: false, inputs: configuration.latents,
            first: channels.last!, last: channels[0], outputs: configuration.outputs,
            using: generator)
    }

    private init(
        _ configuration: AutoencoderConfiguration, _ blocks: [AutoencoderBlock], isEncoder: Bool,
        inputs: Int, first: Int, last: Int, outputs: Int, using generator: RandomGenerator?
    ) {
        self.isEncoder = isEncoder
        self.blocks = blocks
        input = Conv2d(inputs, first, kernel: 3, padding: 1, using: generator)
        middle = AutoencoderMiddle(configuration, using: generator)
        outputNorm = GroupNorm(configuration.groups, last, epsilon: 1e-6)
        output = Conv2d(last, outputs, kernel: 3, padding: 1, using: generator)
    }

    var members: ModuleMembers {
        [
            "conv_in": .module(input), (isEncoder ? "down_blocks" : "up_blocks"): .modules(blocks),
            "mid_block": .module(middle), "conv_norm_out": .module(outputNorm),
            "conv_out": .module(output),
        ]
    }

    func callAsFunction(_ x: consuming Tensor) -> Tensor {
        x = input(x.channelsLast())
        if !isEncoder { x = step(middle, x) { [middle] in middle($0) } }
        for block in blocks { x = step(block, x) { block($0) } }
        if isEncoder { x = step(middle, x) { [middle] in middle($0) } }
        x = outputNorm.applied(to: x).activated()
        return output(x)
    }

    private func step(
        _ module: any Module, _ x: consuming Tensor, _ body: @escaping (consuming Tensor) -> Tensor
    ) -> Tensor {
        guard checkpointsActivations, isGradEnabled else { return body(x) }
        return checkpointed([x], parameters: module.parameters) { body($0[0]) }
    }
}
