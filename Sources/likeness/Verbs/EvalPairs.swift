import ArgumentParser
import Captures
import Evaluation
import Foundation
import Media
import Spatial

extension Eval {
    /// `likeness eval PREDICTED TRUTH`.
    struct Pairs: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "pairs",
            abstract: "Measure pictures, or an avatar, against the true ones.",
            discussion: """
                Both are a picture, a folder of pictures, a capture or a video; or an avatar is drawn as \
                a capture's cameras saw the person in the views that are held out. Pictures of folders \
                belong together by their names, or, if no name is in both, by their order. The true \
                pictures' alpha or the capture's masks are the mask of protocols that need one, or \
                give --masks. Depths are PNG files of 16 bits and one channel, normals colours of \
                n = 2c − 1.

                Metrics: \(EvaluationMetric.allCases.map(\.rawValue).joined(separator: ", ")). \
                LPIPS, FID, the Inception score and the CLIP score need networks that their authors \
                publish; the error says which file to bring. FID of fewer than some thousand pictures \
                says little. Landmarks, expression (what a tracker reads again of the drawn face) and \
                head pose are read from both pictures by MediaPipe's face mesh. Identity is the cosine \
                of FaceNet's features of both faces; identity-rank the place of the true face, 1 being \
                the nearest, among all true ones and those in --distractors: for sets in which each \
                picture shows another person.

                Protocols, each with the metrics that its paper reports: full (all pixels, over \
                white); masked (PSNR and SSIM of the mask's pixels); box (the mask's box); persona \
                (white outside the mask, torchmetrics' SSIM, as PERSONA, ExAvatar and NeuMan do); degas \
                (LPIPS on the mask's box, 50 pixels wider, at 512); gagavatar; hifi3dface; diffusionrig; \
                ldm3d; expression-edit. What is not as the paper has it is said.

                  likeness eval renders photos
                  likeness eval renders photos --protocol persona --masks masks -o scores.csv
                  likeness eval me.likeness me-capture -o sheet.png
                  likeness eval out.mp4 take.mp4 --metrics psnr,flicker -o sheet.png -o scores.tex
                  likeness eval pictures photos --metrics clip,fid --captions captions.txt
                  likeness eval depth true-depth --metrics absrel,rmse,absrel-aligned --json
                """)

        @Argument(help: ArgumentHelp("What was made.", valueName: "predicted"))
        var predicted: String

        @Argument(help: ArgumentHelp("What is true.", valueName: "truth"))
        var truth: String

        @Option(
            help: ArgumentHelp(
                "What to measure; what suits the pictures and the protocol, if left out.",
                valueName: "names"))
        var metrics: String?

        @Option(
            name: .customLong("protocol"),
            help: ArgumentHelp(
                "Which pixels count, and by whose formulas; full if left out, persona for an avatar.",
                valueName: "name"))
        var frames: EvaluationProtocol?

        @Option(help: ArgumentHelp("Masks of the true pictures.", valueName: "folder"))
        var masks: String?

        @Option(
            help: ArgumentHelp(
                "What the pictures are to show, for the CLIP score: a line each, or .json or .jsonl by "
                    + "name; NAME.txt beside each picture, if left out.", valueName: "file"))
        var captions: String?

        @Option(
            help: ArgumentHelp(
                "Pictures of other people, for the rank of identities.", valueName: "folder"))
        var distractors: String?

        @Option(help: "Which of a capture's views an avatar is held to: train, validation or test.")
        var views = CaptureView.Part.test

        @Option(help: ArgumentHelp("The networks' folder.", valueName: "folder"))
        var weights: String?

        @Option(
            name: [.short, .long],
            help: ArgumentHelp(
                "Write the report too: .json, .csv, .tex, or .png for a sheet. May be repeated.",
                valueName: "file"))
        var output: [String] = []

        @OptionGroup var common: CommonOptions

        func validate() throws {
            _ = try chosen()
            for name in output {
                guard Self.endings.contains(URL(fileURLWithPath: name).pathExtension.lowercased())
                else {
                    throw ValidationError(
                        "--output takes names that end in .json, .csv, .tex or .png, not \(name).")
                }
            }
            try requireDistinct(
                [("the first path", predicted), ("the second", truth)]
                    + output.map { ("--output", $0) })
        }

        private static let endings = ["json", "csv", "tex", "png"]

        /// The metrics by name; nil where the pictures decide.
        func chosen() throws -> [EvaluationMetric]? {
            try metrics?.split(separator: ",").map { name in
                guard
                    let metric = EvaluationMetric(
                        rawValue: name.trimmingCharacters(in: .whitespaces).lowercased())
                else {
                    throw ValidationError(
                        "--metrics takes some of \(EvaluationMetric.allCases.map(\.rawValue).joined(separator: ",")), not \(name)."
                    )
                }
                return metric
            }
        }

        func run() async throws {
            common.apply()
            let targets = try output.map { try requireWritable($0, overwrite: common.overwrite) }
            let isAvatar = URL(fileURLWithPath: predicted).pathExtension == "likeness"
            let (report, sheet) = try await isAvatar ? measureAvatar() : measurePictures()
            for note in report.notes { Console.note(note) }
            for target in targets { try write(report, sheet, to: target) }
            Console.result(common.json ? report.json : report.text)
        }

        private func measurePictures() async throws -> (EvaluationReport, EvaluationSheet) {
            let spool = FileManager.default.temporaryDirectory.appendingPathComponent(
                "likeness-eval-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: spool) }
            let made = try await EvalSource(predicted, spool: spool.appendingPathComponent("a"))
            let real = try await EvalSource(truth, spool: spool.appendingPathComponent("b"))
            let covers = try await masks.asyncMap {
                try await EvalSource($0, spool: spool.appendingPathComponent("c")).pictures
            }
            let pairs = try made.pictures.paired(with: real.pictures)
            let maskFiles =
                try covers.map { try made.pictures.paired(with: $0).map(\.other) }
                ?? pairs.compactMap { real.masks[$0.other] }
            let frames = frames ?? .full
            let holdsDepth = try made.pictures.holdsDepth()
            var evaluation = try evaluation(
                try chosen() ?? frames.metrics(of: holdsDepth ? .depth : .colour), frames)
            let texts = try texts(for: made.pictures, evaluation)
            try addDistractors(to: &evaluation)
            var sheet = EvaluationSheet(count: pairs.count)
            let progress = ProgressBar(isQuiet: common.quiet)
            progress.begin("measuring", steps: pairs.count)
            for (i, pair) in pairs.enumerated() {
                let (own, other) = (
                    try Image.read(contentsOf: pair.own),
                    try Image.read(contentsOf: pair.other)
                )
                let mask =
                    maskFiles.count == pairs.count
                    ? try Image.read(contentsOf: maskFiles[i]) : nil
                if frames.needsMask, mask == nil, other.alpha == nil {
                    throw EvaluationError.mismatch(
                        file: pair.other.relativePath, found: "no alpha",
                        expected: "a mask for the protocol \(frames.rawValue), or --masks,")
                }
                try evaluation.add(
                    own, other, mask: mask, caption: texts?[i], name: pair.own.lastPathComponent)
                sheet.add(own, other, index: i)
                progress.advance(to: i + 1, note: "")
            }
            progress.end()
            return (evaluation.report(), sheet)
        }

        /// What is measured, without what cannot be.
        ///
        /// - Throws: `ExitCode` where nothing is left.
        func evaluation(
            _ metrics: [EvaluationMetric], _ frames: EvaluationProtocol
        ) throws -> PairEvaluation {
            let evaluation = try PairEvaluation(
                metrics, protocol: frames,
                weights: MetricWeights(folder: weights.map { URL(fileURLWithPath: $0) }),
                leavesOutMissing: true, makeFaceReader: { try TrackedFaces() })
            guard evaluation.metrics.isEmpty else { return evaluation }
            for note in evaluation.notes { Console.note(note) }
            throw ExitCode(ExitStatus.badInput)
        }

        /// Adds the pictures of other people, where their number counts.
        func addDistractors(to evaluation: inout PairEvaluation) throws {
            guard let distractors, evaluation.metrics.contains(.identityRank) else { return }
            let files = try PictureSequence(URL(fileURLWithPath: distractors)).files
            var count = 0
            for file in files
            where try evaluation.addDistractor(Image.read(contentsOf: file)) { count += 1 }
            Console.note("\(count) of \(files.count) pictures of other people show a face.")
        }

        private func texts(
            for pictures: PictureSequence, _ evaluation: PairEvaluation
        ) throws -> [String]? {
            guard evaluation.metrics.contains(.clip) else { return nil }
            return try Captions.read(
                for: pictures, file: captions.map { URL(fileURLWithPath: $0) })
        }

        private func write(
            _ report: EvaluationReport, _ sheet: EvaluationSheet, to url: URL
        ) throws {
            switch url.pathExtension.lowercased() {
            case "json": try text(report.json + "\n", to: url)
            case "csv": try text(report.csv, to: url)
            case "tex": try text(report.latex, to: url)
            default: try sheet.image?.write(to: url, overwrite: common.overwrite)
            }
        }

        private func text(_ text: String, to url: URL) throws {
            try AtomicFile.write(Array(text.utf8), to: url, overwrite: common.overwrite)
        }
    }
}

extension EvaluationProtocol: ExpressibleByArgument {}
extension CaptureView.Part: ExpressibleByArgument {}

extension Optional {
    /// `map` with a closure that waits.
    fileprivate func asyncMap<Result>(
        _ transform: (Wrapped) async throws -> Result
    ) async rethrows -> Result? {
        guard let self else { return nil }
        return try await transform(self)
    }
}
