import ArgumentParser
import Foundation
import Media
import Methods
import Spatial

/// `likeness train METHOD`.
struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train a method's networks from data.",
        discussion: """
            A run is a folder: config.json, metrics.jsonl and a picture of the losses, previews, \
            checkpoints. Ctrl-C writes a checkpoint; the same command goes on from the last one, to \
            the very result that it would have had.

              likeness train ldm3d -o run
            """,
        subcommands: [LDM3DVerb.self])

    /// `likeness train ldm3d -o RUN`.
    struct LDM3DVerb: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "ldm3d",
            abstract: "Train a model that makes pictures with depth from text.",
            discussion: """
                First an autoencoder of colour and depth, then the diffusion in its latents with a \
                text encoder. Without --data it learns from generated scenes of simple solids, whose \
                captions read "a red sphere left of a blue cube": an hour on two processors. The \
                model ends in RUN/model, a folder that likeness generate and diffusers read.

                  likeness train ldm3d -o run
                  likeness train ldm3d -o run --data pictures --size 128 --steps 20000
                  likeness train ldm3d -o run --data pictures --autoencoder sd/vae --size 256
                  likeness train ldm3d --show-data 16 -o pictures

                --data takes a folder of NAME.png, NAME-depth.png (16 bits, larger is nearer) and \
                NAME.txt (the caption); --show-data writes generated scenes as such a folder.
                """)

        @Option(
            name: [.short, .long],
            help: ArgumentHelp(
                "The folder of the run; one begun before is continued.", valueName: "run"))
        var output: String

        @Option(
            help: ArgumentHelp(
                "Pictures with depth and captions to learn from; generated scenes if left out.",
                valueName: "folder"))
        var data: String?

        @Option(help: ArgumentHelp("How many generated scenes to learn from.", valueName: "count"))
        var scenes = 20_000

        @Option(
            help: ArgumentHelp(
                "Write so many generated scenes as a data folder to --output, and stop.",
                valueName: "count"))
        var showData: Int?

        @Option(
            help: ArgumentHelp(
                "An autoencoder to begin with, a folder such as Stable Diffusion's vae; its first and last convolutions are widened for depth.",
                valueName: "folder"))
        var autoencoder: String?

        @Option(help: ArgumentHelp("Pixels of a picture's side.", valueName: "pixels"))
        var size = LDM3DTrainingOptions().size

        @Option(help: "Steps of the autoencoder; 0 keeps the one of --autoencoder as it is.")
        var autoencoderSteps = LDM3DTrainingOptions().autoencoder.steps

        @Option(help: "Steps in which the decoder alone goes on, after all pictures were encoded.")
        var decoderSteps = LDM3DTrainingOptions().autoencoder.decoderSteps

        @Option(help: "Steps in which the text encoder learns alone what captions claim.")
        var textSteps = LDM3DTrainingOptions().text.steps

        @Option(help: "Steps of the diffusion.")
        var steps = LDM3DTrainingOptions().diffusion.steps

        @Option(help: "Pictures of a diffusion step.")
        var batch = LDM3DTrainingOptions().diffusion.batch

        @Option(help: "The learning rate of the diffusion.")
        var learningRate = LDM3DTrainingOptions().diffusion.learningRate

        @Option(help: "Batches whose gradients are added up before a step.")
        var accumulation = 1

        @Option(help: "The share of captions left out, so that guidance can be chosen later.")
        var promptDropping = LDM3DTrainingOptions().diffusion.promptDropping

        @Option(
            name: .customLong("min-snr"),
            help: "The bound of the loss's weight by signal and noise; 0 weighs all alike.")
        var minSNR = LDM3DTrainingOptions().diffusion.minSNR

        @Flag(help: "Compute in bfloat16; weights stay float32.")
        var mixedPrecision = false

        @Flag(help: "Compute activations twice instead of keeping them: less memory, more time.")
        var checkpointActivations = false

        @Option(help: ArgumentHelp("Steps between checkpoints.", valueName: "steps"))
        var checkpointEvery = 200

        @Option(help: ArgumentHelp("Steps between previews.", valueName: "steps"))
        var previewEvery = 500

        @OptionGroup var common: CommonOptions

        func validate() throws {
            guard !output.isEmpty else { throw ValidationError("--output takes a folder.") }
            guard (16...1024).contains(size), size % 16 == 0 else {
                throw ValidationError("--size takes a multiple of 16 from 16 to 1024.")
            }
            for (name, value) in [
                ("--scenes", scenes), ("--show-data", showData ?? 1), ("--steps", steps),
                ("--text-steps", textSteps),
                ("--batch", batch), ("--accumulation", accumulation),
                ("--checkpoint-every", checkpointEvery), ("--preview-every", previewEvery),
            ] where !(1...10_000_000).contains(value) {
                throw ValidationError("\(name) takes 1 to 10000000.")
            }
            for (name, value) in [
                ("--autoencoder-steps", autoencoderSteps), ("--decoder-steps", decoderSteps),
            ] where !(0...10_000_000).contains(value) {
                throw ValidationError("\(name) takes 0 to 10000000.")
            }
            guard autoencoderSteps > 0 || autoencoder != nil else {
                throw ValidationError("--autoencoder-steps 0 needs an --autoencoder to keep.")
            }
            guard (0...0.9).contains(promptDropping) else {
                throw ValidationError("--prompt-dropping takes 0 to 0.9.")
            }
            guard learningRate > 0, learningRate <= 1 else {
                throw ValidationError("--learning-rate takes more than 0, up to 1.")
            }
            guard minSNR >= 0, minSNR.isFinite else {
                throw ValidationError("--min-snr takes 0 or more.")
            }
        }

        func run() throws {
            common.apply()
            let folder = URL(fileURLWithPath: output)
            if let showData {
                try ShapeScenes(seed: common.seed, count: showData, size: size)
                    .write(showData, to: folder, overwrite: common.overwrite)
                return Console.result("\(output): \(showData) pictures with depth and captions")
            }
            let examples: any RGBDExamples =
                try data.map { try RGBDFolder(URL(fileURLWithPath: $0), size: size) }
                ?? ShapeScenes(seed: common.seed, count: scenes, size: size)
            var training = try LDM3DTraining(options, examples: examples, folder: folder)
            training.initialAutoencoder = autoencoder.map { URL(fileURLWithPath: $0) }
            training.checkpointEvery = checkpointEvery
            training.previewEvery = previewEvery
            let interruption = Interruption()
            defer { interruption.end() }
            let report: LDM3DTraining.Report
            do {
                report = try training.run(listener: ProgressBar(isQuiet: common.quiet)) {
                    interruption.isRequested
                }
            } catch let cancelled as TrainingCancelled {
                Console.note("\n\(cancelled)")
                // As a process that Ctrl-C ended.
                throw ExitCode(130)
            }
            if common.json { return try Console.json(report) }
            Console.result(
                "\(report.model): \(report.parameters) parameters, trained on \(report.data)")
        }

        private var options: LDM3DTrainingOptions {
            var options = LDM3DTrainingOptions()
            options.seed = common.seed
            options.size = size
            options.isMixedPrecision = mixedPrecision
            options.checkpointsActivations = checkpointActivations
            options.accumulation = accumulation
            options.autoencoder.steps = autoencoderSteps
            options.autoencoder.decoderSteps = decoderSteps
            options.text.steps = textSteps
            options.diffusion.steps = steps
            options.diffusion.batch = batch
            options.diffusion.learningRate = learningRate
            options.diffusion.promptDropping = promptDropping
            options.diffusion.minSNR = minSNR
            return options
        }
    }
}
