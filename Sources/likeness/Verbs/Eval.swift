import ArgumentParser
import Foundation
import Media
import Methods
import Spatial

/// `likeness eval PREDICTED TRUTH` and `likeness eval METHOD`.
struct Eval: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure how good pictures or a trained model are.",
        discussion: """
              likeness eval renders photos --protocol persona
              likeness eval ldm3d
              likeness eval pairs --help
            """,
        subcommands: [Pairs.self, LDM3DVerb.self], defaultSubcommand: Pairs.self)

    /// `likeness eval ldm3d`.
    struct LDM3DVerb: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "ldm3d",
            abstract: "Measure a model that was trained on generated scenes.",
            discussion: """
                A small network learns to read generated scenes (its accuracy is among the \
                figures); then pictures are made of captions and read: whether they show what the \
                caption says, and whether their depth is that of the scene in their colours. What \
                the autoencoder leaves of scenes is measured, too. Feature distances are Fréchet \
                distances of that network's features, not of Inception's: compare them among \
                models of these scenes only.

                  likeness eval ldm3d
                  likeness eval ldm3d --model run/model --sheet samples.png --json
                """)

        @Option(
            help: ArgumentHelp(
                "The model's folder, as likeness train writes it; the one that comes along if left out.",
                valueName: "folder"))
        var model: String?

        @Option(help: "How many pictures to make.")
        var samples = 200

        @Option(help: "How many scenes to measure the autoencoder on.")
        var scenes = 500

        @Option(help: "Steps of DDIM.")
        var steps = 30

        @Option(help: "How strongly pictures follow captions; 1 is without guidance.")
        var guidance = 3.0

        @Option(
            help: ArgumentHelp("Also write a sheet of the first pictures, PNG.", valueName: "file"))
        var sheet: String?

        @Option(
            help: ArgumentHelp(
                "Keep the network that reads pictures in this file, or take it from there.",
                valueName: "file"))
        var recogniser: String?

        @OptionGroup var common: CommonOptions

        func validate() throws {
            guard (2...100_000).contains(samples), (2...100_000).contains(scenes) else {
                throw ValidationError("--samples and --scenes take 2 to 100000.")
            }
            guard (1...1000).contains(steps) else {
                throw ValidationError("--steps takes 1 to 1000.")
            }
            guard (1...100).contains(guidance) else {
                throw ValidationError("--guidance takes 1 to 100.")
            }
            if let sheet { try requirePictureName(sheet, option: "--sheet") }
        }

        func run() throws {
            common.apply()
            let target = try sheet.map { try requireWritable($0, overwrite: common.overwrite) }
            let folder = try model.map { URL(fileURLWithPath: $0) } ?? LDM3D.smallModel()
            var evaluation = try LDM3DEvaluation(model: folder, guidance: guidance)
            (evaluation.seed, evaluation.samples) = (common.seed, samples)
            (evaluation.scenes, evaluation.steps) = (scenes, steps)
            evaluation.recogniserFile = recogniser.map { URL(fileURLWithPath: $0) }
            let (figures, picture) = try evaluation.run(
                listener: ProgressBar(isQuiet: common.quiet))
            if let target { try picture.write(to: target, overwrite: common.overwrite) }
            if common.json { return try Console.json(figures) }
            Console.result(text(of: figures))
        }

        private func text(of figures: LDM3DFigures) -> String {
            let (read, kept) = (figures.recogniser, figures.autoencoder)
            let made = figures.samples
            return String(
                format: """
                    recogniser    %.1f %% of unseen scenes read right, AbsRel %.4f
                    autoencoder   feature distance %.2f, PSNR %.2f dB, AbsRel %.4f, RMSE %.3f m
                    samples       %d captions, 30 steps: %.1f %% followed in all they say (%.1f %% of \
                    unseen pairs)
                      solids      %.1f %% right together; shapes %.1f %%, colours %.1f %%
                      depth       AbsRel %.4f against the scene in the colours
                      feature distance %.2f
                    """.replacingOccurrences(of: "30 steps", with: "\(steps) steps"),
                100 * read.accuracy, read.absoluteRelative, kept.featureDistance, kept.psnr,
                kept.absoluteRelative, kept.rootMeanSquareMetres, made.count,
                100 * made.followsCaption, 100 * made.followsHeldOutCaption,
                100 * made.solidsRight, 100 * made.shapeRight, 100 * made.colourRight,
                made.absoluteRelative, made.featureDistance)
        }
    }
}
