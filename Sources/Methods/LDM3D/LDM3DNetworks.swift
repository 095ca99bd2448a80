import Diffusion
import Foundation
import Torch

/// The networks of a pipeline that makes pictures, with depth or without, from texts.
struct LDM3DNetworks {
    let tokenizer: BytePairTokenizer
    let textEncoder: CLIPTextEncoder
    let unet: UNet2DCondition
    let autoencoder: AutoencoderKL

    init(
        tokenizer: BytePairTokenizer, textEncoder: CLIPTextEncoder, unet: UNet2DCondition,
        autoencoder: AutoencoderKL
    ) {
        (self.tokenizer, self.textEncoder) = (tokenizer, textEncoder)
        (self.unet, self.autoencoder) = (unet, autoencoder)
    }

    /// Those of a folder, their weights mapped; what is small first, so that what is wrong shows before
    /// gigabytes are mapped.
    ///
    /// - Parameter precision: the type that the U-Net computes in.
    /// - Throws: `DiffusionError`, `MediaError` or `CheckpointError` where the folder does not hold them.
    init(_ folder: DiffusersFolder, precision: DType) throws {
        tokenizer = try BytePairTokenizer(
            folder: folder.folder("tokenizer", of: ["CLIPTokenizer", "CLIPTokenizerFast"]))
        textEncoder = try CLIPTextEncoder.load(
            folder.model("text_encoder", of: CLIPTextConfiguration.classes))
        autoencoder = try AutoencoderKL.load(
            folder.model("vae", of: AutoencoderConfiguration.classes))
        // Converted once, and not at each use.
        unet = try UNet2DCondition.load(
            folder.model("unet", of: UNetConfiguration.classes),
            as: precision == .float32 ? nil : precision)
        unet.releasesWeights = true
    }

    /// How depth lies in the autoencoder's images.
    ///
    /// - Parameters:
    ///   - beside: the channels that the U-Net sees beside the latents of its result, by the packing.
    ///   - name: of the model, for error messages.
    /// - Throws: `DiffusionError.architecture` where the networks do not go together.
    func packing(
        name: String, beside: (DepthPacking) -> Int = { _ in 0 }
    ) throws(DiffusionError) -> DepthPacking {
        let (images, latents) = (autoencoder.configuration, autoencoder.configuration.latents)
        guard let packing = DepthPacking(channels: images.outputs), images.inputs == images.outputs
        else {
            throw .architecture(
                file: name,
                found: "an autoencoder of \(images.inputs) channels in and \(images.outputs) out",
                expected: "one of 3 (RGB), 4 (LDM3D-4c) or 6 (LDM3D)")
        }
        let inputs = latents + beside(packing)
        guard unet.configuration.inputs == inputs, unet.configuration.outputs == latents else {
            throw .architecture(
                file: name,
                found: "a U-Net of \(unet.configuration.inputs) channels in and "
                    + "\(unet.configuration.outputs) out",
                expected: inputs == latents
                    ? "one of the autoencoder's \(latents) latent channels"
                    : "one of \(inputs) in and \(latents) out")
        }
        let words = textEncoder.configuration.channels
        if let other = unet.configuration.blocks.first(where: { $0.context != words }) {
            throw .architecture(
                file: name, found: "a U-Net for texts of \(other.context) channels",
                expected: "one of the text encoder's \(words)")
        }
        return packing
    }
}
