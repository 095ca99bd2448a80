import Torch

/// An autoencoder of images with a normal distribution of latents (Rombach et al., arXiv 2112.10752;
/// diffusers' `AutoencoderKL`, under whose names the weights are).
///
/// Images are in −1…1, latents are scaled by the configuration's `scale`, as diffusion sees them.
public final class AutoencoderKL: Module {
    public let configuration: AutoencoderConfiguration
    /// While gradients are recorded, activations within a block are not kept but computed again in
    /// the backward pass.
    public var checkpointsActivations = false {
        didSet {
            encoder.checkpointsActivations = checkpointsActivations
            decoder.checkpointsActivations = checkpointsActivations
        }
    }

    private let encoder: AutoencoderHalf
    private let decoder: AutoencoderHalf
    private let encoderProjection: Conv2d?
    private let decoderProjection: Conv2d?

    /// An autoencoder of random weights.
    public init(
        _ configuration: AutoencoderConfiguration, using generator: RandomGenerator? = nil
    ) {
        self.configuration = configuration
        let latents = configuration.latents
        encoder = AutoencoderHalf(encoder: configuration, using: generator)
        decoder = AutoencoderHalf(decoder: configuration, using: generator)
        encoderProjection =
            configuration.hasEncoderProjection
            ? Conv2d(2 * latents, 2 * latents, kernel: 1, using: generator) : nil
        decoderProjection =
            configuration.hasDecoderProjection
            ? Conv2d(latents, latents, kernel: 1, using: generator) : nil
    }

    /// The autoencoder of a folder, ready for use: its weights are mapped, of the type they are
    /// stored in.
    ///
    /// - Throws: `DiffusionError`, `MediaError` or `CheckpointError` where the folder does not hold
    ///   such a network.
    public static func load(_ folder: ModelFolder) throws -> AutoencoderKL {
        let configuration = try AutoencoderConfiguration(
            folder.configuration(of: AutoencoderConfiguration.classes))
        let weights = try folder.weights()
        let network = withoutInitialValues { AutoencoderKL(configuration) }
        try network.adopt(AutoencoderAttention.renamed(weights))
        network.setTraining(false)
        network.setTrainable(false)
        return network
    }

    public var members: ModuleMembers {
        [
            "encoder": .module(encoder), "decoder": .module(decoder),
            "quant_conv": .module(encoderProjection),
            "post_quant_conv": .module(decoderProjection),
        ]
    }

    /// The distribution of an image's latents, not scaled. Differentiable.
    ///
    /// - Parameters:
    ///   - image: [B, inputs, H, W] in −1…1, H and W multiples of `configuration.factor`.
    ///   - tiling: how large images are coded in parts.
    public func posterior(of image: Tensor, tiling: Tiling? = nil) -> LatentPosterior {
        LatentPosterior(moments: moments(image, tiling).contiguous())
    }

    /// Latents as diffusion sees them, of those that an encoder gives.
    public func scaled(_ latents: Tensor) -> Tensor {
        (latents - configuration.shift) * configuration.scale
    }

    /// The image of latents. Differentiable.
    ///
    /// - Parameters:
    ///   - latents: [B, latents, h, w] as diffusion sees them.
    ///   - tiling: how large images are decoded in parts.
    /// - Returns: [B, outputs, h·factor, w·factor], about −1…1.
    public func decode(_ latents: Tensor, tiling: Tiling? = nil) -> Tensor {
        let z = latents / configuration.scale + configuration.shift
        let size = (configuration.sampleSize, configuration.sampleSize / configuration.factor)
        guard let tiling, max(z.size(2), z.size(3)) > size.1 else { return image(z).contiguous() }
        return tiling.run(z, size: size.1, outputSize: size.0, image)
    }

    private func moments(_ image: Tensor, _ tiling: Tiling?) -> Tensor {
        func encode(_ tile: Tensor) -> Tensor {
            let moments = encoder(tile)
            return encoderProjection?(moments) ?? moments
        }
        let size = (configuration.sampleSize, configuration.sampleSize / configuration.factor)
        guard let tiling, max(image.size(2), image.size(3)) > size.0 else { return encode(image) }
        return tiling.run(image, size: size.0, outputSize: size.1, encode)
    }

    private func image(_ z: Tensor) -> Tensor {
        decoder(decoderProjection?(z) ?? z)
    }
}
