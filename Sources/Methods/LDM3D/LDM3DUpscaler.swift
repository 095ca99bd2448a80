import Diffusion
import Foundation
import Torch

/// Makes pictures with depth larger, by diffusion that sees the small picture: Stable Diffusion's x4
/// upscaler, whose autoencoder may have depth beside the colours, and LDM3D-SR (Intel/ldm3d-sr).
///
/// ```swift
/// let upscaler = try LDM3DUpscaler(contentsOf: URL(fileURLWithPath: "ldm3d-sr"))
/// let large = try upscaler.upscale(picture, prompt: "a lighthouse at dusk").image
/// ```
public final class LDM3DUpscaler {
    /// How the network sees the small picture.
    enum Condition {
        /// Its pixels with some noise, one beside each latent (diffusers'
        /// `StableDiffusionUpscalePipeline`).
        case pixels(NoiseSchedule)
        /// Enlarged and encoded, its latents beside those of the result (diffusers' community
        /// pipeline `StableDiffusionUpscaleLDM3DPipeline`).
        case latents
    }

    /// What can be chosen for a run; the defaults are diffusers'.
    public struct Options {
        /// What is not to be in the picture.
        public var negativePrompt = ""
        /// Steps of the scheduler.
        public var steps = 75
        public var guidance = Guidance(scale: 9)
        /// The share of noise that DDIM adds at each step, 0…1.
        public var eta = 0.0
        /// How noisy the small picture is taken to be, in training steps: more leaves more to invention.
        public var noiseLevel = 20
        public var seed: UInt64 = 0
        /// Noise [1, latents, h, w] to begin with instead of the seed's, not scaled.
        public var latents: Tensor?

        public init() {}
    }

    public let tokenizer: BytePairTokenizer
    public let textEncoder: CLIPTextEncoder
    public let unet: UNet2DCondition
    public let autoencoder: AutoencoderKL
    /// How depth lies in the autoencoder's images; depth of other models is enlarged without them.
    public let packing: DepthPacking
    /// How to sample; may be changed between runs.
    public var scheduler: SchedulerConfiguration
    /// The type that the U-Net computes in.
    public let precision: DType
    /// How the autoencoder's work is divided where memory is scarce.
    public var tiling: Tiling?

    let condition: Condition
    /// The greatest noise level.
    let noiseLimit: Int
    /// What the diffusion's latents are multiplied by for the autoencoder, beside its own scale.
    let latentScale: Double

    /// The model of a folder as diffusers' `save_pretrained` writes it, its weights mapped.
    ///
    /// - Parameters:
    ///   - name: the solver to take instead of the folder's.
    ///   - precision: the type that the U-Net computes in, float32 or bfloat16.
    /// - Throws: `DiffusionError`, `MediaError` or `CheckpointError` where the folder does not hold such
    ///   a model.
    public init(
        contentsOf url: URL, scheduler name: SchedulerConfiguration.SolverName? = nil,
        precision: DType = .float32
    ) throws {
        let folder = try DiffusersFolder(url)
        let classes = SchedulerConfiguration.SolverName.allCases.map(\.className)
        func configuration(
            _ part: String, _ name: SchedulerConfiguration.SolverName?
        ) throws(DiffusionError) -> SchedulerConfiguration {
            try SchedulerConfiguration(
                contentsOf: folder.folder(part, of: classes)
                    .appendingPathComponent("scheduler_config.json"), as: name)
        }
        scheduler = try configuration("scheduler", name)
        switch folder.pipeline {
        case "StableDiffusionUpscalePipeline":
            condition = .pixels(try configuration("low_res_scheduler", .ddpm).schedule)
        case "StableDiffusionUpscaleLDM3DPipeline": condition = .latents
        default:
            throw DiffusionError.architecture(
                file: url.appendingPathComponent("model_index.json").relativePath,
                found: "a \(folder.pipeline)",
                expected: "a StableDiffusionUpscalePipeline or StableDiffusionUpscaleLDM3DPipeline")
        }
        let networks = try LDM3DNetworks(folder, precision: precision)
        (tokenizer, textEncoder) = (networks.tokenizer, networks.textEncoder)
        (autoencoder, unet) = (networks.autoencoder, networks.unet)
        self.precision = precision
        let (latents, condition) = (autoencoder.configuration.latents, condition)
        packing = try networks.packing(name: url.relativePath) { packing in
            if case .pixels = condition { packing.channels } else { latents }
        }
        noiseLimit = Self.noiseLimit(folder, unet, condition)
        // diffusers takes the upscaler's scale for 0.08333 whatever its file says, which older ones do
        // not.
        latentScale =
            if case .pixels = condition { autoencoder.configuration.scale / 0.08333 } else { 1 }
    }

    /// How many pixels of a side a pixel of the small picture becomes.
    public var factor: Int {
        if case .pixels = condition { autoencoder.configuration.factor } else { 2 }
    }

    private static func noiseLimit(
        _ folder: DiffusersFolder, _ unet: UNet2DCondition, _ condition: Condition
    ) -> Int {
        var limit = 350
        if case .integer(let stated)? = folder.settings["max_noise_level"] { limit = stated }
        if case .table(let count)? = unet.configuration.classEmbedding {
            limit = min(limit, count - 1)
        }
        if case .pixels(let schedule) = condition { limit = min(limit, schedule.steps - 1) }
        return limit
    }
}
