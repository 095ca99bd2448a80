import Diffusion
import Foundation
import Spatial
import Torch

/// The last stage: a U-Net learns to find the velocity (Salimans & Ho, arXiv 2202.00512, appendix D)
/// in noisy latents, told the caption.
final class DiffusionStage: TrainingStage {
    let unet: UNet2DCondition
    let encoder: CLIPTextEncoder
    /// What is sampled with, and shipped.
    let average: ExponentialAverage
    private let decoder: AutoencoderKL
    private let tokenizer: BytePairTokenizer
    private let latents: LatentSet
    private let tokens: Tensor
    private let emptyTokens: Tensor
    private let weights: Tensor
    private let options: LDM3DTrainingOptions
    private let optimizer: Adam
    private let trainsText: Bool
    private let previewCaptions: [String]
    private var order: ShuffledOrder
    private let generator = RandomGenerator(seed: 0)

    /// - Parameters:
    ///   - decoder: the autoencoder, with the scale that latents are to have.
    ///   - trainsText: whether the text encoder learns along.
    init(
        _ options: LDM3DTrainingOptions, examples: any RGBDExamples, latents: LatentSet,
        decoder: AutoencoderKL, encoder: CLIPTextEncoder, tokenizer: BytePairTokenizer,
        trainsText: Bool
    ) {
        (self.options, self.latents, self.decoder) = (options, latents, decoder)
        (self.encoder, self.tokenizer, self.trainsText) = (encoder, tokenizer, trainsText)
        generator.seed(SplitMix.mix(options.seed, 4))
        unet = UNet2DCondition(
            options.unetConfiguration(sampleSize: latents.means.size(3)), using: generator)
        unet.checkpointsActivations = options.checkpointsActivations
        order = ShuffledOrder(count: examples.count, seed: options.seed ^ 0xd1)
        let captions = (0..<examples.count).map(examples.caption)
        tokens = .cat(captions.map { tokenizer.prompt($0).tensor }, 0)
        emptyTokens = tokenizer.prompt("").tensor
        previewCaptions = Array(captions.prefix(8))
        let schedule = LDM3DTrainingOptions.schedule
        weights = Tensor(
            (0..<schedule.steps).map { step in
                let ratio = schedule.signalToNoise(at: step)
                // min(SNR, γ)/(SNR + 1) for the velocity (Hang et al., arXiv 2303.09556, section 3.4).
                return options.diffusion.minSNR > 0
                    ? Float(min(ratio, options.diffusion.minSNR) / (ratio + 1)) : 1
            })
        var named = unet.namedParameters.map { (name: "unet.\($0.name)", tensor: $0.tensor) }
        var groups = [
            ParameterGroup(
                unet.parameters, name: "unet", learningRate: options.diffusion.learningRate)
        ]
        if trainsText {
            named += encoder.namedParameters.map { ("text_encoder.\($0.name)", $0.tensor) }
            groups.append(
                ParameterGroup(
                    encoder.parameters, name: "text_encoder",
                    learningRate: options.diffusion.learningRate / 3))
        }
        average = ExponentialAverage(of: named, decay: options.diffusion.averageDecay)
        optimizer = Adam(groups, betas: (0.9, 0.99))
    }

    var name: String { "diffusion" }
    var steps: Int { options.diffusion.steps }

    func advance(_ step: Int) throws -> KeyValuePairs<String, Double> {
        let warmUp = options.diffusion.warmUp
        let schedule = LearningRateSchedule.cosine(steps: max(steps - warmUp, 1), end: 0.02)
            .warmedUp(warmUp, from: 0.05)
        optimizer.setLearningRates(schedule, step: step)
        optimizer.zeroGrad()
        var sum = 0.0
        for part in 0..<options.accumulation {
            let place = step * options.accumulation + part
            generator.seed(SplitMix.mix(options.seed ^ 0xdf, UInt64(place)))
            let loss = loss(order.batch(place, of: options.diffusion.batch))
            try (loss / Double(options.accumulation)).backward()
            sum += Double(loss.item()) / Double(options.accumulation)
        }
        GradientClipping.limitNorm(optimizer.groups.flatMap(\.parameters), to: 1)
        optimizer.step()
        average.update(after: step)
        return ["loss": sum]
    }

    private func loss(_ indices: [Int]) -> Tensor {
        let count = indices.count
        let schedule = LDM3DTrainingOptions.schedule
        let clean = decoder.scaled(latents.sample(indices, using: generator))
        let noise = Tensor.normal(clean.shape, using: generator)
        // A time out of each of equal parts: less noise in the loss than times out of the whole.
        let times =
            ((Tensor.arange(0, count) + Tensor.uniform([count], using: generator))
            * (Double(schedule.steps) / Double(count))).floor().clamped(
                min: 0, max: Double(schedule.steps - 1)
            ).converted(to: .int64)
        let isDropped =
            Tensor.uniform([count], using: generator)
            .< options.diffusion.promptDropping
        let prompts = Tensor.where(
            isDropped.unsqueezed(1), emptyTokens, tokens.indexSelect(0, Tensor(indices)))
        let dtype: DType = options.isMixedPrecision ? .bfloat16 : .float32
        let text =
            trainsText
            ? encoder.encode(prompts, dtype: dtype)
            : noGrad { encoder.encode(prompts, dtype: dtype) }
        let noisy = schedule.addNoise(clean, noise: noise, timesteps: times)
        let wanted = schedule.velocity(sample: clean, noise: noise, timesteps: times)
        let found = unet(noisy.converted(to: dtype), timestep: times, text: text)
            .converted(to: .float32)
        let errors = (found - wanted).squared().mean(1, 2, 3)
        return (errors * weights.indexSelect(0, times)).mean()
    }

    var state: StateDictionary {
        var state = unet.stateDictionary.addingPrefix("unet.")
        if trainsText {
            state = state.merging(encoder.stateDictionary.addingPrefix("text_encoder."))
        }
        return state.merging(average.stateDictionary.addingPrefix("average."))
            .merging(optimizer.state.addingPrefix("optimizer."))
    }

    func load(_ state: StateDictionary) throws {
        try unet.load(state.removingPrefix("unet."))
        if trainsText { try encoder.load(state.removingPrefix("text_encoder.")) }
        try average.load(state.removingPrefix("average."))
        try optimizer.load(state.removingPrefix("optimizer."))
    }

    /// Pictures of the first captions, from the same noise each time.
    func preview() throws -> Image? {
        try average.applied {
            let sampler = CaptionSampler(
                unet: unet, decoder: decoder, encoder: encoder, tokenizer: tokenizer)
            return .sheet(of: try sampler.images(of: previewCaptions, seed: 0, steps: 20))
        }
    }
}

extension LDM3DTrainingOptions {
    /// Stable Diffusion's noise.
    static let schedule = NoiseSchedule(.scaledLinear, from: 0.00085, to: 0.012)

    /// How models that were trained here are sampled with, unless one asks for something else.
    static let scheduler = SchedulerConfiguration(
        .ddim(.init(limit: .none, endsClean: false)), schedule: schedule, prediction: .velocity,
        spacing: .trailing)

    func unetConfiguration(sampleSize: Int) -> UNetConfiguration {
        var blocks = diffusion.channels.map(UNetConfiguration.Block.init(channels:))
        for i in blocks.indices {
            blocks[i].layers = diffusion.layers
            blocks[i].attendsDown = diffusion.attends[i]
            blocks[i].attendsUp = diffusion.attends[i]
            blocks[i].heads = diffusion.heads
            blocks[i].context = text.channels
        }
        var configuration = UNetConfiguration(blocks: blocks)
        (configuration.inputs, configuration.outputs) = (autoencoder.latents, autoencoder.latents)
        configuration.sampleSize = sampleSize
        configuration.groups = 8
        return configuration
    }

    func textConfiguration(_ vocabulary: BytePairVocabulary) -> CLIPTextConfiguration {
        var configuration = CLIPTextConfiguration()
        configuration.vocabularyCount = vocabulary.symbols.count
        configuration.end = vocabulary.endNumber
        configuration.channels = text.channels
        configuration.inner = 2 * text.channels
        configuration.layers = text.layers
        configuration.heads = text.heads
        configuration.length = text.length
        return configuration
    }
}
