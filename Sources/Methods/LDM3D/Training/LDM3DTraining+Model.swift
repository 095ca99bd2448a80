import Diffusion
import Foundation
import Media
import Torch

extension LDM3DTraining {
    /// The parts of a trained model.
    struct Parts {
        let autoencoder: AutoencoderKL
        let encoder: CLIPTextEncoder
        let vocabulary: BytePairVocabulary
        let unet: UNet2DCondition

        var parameterCount: Int {
            autoencoder.parameterCount + encoder.parameterCount + unet.parameterCount
        }
    }

    /// Writes the folder that `likeness generate` and diffusers read, weights as float16.
    ///
    /// - Throws: `MediaError`.
    func write(_ parts: Parts, to folder: URL) throws {
        func model(_ name: String) -> ModelFolder {
            ModelFolder(folder.appendingPathComponent(name))
        }
        let half = DType.float16
        try model("vae").write(
            parts.autoencoder.configuration.values, weights: parts.autoencoder.stateDictionary,
            as: half)
        try model("unet").write(
            parts.unet.configuration.values, weights: parts.unet.stateDictionary, as: half)
        let marks: [String: JSONValue] = [
            "bos_token_id": .integer(parts.vocabulary.endNumber - 1),
            "pad_token_id": .integer(parts.vocabulary.endNumber),
        ]
        try model("text_encoder").write(
            parts.encoder.configuration.values.merging(marks) { $1 },
            weights: parts.encoder.stateDictionary, as: half,
            isTransformer: true)
        try parts.vocabulary.write(
            to: folder.appendingPathComponent("tokenizer"), length: options.text.length)
        try write(Self.schedulerValues, "scheduler/scheduler_config.json", folder)
        try write(Self.indexValues, "model_index.json", folder)
        try examples.depthRange?.write(toModelFolder: folder)
    }

    private func write(_ values: [String: JSONValue], _ name: String, _ folder: URL) throws {
        try AtomicFile.write(
            Array((JSONValue.object(values).description + "\n").utf8),
            to: folder.appendingPathComponent(name), overwrite: true)
    }

    private static let schedulerValues: [String: JSONValue] = [
        "_class_name": .text("DDIMScheduler"), "beta_schedule": .text("scaled_linear"),
        "beta_start": .number(0.00085), "beta_end": .number(0.012),
        "num_train_timesteps": .integer(1000), "prediction_type": .text("v_prediction"),
        "clip_sample": .boolean(false), "set_alpha_to_one": .boolean(false),
        "steps_offset": .integer(0), "timestep_spacing": .text("trailing"),
    ]

    private static let indexValues: [String: JSONValue] = {
        func component(_ library: String, _ name: String) -> JSONValue {
            .list([.text(library), .text(name)])
        }
        return [
            "_class_name": .text("StableDiffusionLDM3DPipeline"),
            "unet": component("diffusers", "UNet2DConditionModel"),
            "vae": component("diffusers", "AutoencoderKL"),
            "scheduler": component("diffusers", "DDIMScheduler"),
            "text_encoder": component("transformers", "CLIPTextModel"),
            "tokenizer": component("transformers", "CLIPTokenizer"),
            "safety_checker": .list([.null, .null]), "feature_extractor": .list([.null, .null]),
            "image_encoder": .list([.null, .null]), "requires_safety_checker": .boolean(false),
        ]
    }()
}
