import Torch

/// The network that predicts the noise in a latent image under the guidance of a text: residual blocks
/// and transformers at several resolutions, with skip connections (Rombach et al., arXiv 2112.10752;
/// diffusers' `UNet2DConditionModel`, under whose names the weights are).
public final class UNet2DCondition: Module {
    public let configuration: UNetConfiguration
    /// While gradients are recorded, activations within a layer are not kept but computed again in
    /// the backward pass.
    public var checkpointsActivations = false
    /// While no gradients are recorded, mapped weights are given back as soon as a layer has used them:
    /// the process then never holds all of them, and reads them anew for each prediction, from the
    /// system's cache where memory suffices. What was changed in them in place is lost.
    public var releasesWeights = false

    private let input: Conv2d
    private let timeEmbedding: TimestepEmbedding
    private let classTable: Embedding?
    private let classEmbedding: TimestepEmbedding?
    private let down: [UNetDownBlock]
    private let middle: UNetMiddleBlock?
    private let up: [UNetUpBlock]
    private let outputNorm: GroupNorm
    private let output: Conv2d

    /// A network of random weights.
    public init(_ configuration: UNetConfiguration, using generator: RandomGenerator? = nil) {
        self.configuration = configuration
        let blocks = configuration.blocks
        let (first, time) = (blocks[0].channels, configuration.timeWidth)
        input = Conv2d(
            configuration.inputs, first, kernel: Size2(configuration.inputKernel),
            padding: Size2(configuration.inputKernel / 2), using: generator)
        timeEmbedding = TimestepEmbedding(first, time, using: generator)
        switch configuration.classEmbedding {
        case .table(let count):
            classTable = Embedding(count, time, using: generator)
            classEmbedding = nil
        case .timestep:
            classTable = nil
            classEmbedding = TimestepEmbedding(first, time, using: generator)
        case nil: (classTable, classEmbedding) = (nil, nil)
        }
        down = blocks.enumerated().map { i, block in
            UNetDownBlock(
                blocks[max(i - 1, 0)].channels, block, isLast: i == blocks.count - 1,
                configuration, using: generator)
        }
        middle =
            configuration.hasMiddle ? UNetMiddleBlock(configuration, using: generator) : nil
        up = blocks.indices.reversed().map { i in
            UNetUpBlock(
                blocks[min(i + 1, blocks.count - 1)].channels, blocks[i],
                next: blocks[max(i - 1, 0)].channels, isLast: i == 0, configuration,
                using: generator)
        }
        outputNorm = GroupNorm(configuration.groups, first, epsilon: configuration.epsilon)
        output = Conv2d(
            first, configuration.outputs, kernel: Size2(configuration.outputKernel),
            padding: Size2(configuration.outputKernel / 2), using: generator)
    }

    /// The network of a folder, ready for use: its weights are mapped, of the type they are stored in.
    /// Kernels of convolutions, which the processor reads in another order, are copied when they are
    /// first used (see `Conv2d.isForInference`).
    ///
    /// - Parameter dtype: the type to convert the other weights to, which takes memory.
    /// - Throws: `DiffusionError`, `MediaError` or `CheckpointError` where the folder does not hold
    ///   such a network.
    public static func load(
        _ folder: ModelFolder, as dtype: DType? = nil
    ) throws -> UNet2DCondition {
        let configuration = try UNetConfiguration(
            folder.configuration(of: UNetConfiguration.classes))
        var weights = try folder.weights()
        if let dtype {
            weights = weights.converted(to: dtype) { !($0.dimensions == 4 && $0.size(3) > 1) }
        }
        let network = withoutInitialValues { UNet2DCondition(configuration) }
        try network.adopt(weights)
        network.prepareForInference()
        return network
    }

    public var members: ModuleMembers {
        [
            "conv_in": .module(input), "time_embedding": .module(timeEmbedding),
            "class_embedding": .module(classTable ?? classEmbedding),
            "down_blocks": .modules(down), "up_blocks": .modules(up),
            "mid_block": .module(middle), "conv_norm_out": .module(outputNorm),
            "conv_out": .module(output),
        ]
    }

    /// The prediction for a noisy latent image. Differentiable.
    ///
    /// Computed in the type of `sample`, whatever the weights are stored in.
    ///
    /// - Parameters:
    ///   - sample: [B, inputs, H, W] of a floating-point type.
    ///   - timestep: [B], or [1] for all.
    ///   - text: the text's tokens [B, N, context].
    ///   - classes: [B], for networks with a class embedding, or [1] for all.
    /// - Returns: [B, outputs, H, W].
    public func callAsFunction(
        _ sample: Tensor, timestep: Tensor, text: Tensor, classes: Tensor? = nil
    ) -> Tensor {
        let dtype = sample.dtype
        let signals = UNetSignals(
            time: embedding(timestep, classes, batch: sample.size(0), dtype: dtype),
            context: text.converted(to: dtype), checkpoints: checkpointsActivations,
            releases: releasesWeights)
        let x = configuration.centersInput ? sample * 2 - 1 : sample
        var skips = [input(x.channelsLast())]
        for block in down { block(&skips, signals) }
        var h = skips.last!
        if let middle { h = middle(h, signals) }
        for block in up { h = block(h, &skips, signals) }
        h = outputNorm.applied(to: h).activated()
        return output(h).contiguous()
    }

    /// The embedding of time step and class, after its SiLU: [B, length].
    private func embedding(
        _ timestep: Tensor, _ classes: Tensor?, batch: Int, dtype: DType
    ) -> Tensor {
        var embedding = timeEmbedding(sinusoids(timestep, batch, dtype))
        if let classEmbedding {
            embedding = embedding + classEmbedding(sinusoids(classes!, batch, dtype))
        } else if let classTable {
            embedding =
                embedding + classTable(classes!.reshaped(-1).expanded(batch)).converted(to: dtype)
        }
        return embedding.silu()
    }

    private func sinusoids(_ steps: Tensor, _ batch: Int, _ dtype: DType) -> Tensor {
        TimestepEmbedding.sinusoids(
            steps.reshaped(-1).expanded(batch), length: configuration.blocks[0].channels,
            cosinesFirst: configuration.cosinesFirst, shift: configuration.frequencyShift
        ).converted(to: dtype)
    }
}

extension UNetConfiguration {
    /// The length of the time step's embedding.
    var timeWidth: Int { timeLength ?? 4 * blocks[0].channels }
}
