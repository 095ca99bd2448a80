import ArgumentParser
import Evaluation
import Foundation
import Media
import Spatial

extension Eval {
    /// `likeness eval PREDICTED TRUTH`.
    struct Pairs: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "pairs",
            abstract: "Measure pictures against the true ones.",
            discussion: """
                Both are a picture, a folder of pictures or a video. Pictures of folders belong \
                together by their names, or, if no name is in both, by their order. The true \
                pictures' alpha is the mask of protocols that need one, or give --masks. Depths are \
                PNG files of 16 bits and one channel, normals colours of n = 2c − 1.

                Metrics: \(EvaluationMetric.allCases.map(\.rawValue).joined(separator: ", ")). \
                LPIPS, FID and the Inception score need networks that their authors publish; the \
                error says which file to bring. FID of fewer than some thousand pictures says \
                little.

                Protocols: full (all pixels, over white); masked (PSNR and SSIM of the mask's \
                pixels); persona (white outside the mask, as PERSONA, ExAvatar and NeuMan do); degas \
                (LPIPS on the mask's box, 50 pixels wider, at 512).

                  likeness eval renders photos
                  likeness eval renders photos --protocol persona --masks masks -o scores.csv
                  likeness eval out.mp4 take.mp4 --metrics psnr,flicker -o sheet.png -o scores.tex
                  likeness eval depth true-depth --metrics absrel,rmse,absrel-aligned --json
                """)

        @Argument(help: ArgumentHelp("What was made.", valueName: "predicted"))
        var predicted: String

        @Argument(help: ArgumentHelp("What is true.", valueName: "truth"))
        var truth: String

        @Option(
            help: ArgumentHelp(
                "What to measure; what suits the pictures, if left out.", valueName: "names"))
        var metrics: String?

        @Option(name: .customLong("protocol"), help: "Which pixels count.")
        var frames = EvaluationProtocol.full

        @Option(help: ArgumentHelp("Masks of the true pictures.", valueName: "folder"))
        var masks: String?

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
        private func chosen() throws -> [EvaluationMetric]? {
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
            let spool = FileManager.default.temporaryDirectory.appendingPathComponent(
                "likeness-eval-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: spool) }
            let progress = ProgressBar(isQuiet: common.quiet)
            let made = try await pictures(predicted, spool: spool.appendingPathComponent("a"))
            let real = try await pictures(truth, spool: spool.appendingPathComponent("b"))
            let covers = try await masks.asyncMap {
                try await pictures($0, spool: spool.appendingPathComponent("c"))
            }
            let pairs = try made.paired(with: real)
            let maskFiles = try covers.map { try made.paired(with: $0).map(\.other) }

            var evaluation = try PairEvaluation(
                try chosen() ?? suitable(made), protocol: frames,
                weights: MetricWeights(folder: weights.map { URL(fileURLWithPath: $0) }),
                leavesOutMissing: true)
            for note in evaluation.notes { Console.note(note) }
            guard !evaluation.metrics.isEmpty else { throw ExitCode(2) }
            var sheet = EvaluationSheet(count: pairs.count)
            progress.begin("measuring", steps: pairs.count)
            for (i, pair) in pairs.enumerated() {
                let (own, other) = (
                    try Image.read(contentsOf: pair.own),
                    try Image.read(contentsOf: pair.other)
                )
                let mask = try maskFiles.map { try Image.read(contentsOf: $0[i]) }
                if frames.needsMask, mask == nil, other.alpha == nil {
                    throw EvaluationError.mismatch(
                        file: pair.other.relativePath, found: "no alpha",
                        expected: "a mask for the protocol \(frames.rawValue), or --masks,")
                }
                try evaluation.add(own, other, mask: mask, name: pair.own.lastPathComponent)
                sheet.add(own, other, index: i)
                progress.advance(to: i + 1, note: "")
            }
            progress.end()
            let report = evaluation.report()
            for (target, name) in zip(targets, output) {
                try write(report, sheet, to: target, name: name)
            }
            Console.result(common.json ? report.json : report.text)
        }

        /// The metrics of pictures like these, where none were named.
        private func suitable(_ made: PictureSequence) throws -> [EvaluationMetric] {
            if try made.holdsDepth() { return [.absRel, .rmse, .absRelAligned, .rmseAligned] }
            return [.psnr, .ssim, .msssim, .lpips]
        }

        private func write(
            _ report: EvaluationReport, _ sheet: EvaluationSheet, to url: URL, name: String
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

        /// The pictures of a path. A video's frames are written to `spool` first, so that two videos
        /// can be gone through side by side.
        private func pictures(_ path: String, spool: URL) async throws -> PictureSequence {
            let url = URL(fileURLWithPath: path)
            let ending = url.pathExtension.lowercased()
            guard ["mp4", "mov", "m4v", "webm", "mkv", "avi"].contains(ending) else {
                return try PictureSequence(url)
            }
            try FileManager.default.createDirectory(at: spool, withIntermediateDirectories: true)
            let reader = try await VideoReader(contentsOf: url)
            try await reader.readFrames { index, frame in
                let name = String(format: "%06d.png", index)
                try frame.writePNG(
                    to: spool.appendingPathComponent(name), compression: 1, overwrite: true)
            }
            return try PictureSequence(spool)
        }
    }
}

extension EvaluationProtocol: ExpressibleByArgument {}

extension Optional {
    /// `map` with a closure that waits.
    fileprivate func asyncMap<Result>(
        _ transform: (Wrapped) async throws -> Result
    ) async rethrows -> Result? {
        guard let self else { return nil }
        return try await transform(self)
    }
}
