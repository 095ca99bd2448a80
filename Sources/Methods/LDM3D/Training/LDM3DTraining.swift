import Diffusion
import Foundation
import Media
import Spatial
import Torch

/// Trains an LDM3D model in two stages, in the folder of a run.
public struct LDM3DTraining {
    public let options: LDM3DTrainingOptions
    public let folder: URL
    /// An autoencoder's folder to begin with.
    public var initialAutoencoder: URL?
    /// Steps between checkpoints.
    public var checkpointEvery = 200
    /// Steps between previews.
    public var previewEvery = 500
    let examples: any RGBDExamples

    /// What came out.
    public struct Report: Encodable, Sendable {
        /// The model's folder.
        public let model: String
        /// Numbers that were trained.
        public let parameters: Int
        /// What it learned from.
        public let data: String
    }

    /// - Throws: `TrainingDataError` where the folder holds a run with other options.
    public init(
        _ options: LDM3DTrainingOptions, examples: any RGBDExamples, folder: URL
    ) throws {
        (self.options, self.examples, self.folder) = (options, examples, folder)
    }

    /// Trains what is not trained yet, and writes the model.
    ///
    /// - Parameter isCancelled: asked after each step.
    /// - Throws: `TrainingCancelled` after a checkpoint where it was cancelled; an `InputError` where
    ///   data or a checkpoint cannot be used.
    public func run(
        listener: any ProgressListener, isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws -> Report {
        try settle()
        let run = try TrainingRun(
            folder, intervals: .init(checkpoint: checkpointEvery, preview: previewEvery),
            listener: listener, isCancelled: isCancelled)
        let autoencoder = try trainedAutoencoder(run)
        let vocabulary = BytePairVocabulary(learnedFrom: examples.words)
        let tokenizerFolder = folder.appendingPathComponent("tokenizer")
        try vocabulary.write(to: tokenizerFolder, length: options.text.length)
        let tokenizer = try BytePairTokenizer(folder: tokenizerFolder)
        let encoder = CLIPTextEncoder(
            options.textConfiguration(vocabulary),
            using: RandomGenerator(seed: SplitMix.mix(options.seed, 2)))
        let text = TextStage(options, examples: examples, encoder: encoder, tokenizer: tokenizer)
        try run.run(text)

        try listener.begin("Encoding the pictures", steps: examples.count)
        let latents = try LatentSet(
            of: examples, by: autoencoder,
            file: folder.appendingPathComponent("checkpoints/latents.safetensors")
        ) {
            try listener.advance(to: $0, note: "")
            if isCancelled() {
                throw TrainingCancelled(step: autoencoderSteps, stage: "autoencoder")
            }
        }
        try listener.end()
        try run.run(AutoencoderStage(refining: autoencoder, options, examples: examples))
        let decoder = try autoencoder.scaled(by: latents.scale)
        let stage = DiffusionStage(
            options, examples: examples, latents: latents, decoder: decoder, encoder: encoder,
            tokenizer: tokenizer, trainsText: text.steps == 0)
        // What there is can be tried while training goes on.
        let model = folder.appendingPathComponent("model")
        let parts = Parts(
            autoencoder: decoder, encoder: encoder, vocabulary: vocabulary, unet: stage.unet)
        defer { try? stage.average.applied { try write(parts, to: model) } }
        try run.run(stage)
        return Report(
            model: model.relativePath, parameters: parts.parameterCount, data: examples.name)
    }

    private var autoencoderSteps: Int { options.autoencoder.steps }

    /// The first stage, where it is not done.
    private func trainedAutoencoder(_ run: TrainingRun) throws -> AutoencoderKL {
        let initial = try initialAutoencoder.map { try AutoencoderKL.load(ModelFolder($0)) }
        let stage = try AutoencoderStage(options, examples: examples, initial: initial)
        try run.run(stage)
        stage.model.setTrainable(false)
        return stage.model
    }

    /// Keeps the options with the run, and refuses others than it was begun with, except for how long it
    /// is to go on.
    private func settle() throws {
        let file = folder.appendingPathComponent("config.json")
        let record = Record(data: examples.name, options: options)
        if let data = try? Data(contentsOf: file) {
            guard let found = try? JSONDecoder().decode(Record.self, from: data) else {
                throw MediaError.damaged(
                    file: file.relativePath, found: "no options",
                    expected: "what a training run was begun with")
            }
            guard found.comparable == record.comparable else {
                throw TrainingDataError(
                    "\(folder.relativePath) holds a run that was begun with other options or data "
                        + "(\(file.relativePath) has them); give the same ones, or another folder.")
            }
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try AtomicFile.write(Array(encoder.encode(record)), to: file, overwrite: true)
    }

    private struct Record: Codable {
        var data: String
        var options: LDM3DTrainingOptions

        /// Without what may differ when a run goes on.
        var comparable: some Equatable {
            var options = options
            options.diffusion.steps = 0
            options.checkpointsActivations = false
            return Pair(data: data, options: options)
        }

        private struct Pair: Equatable {
            let data: String
            let options: LDM3DTrainingOptions
        }
    }
}
