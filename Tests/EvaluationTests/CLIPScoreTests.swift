import Foundation
import Media
import Spatial
import Testing

@testable import Evaluation

/// The CLIP score against torchmetrics' (scripts/fixtures/diffusion_clip.py), and where captions come
/// from.
@Suite struct CLIPScoreTests {
    private struct Expected: Decodable {
        let captions: [String]
        let scores: [Double]
        let mean: Double
    }

    private static let folder = Bundle.module.url(forResource: "Fixtures", withExtension: nil)!

    private func expected() throws -> Expected {
        try JSONDecoder().decode(
            Expected.self, from: Data(contentsOf: Self.folder.appending(path: "clip/scores.json")))
    }

    @Test func agreesWithTorchmetrics() throws {
        let expected = try expected()
        let score = CLIPScore(try MetricWeights(folder: Self.folder).clip())
        let found = try expected.captions.enumerated().map { number, caption in
            let url = Self.folder.appending(path: "clip/\(number).png")
            return try score.evaluate(Image.read(contentsOf: url), caption: caption)
        }
        for (a, b) in zip(found, expected.scores) { #expect(abs(a - b) < 1e-4) }
        #expect(found.contains { abs($0) > 5 })
        #expect(abs(CLIPScore.mean(found) - expected.mean) < 1e-4)
        #expect(CLIPScore.mean([-3, 1]) == 0)
    }

    @Test func pairsAreScoredByTheirCaptions() throws {
        let expected = try expected()
        var evaluation = try PairEvaluation(
            [.clip], protocol: .ldm3d, weights: MetricWeights(folder: Self.folder),
            leavesOutMissing: false)
        for number in 0..<4 {
            let image = try Image.read(
                contentsOf: Self.folder.appending(path: "clip/\(number).png"))
            try evaluation.add(
                image, image, caption: expected.captions[number], name: "\(number).png")
        }
        let result = evaluation.report().results[0]
        #expect(abs(result.value - expected.mean) < 1e-4)
        for (a, b) in zip(result.each, expected.scores) { #expect(abs(a - b) < 1e-4) }
    }

    @Test func captionsAreFound() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        func write(_ name: String, _ text: String) throws -> URL {
            let url = folder.appending(path: name)
            try text.write(to: url, atomically: true, encoding: .utf8)
            return url
        }
        for name in ["a.png", "b.jpg"] { _ = try write(name, "") }
        let pictures = try PictureSequence(folder)
        #expect(throws: EvaluationError.self) { try Captions.read(for: pictures, file: nil) }
        _ = try write("a.txt", " a cat\n")
        _ = try write("b.txt", "a dog")
        let files: [URL?] = [
            nil, try write("list", "a cat\na dog\n"),
            try write("names.json", #"{"a.png": "a cat", "b": "a dog"}"#),
            try write(
                "metadata.jsonl",
                #"{"file_name": "b.jpg", "text": "a dog"}"# + "\n"
                    + #"{"file_name": "a.png", "text": "a cat"}"#),
        ]
        for file in files {
            #expect(try Captions.read(for: pictures, file: file) == ["a cat", "a dog"])
        }
        for file in [try write("short", "a cat"), try write("less.json", #"{"a": "a cat"}"#)] {
            #expect(throws: EvaluationError.self) { try Captions.read(for: pictures, file: file) }
        }
    }
}
