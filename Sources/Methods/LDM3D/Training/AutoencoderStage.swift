import Diffusion
import Foundation
import Spatial
import Torch

/// The first stage (Stan et al., arXiv 2305.10853, section 3.2; Rombach et al., arXiv 2112.10752,
/// section 3.1): an autoencoder of colour and depth, by the mean absolute error, the dissimilarity of
/// structure, a discriminator of patches and a little of the divergence from the normal distribution.
final class AutoencoderStage: TrainingStage {
    let model: AutoencoderKL
    private let discriminator: PatchDiscriminator
    private let optimizer: Adam
    private let discriminatorOptimizer: Adam
    private let examples: any RGBDExamples
    private let options: LDM3DTrainingOptions
    /// Whether the encoder stays as it is.
    private let isDecoderOnly: Bool
    private var order: ShuffledOrder
    private let generator = RandomGenerator(seed: 0)

    /// The decoder of a trained autoencoder alone: latents stay what they are.
    init(
        refining model: AutoencoderKL, _ options: LDM3DTrainingOptions,
        examples: any RGBDExamples
    ) {
        (self.options, self.examples, self.model) = (options, examples, model)
        isDecoderOnly = true
        generator.seed(SplitMix.mix(options.seed, 5))
        model.checkpointsActivations = options.checkpointsActivations
        discriminator = PatchDiscriminator(channels: 4, using: generator)
        order = ShuffledOrder(count: examples.count, seed: options.seed ^ 0xdc)
        let rate = options.autoencoder.learningRate / 2
        let decoder = model.namedParameters.filter {
            $0.name.hasPrefix("decoder.") || $0.name.hasPrefix("post_quant_conv.")
        }.map(\.tensor)
        model.setTrainable(false)
        for parameter in decoder { parameter.requiringGrad() }
        optimizer = Adam(decoder, learningRate: rate, betas: (0.9, 0.99))
        discriminatorOptimizer = Adam(
            discriminator.parameters, learningRate: rate / 3, betas: (0.5, 0.99))
    }

    /// - Parameter initial: an autoencoder to begin with, of three or four channels in and out; its
    ///   first and last convolutions are widened where they have three. A fresh one, if nil.
    init(
        _ options: LDM3DTrainingOptions, examples: any RGBDExamples, initial: AutoencoderKL? = nil
    ) throws {
        (self.options, self.examples, isDecoderOnly) = (options, examples, false)
        generator.seed(SplitMix.mix(options.seed, 1))
        if let initial {
            model = try initial.widened(to: 4)
        } else {
            model = AutoencoderKL(options.autoencoderConfiguration, using: generator)
        }
        model.checkpointsActivations = options.checkpointsActivations
        discriminator = PatchDiscriminator(channels: 4, using: generator)
        order = ShuffledOrder(count: examples.count, seed: options.seed)
        let rate = options.autoencoder.learningRate
        optimizer = Adam(model.parameters, learningRate: rate, betas: (0.9, 0.99))
        discriminatorOptimizer = Adam(
            discriminator.parameters, learningRate: rate / 3, betas: (0.5, 0.99))
    }

    var name: String { isDecoderOnly ? "decoder" : "autoencoder" }
    var steps: Int {
        isDecoderOnly ? options.autoencoder.decoderSteps : options.autoencoder.steps
    }

    func advance(_ step: Int) throws -> KeyValuePairs<String, Double> {
        let settings = options.autoencoder
        let schedule = LearningRateSchedule.cosine(steps: max(steps - 100, 1), end: 0.02)
            .warmedUp(100, from: 0.1)
        optimizer.setLearningRates(schedule, step: step)
        let isAdversarial =
            settings.adversarialWeight > 0
            && Double(step) >= settings.adversarialStart * Double(steps)
        var sums = [0.0, 0.0, 0.0, 0.0]
        optimizer.zeroGrad()
        discriminatorOptimizer.zeroGrad()
        for part in 0..<options.accumulation {
            let place = step * options.accumulation + part
            let salt: UInt64 = isDecoderOnly ? 0xad : 0xae
            generator.seed(SplitMix.mix(options.seed ^ salt, UInt64(place)))
            let images = try examples.examples(order.batch(place, of: settings.batch)).tensor
            let losses = try pass(images, isAdversarial: isAdversarial)
            for (i, loss) in losses.enumerated() { sums[i] += loss / Double(options.accumulation) }
        }
        GradientClipping.limitNorm(optimizer.groups[0].parameters, to: 1)
        optimizer.step()
        if isAdversarial { discriminatorOptimizer.step() }
        return [
            "absolute": sums[0], "structural": sums[1], "divergence": sums[2],
            "discriminator": sums[3],
        ]
    }

    /// Adds the gradients of a batch; returns the parts of the loss.
    private func pass(_ images: Tensor, isAdversarial: Bool) throws -> [Double] {
        let settings = options.autoencoder
        let dtype: DType = options.isMixedPrecision ? .bfloat16 : .float32
        var posterior = model.posterior(of: images.converted(to: dtype))
        if options.isMixedPrecision {
            // Logarithms of variances ask for more digits, and noise is to be the same.
            let moments = [posterior.mean, posterior.logVariance].map { $0.converted(to: .float32) }
            posterior = LatentPosterior(moments: .cat(moments, 1))
        }
        let latents = posterior.sample(using: generator)
        let made = model.decode(model.scaled(latents).converted(to: dtype))
            .converted(to: .float32)
        let absolute = made.l1Loss(images)
        let structural = StructuralDissimilarity.evaluate(made, images)
        let divergence =
            posterior.divergence.mean() / Double(latents[0].count)
        var loss = absolute + settings.structuralWeight * structural
        loss = loss + settings.squaredWeight * made.mseLoss(images)
        loss = loss + settings.divergenceWeight * divergence
        if isAdversarial {
            discriminator.setTrainable(false)
            loss = loss - settings.adversarialWeight * discriminator(made).mean()
        }
        try (loss / Double(options.accumulation)).backward()
        var parts = [absolute, structural, divergence].map { Double($0.item()) }
        if isAdversarial {
            discriminator.setTrainable(true)
            let loss = discriminator.loss(real: images, made: made.detached())
            try (loss / Double(options.accumulation)).backward()
            parts.append(Double(loss.item()))
        } else {
            parts.append(0)
        }
        return parts
    }

    var state: StateDictionary {
        model.stateDictionary.addingPrefix("model.")
            .merging(discriminator.stateDictionary.addingPrefix("discriminator."))
            .merging(optimizer.state.addingPrefix("optimizer."))
            .merging(discriminatorOptimizer.state.addingPrefix("discriminator_optimizer."))
    }

    func load(_ state: StateDictionary) throws {
        try model.load(state.removingPrefix("model."))
        try discriminator.load(state.removingPrefix("discriminator."))
        try optimizer.load(state.removingPrefix("optimizer."))
        try discriminatorOptimizer.load(state.removingPrefix("discriminator_optimizer."))
    }

    /// Pictures and, below each, what is left of them.
    func preview() throws -> Image? {
        let count = min(8, examples.count)
        let images = try examples.examples(Array(0..<count)).tensor
        let made = noGrad { model.decode(model.scaled(model.posterior(of: images).mode)) }
        return .sheet(of: .cat([images, made]), columns: count)
    }
}

extension LDM3DTrainingOptions {
    /// The architecture of a fresh autoencoder.
    var autoencoderConfiguration: AutoencoderConfiguration {
        var configuration = AutoencoderConfiguration(channels: autoencoder.channels)
        (configuration.inputs, configuration.outputs) = (4, 4)
        configuration.latents = autoencoder.latents
        configuration.layers = autoencoder.layers
        configuration.groups = 8
        configuration.sampleSize = size
        configuration.attends = false
        return configuration
    }
}
