import Foundation
import Media
import Spatial
import Testing

@testable import Evaluation

/// Which pixels protocols compare, which files belong together, and what the report says.
@Suite struct PairEvaluationTests {
    private static let pair: (truth: Image, mask: Image) = {
        var truth = Image(width: 40, height: 30, channels: 3, filledWith: 0.5)
        var mask = Image(width: 40, height: 30, channels: 1)
        for y in 10..<20 {
            for x in 10..<25 {
                mask[x, y, 0] = 1
                for c in 0..<3 { truth[x, y, c] = 0.2 + 0.01 * Float(x) }
            }
        }
        return (truth, mask)
    }()

    private var truth: Image { Self.pair.truth }
    private var mask: Image { Self.pair.mask }

    /// The truth with an error of 0.1 inside the mask and of 0.3 outside.
    private var predicted: Image {
        var image = truth
        for c in 0..<3 {
            for i in 0..<image.pixelCount {
                image.samples[c * image.pixelCount + i] += mask.samples[i] > 0.5 ? 0.1 : 0.3
            }
        }
        return image
    }

    private func psnr(_ frames: EvaluationProtocol) throws -> Double {
        var evaluation = try PairEvaluation(
            [.psnr], protocol: frames, weights: MetricWeights(), leavesOutMissing: false)
        try evaluation.add(predicted, truth, mask: mask, name: "a")
        return evaluation.report().results[0].value
    }

    @Test func protocolsCompareTheirPixels() throws {
        let (inside, all) = (150.0, 1200.0)
        #expect(abs(try psnr(.masked) - 20) < 1e-3)
        let full = -10 * log10((inside * 0.01 + (all - inside) * 0.09) / all)
        #expect(abs(try psnr(.full) - full) < 1e-3)
        #expect(abs(try psnr(.degas) - full) < 1e-3)
        #expect(abs(try psnr(.persona) + 10 * log10(inside * 0.01 / all)) < 1e-3)
        let patches = EvaluationProtocol.degas.views(predicted, truth, mask: mask).patches
        #expect(patches.truth.width == 512 && patches.truth.height == 512)
        // The whole picture is within 50 pixels: white bars above and below make it square.
        #expect(patches.truth[256, 2, 0] == 1 && abs(patches.truth[20, 256, 0] - 0.5) < 1e-3)
    }

    @Test func theBoxIsAllThatCounts() throws {
        // Fifteen columns and ten rows, all within the mask.
        #expect(abs(try psnr(.box) - 20) < 1e-3)
        let views = EvaluationProtocol.box.views(predicted, truth, mask: mask)
        #expect(views.patches.truth.width == 15 && views.patches.truth.height == 10)
        #expect(views.pixels.truth == truth.cropped(x: 10, y: 10, width: 15, height: 10))
        let nothing = Image(width: 40, height: 30, channels: 1)
        #expect(EvaluationProtocol.box.views(predicted, truth, mask: nothing).pixels.truth == truth)
    }

    @Test(arguments: EvaluationProtocol.allCases)
    func protocolsHaveMetricsOfTheirSubject(_ frames: EvaluationProtocol) {
        for subject in [EvaluationMetric.Subject.colour, .mask, .depth, .normal] {
            let metrics = frames.metrics(of: subject)
            #expect(!metrics.isEmpty && metrics.allSatisfy { $0.subject == subject })
        }
    }

    @Test func aProtocolSaysWhoseSimilarityItIs() throws {
        var values: [Double] = []
        for frames in [EvaluationProtocol.persona, .degas] {
            var evaluation = try PairEvaluation(
                [.ssim], protocol: frames, weights: MetricWeights(), leavesOutMissing: false)
            try evaluation.add(
                predicted, truth,
                mask: Image(width: 40, height: 30, channels: 1, filledWith: 1), name: "a")
            values.append(evaluation.report().results[0].value)
        }
        let variants = [SSIM.Variant.torchmetrics, .scikitImage].map {
            SSIM.evaluate(predicted, truth, variant: $0)
        }
        #expect(values == variants && values[0] != values[1])
    }

    @Test func alphaIsTheMask() throws {
        var evaluation = try PairEvaluation(
            [.psnr, .iou], protocol: .masked, weights: MetricWeights(), leavesOutMissing: false)
        try evaluation.add(predicted.withAlpha(mask), truth.withAlpha(mask), name: "a")
        let results = evaluation.report().results
        // Half-transparent colours are seen over white in both.
        #expect(abs(results[0].value - 20) < 1e-3 && results[1].value == 1)
    }

    @Test func otherSizesAreRefused() throws {
        var evaluation = try PairEvaluation(
            [.psnr], protocol: .full, weights: MetricWeights(), leavesOutMissing: false)
        #expect {
            try evaluation.add(predicted, Image(width: 4, height: 4, channels: 3), name: "b.png")
        } throws: {
            "\($0)".contains("b.png") && "\($0)".contains("4×4")
        }
    }

    @Test func missingNetworksAreNotedOrThrown() throws {
        let nowhere = MetricWeights(folder: URL(fileURLWithPath: "/nowhere"))
        let evaluation = try PairEvaluation(
            [.psnr, .lpips, .fid], protocol: .full, weights: nowhere, leavesOutMissing: true)
        #expect(evaluation.metrics == [.psnr] && evaluation.notes.count == 2)
        #expect(throws: EvaluationError.self) {
            try PairEvaluation(
                [.lpips], protocol: .full, weights: nowhere, leavesOutMissing: false)
        }
    }

    @Test func reportsSayTheSame() throws {
        var evaluation = try PairEvaluation(
            [.psnr, .flicker], protocol: .full, weights: MetricWeights(), leavesOutMissing: false)
        try evaluation.add(predicted, truth, name: "a, \"one\".png")
        try evaluation.add(truth, truth, name: "b.png")
        let report = evaluation.report()
        let lines = report.csv.split(separator: "\n")
        #expect(lines[0] == "name,psnr,flicker" && lines.count == 4)
        #expect(lines[1].hasPrefix("\"a, \"\"one\"\".png\","))
        #expect(lines[2].hasPrefix("b.png,inf,"))
        #expect(report.latex.contains("PSNR $\\uparrow$ & Flicker $\\downarrow$"))
        let json = try #require(
            JSONSerialization.jsonObject(with: Data(report.json.utf8)) as? [String: Any])
        #expect(json["count"] as? Int == 2)
        let means = try #require(json["mean"] as? [String: Any])
        #expect(abs((means["flicker"] as? Double ?? 0) - 0.2828) < 1e-3)
        #expect(report.text.contains("higher is better"))
    }

    @Test func picturesFindTheirPartners() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        func sequence(_ name: String, _ files: [String]) throws -> PictureSequence {
            let folder = folder.appending(path: name)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            for file in files { try Data().write(to: folder.appending(path: file)) }
            return try PictureSequence(folder)
        }
        // Cameras' folders count as parts of names.
        func cameras(_ name: String) -> PictureSequence {
            let folder = folder.appending(path: name)
            return PictureSequence(
                files: ["a/1.png", "b/1.png"].map { folder.appending(path: $0) }, of: folder)
        }
        let views = try cameras("one").paired(with: cameras("two"))
        #expect(views.map { $0.other.path } == cameras("two").files.map(\.path))

        let made = try sequence("made", ["f10.png", "f2.png", "notes.txt", ".hidden.png"])
        #expect(made.files.map(\.lastPathComponent) == ["f2.png", "f10.png"])
        let same = try made.paired(with: sequence("same", ["f2.jpg", "f10.jpg", "f11.jpg"]))
        #expect(same.map(\.other.lastPathComponent) == ["f2.jpg", "f10.jpg"])
        let ordered = try made.paired(with: sequence("ordered", ["x1.png", "x2.png"]))
        #expect(ordered.map(\.other.lastPathComponent) == ["x1.png", "x2.png"])
        #expect(throws: EvaluationError.self) {
            try made.paired(with: sequence("partly", ["f2.png", "x2.png"]))
        }
        #expect(throws: EvaluationError.self) { try sequence("none", ["a.txt"]) }
        #expect(throws: EvaluationError.self) {
            try PictureSequence(folder.appending(path: "nowhere"))
        }
    }
}
