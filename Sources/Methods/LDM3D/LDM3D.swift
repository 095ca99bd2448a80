import Diffusion
import Foundation
import Torch

/// Pictures with depth from texts, by latent diffusion (Stan et al., "LDM3D", arXiv 2305.10853; Rombach
/// et al., arXiv 2112.10752): Stable Diffusion whose autoencoder has depth beside the colours.
///
/// Plain Stable Diffusion 1.x and 2.x work too, and give pictures without depth.
///
/// ```swift
/// let model = try LDM3D(contentsOf: URL(fileURLWithPath: "ldm3d-4c"))
/// try model.generate("a lighthouse at dusk") { sample in
///     try sample.image.colour.writePNG(to: url, overwrite: false)
/// }
/// ```
public final class LDM3D {
    public let tokenizer: BytePairTokenizer
    public let textEncoder: CLIPTextEncoder
    public let unet: UNet2DCondition
    public let autoencoder: AutoencoderKL
    /// How depth lies in the autoencoder's images.
    public let packing: DepthPacking
    /// How to sample; may be changed between runs.
    public var scheduler: SchedulerConfiguration
    /// The type that the U-Net computes in. The text encoder and the autoencoder compute in float32:
    /// depth of 16 bits asks for it.
    public let precision: DType
    /// How the autoencoder's work is divided where memory is scarce.
    public var tiling: Tiling?

    /// A model of networks that are there.
    ///
    /// - Parameters:
    ///   - precision: the type that the U-Net computes in; weights of another one are converted at each
    ///     use.
    ///   - name: of the model, for error messages.
    /// - Throws: `DiffusionError.architecture` where they do not go together.
    public init(
        tokenizer: BytePairTokenizer, textEncoder: CLIPTextEncoder, unet: UNet2DCondition,
        autoencoder: AutoencoderKL, scheduler: SchedulerConfiguration,
        precision: DType = .float32, name: String = "the model"
    ) throws(DiffusionError) {
        let packing = try LDM3DNetworks(
            tokenizer: tokenizer, textEncoder: textEncoder, unet: unet, autoencoder: autoencoder
        ).packing(name: name)
        guard unet.configuration.classEmbedding == nil else {
            throw .architecture(
                file: name, found: "a U-Net that asks for a class, as upscalers do",
                expected: "one that makes pictures of texts")
        }
        (self.tokenizer, self.textEncoder) = (tokenizer, textEncoder)
        self.unet = unet
        self.autoencoder = autoencoder
        self.scheduler = scheduler
        self.packing = packing
        self.precision = precision
    }

    /// Whether pictures come with depth.
    public var hasDepth: Bool { packing != .none }

    /// The pixels of a side that the model was trained for.
    public var nativeSize: Int {
        (unet.configuration.sampleSize ?? 64) * autoencoder.configuration.factor
    }

    /// Sides are multiples of this, in pixels.
    public var granularity: Int { autoencoder.configuration.factor }
}
