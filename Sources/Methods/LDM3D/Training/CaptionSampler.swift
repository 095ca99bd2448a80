import Diffusion
import Torch

/// Makes pictures of many captions at once, to see and to measure what was learned.
struct CaptionSampler {
    let unet: UNet2DCondition
    let decoder: AutoencoderKL
    let encoder: CLIPTextEncoder
    let tokenizer: BytePairTokenizer
    var guidance = Guidance(scale: 3)

    /// - Parameters:
    ///   - seed: of the noise that sampling begins with.
    ///   - steps: of DDIM.
    /// - Returns: [B, 4, H, W], about −1…1.
    /// - Throws: `DiffusionError` where the steps are too many.
    func images(of captions: [String], seed: UInt64, steps: Int) throws -> Tensor {
        try noGrad {
            let scheduler = try LDM3DTrainingOptions.scheduler.scheduler(steps: steps)
            let prompts = captions.map { tokenizer.prompt($0) }
            let empty = captions.map { _ in tokenizer.prompt("") }
            let text = try encoder.encode(empty + prompts)
            let side = unet.configuration.sampleSize!
            var sample = Tensor.normal(
                [captions.count, unet.configuration.inputs, side, side],
                using: RandomGenerator(seed: seed))
            for timestep in scheduler.timesteps {
                let found = unet(
                    .cat([sample, sample]), timestep: Tensor([Float(timestep)]), text: text
                ).chunked(2, 0)
                sample = scheduler.step(
                    prediction: guidance.combined(unconditioned: found[0], conditioned: found[1]),
                    timestep: timestep, sample: sample, generator: nil)
            }
            return decoder.decode(sample)
        }
    }
}
