import Diffusion
import Foundation
import Torch

extension LDM3D {
    /// The pipelines in a folder's model_index.json whose parts are those of this one.
    public static let pipelines = [
        "StableDiffusionLDM3DPipeline", "StableDiffusionPipeline", "StableDiffusionImg2ImgPipeline",
        "StableDiffusionInpaintPipelineLegacy",
    ]

    /// The model of a folder as diffusers' `save_pretrained` writes it: Intel/ldm3d, ldm3d-4c,
    /// ldm3d-pano, Stable Diffusion 1.x or 2.x. Its weights are mapped, not copied, where `precision`
    /// is float32.
    ///
    /// - Parameters:
    ///   - scheduler: the solver to take instead of the folder's.
    ///   - precision: the type that the U-Net computes in, float32 or bfloat16.
    /// - Throws: `DiffusionError`, `MediaError` or `CheckpointError` where the folder does not hold such
    ///   a model.
    public convenience init(
        contentsOf url: URL, scheduler: SchedulerConfiguration.SolverName? = nil,
        precision: DType = .float32
    ) throws {
        let folder = try DiffusersFolder(url)
        guard Self.pipelines.contains(folder.pipeline) else {
            throw DiffusionError.architecture(
                file: url.appendingPathComponent("model_index.json").relativePath,
                found: "a \(folder.pipeline)",
                expected: "a StableDiffusionLDM3DPipeline or StableDiffusionPipeline")
        }
        let configuration = try Self.scheduler(of: folder, as: scheduler)
        let networks = try LDM3DNetworks(folder, precision: precision)
        try self.init(
            tokenizer: networks.tokenizer, textEncoder: networks.textEncoder, unet: networks.unet,
            autoencoder: networks.autoencoder, scheduler: configuration, precision: precision,
            name: url.relativePath)
    }

    private static func scheduler(
        of folder: DiffusersFolder, as name: SchedulerConfiguration.SolverName?
    ) throws(DiffusionError) -> SchedulerConfiguration {
        var classes = SchedulerConfiguration.SolverName.allCases.map(\.className)
        // Another class's settings will do where only what they say of training counts.
        if name != nil, let other = folder.components["scheduler"] {
            classes.append(other.className)
        }
        return try SchedulerConfiguration(
            contentsOf: folder.folder("scheduler", of: classes)
                .appendingPathComponent("scheduler_config.json"), as: name)
    }

    /// The prompts as the U-Net takes them.
    ///
    /// - Throws: `DiffusionError.input` where the prompt is empty, or one of both is too long to be read
    ///   to its end.
    public func embedding(
        of prompt: String, negativePrompt: String = ""
    ) throws(DiffusionError) -> PromptEmbedding {
        guard prompt.contains(where: { !$0.isWhitespace }) else {
            throw .input(
                name: "prompt", found: "empty", expected: "a text that says what to make")
        }
        // For the U-Net's room.
        defer { if unet.releasesWeights { textEncoder.releaseMappedMemory() } }
        return try noGrad { () throws(DiffusionError) in
            PromptEmbedding(
                prompt: try encoded(prompt, "prompt"),
                negativePrompt: try encoded(negativePrompt, "negative prompt"))
        }
    }

    private func encoded(_ text: String, _ name: String) throws(DiffusionError) -> Tensor {
        try textEncoder.encode([tokenizer.completePrompt(text, name: name)])
    }
}

extension BytePairTokenizer {
    /// A prompt that is read to its end.
    ///
    /// - Throws: `DiffusionError.input` where it is too long for that.
    func completePrompt(_ text: String, name: String) throws(DiffusionError) -> TokenizedPrompt {
        let prompt = prompt(text)
        guard prompt.dropped == 0 else {
            let limit = length - 2
            throw .input(
                name: name, found: "\(limit + prompt.dropped) tokens long",
                expected: "one of at most \(limit), some \(limit * 3 / 4) words,")
        }
        return prompt
    }
}
