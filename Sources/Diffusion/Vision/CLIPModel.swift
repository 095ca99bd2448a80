import Foundation
import Media
import Spatial
import Torch

/// CLIP: an image encoder and a text encoder into one space, where a picture lies near what it shows
/// (Radford et al., arXiv 2103.00020). Any size: ViT-B/32, B/16, L/14 and others, as the folder says.
public struct CLIPModel {
    public let vision: CLIPVisionEncoder
    public let text: CLIPTextEncoder
    public let tokenizer: BytePairTokenizer
    public let processor: CLIPImageProcessor

    /// Loads a folder that transformers' `CLIPModel` and `CLIPProcessor` saved; weights are mapped.
    ///
    /// - Throws: `DiffusionError`, `MediaError` or `CheckpointError` where the folder does not hold
    ///   such a model.
    public init(folder: URL) throws {
        let model = ModelFolder(folder)
        let file = try model.configuration(of: ["CLIPModel"])
        try file.expect("model_type", .text("clip"))
        var textConfiguration = try CLIPTextConfiguration(Self.part("text_config", of: file))
        let visionConfiguration = try CLIPVisionConfiguration(
            Self.part("vision_config", of: file))
        let projection = try file.integer("projection_dim", 512, in: 1...65536)
        textConfiguration.projection = projection
        _ = file.value("logit_scale_init_value")
        try file.finishTransformers()

        let weights = try model.weights(isTransformer: true)
        func part(of prefixes: [String]) -> StateDictionary {
            StateDictionary(
                weights.tensors.filter { name, _ in prefixes.contains(where: name.hasPrefix) },
                source: weights.source)
        }
        vision = try CLIPVisionEncoder(
            visionConfiguration, projection: projection,
            weights: part(of: ["vision_model.", "visual_projection."]))
        text = try CLIPTextEncoder(
            textConfiguration, weights: part(of: ["text_model.", "text_projection."]))
        tokenizer = try BytePairTokenizer(folder: folder)
        processor = try CLIPImageProcessor(folder: folder)
        guard processor.result == Size2(visionConfiguration.imageSize) else {
            throw DiffusionError.architecture(
                file: folder.relativePath, found: "pictures prepared for another size",
                expected: "\(visionConfiguration.imageSize) pixels each way")
        }
    }

    /// What a picture shows: [1, projection], not normalised. Differentiable in no way.
    ///
    /// - Parameter image: at least three channels in 0…1.
    public func features(of image: Image) -> Tensor { noGrad { vision(processor(image)) } }

    /// What a text says: [1, projection], not normalised. What has no room in the encoder is left out.
    ///
    /// - Throws: `DiffusionError` where the tokenizer is another model's.
    public func features(of text: String) throws -> Tensor {
        let prompt = tokenizer.prompt(text)
        return try noGrad {
            let states = try self.text.encode([prompt])
            return self.text.projected(self.text.pooled(states, of: prompt.tensor))
        }
    }

    /// A part of the configuration. transformers 4 stored some values twice, and those of the key that
    /// ends in "_dict" count.
    private static func part(_ key: String, of file: Configuration) throws -> Configuration {
        var values: [String: JSONValue] = [:]
        for key in [key, key + "_dict"] {
            switch file.value(key) {
            case nil: continue
            case .object(let found)?: values.merge(found) { $1 }
            case let other?: throw file.refused(key, other, "settings")
            }
        }
        return Configuration(values, file: file.file)
    }
}
