import Diffusion
import Evaluation
import Foundation
import Media
import Spatial
import Synchronization
import Testing
import Torch

@testable import Methods

@Suite(.serialized) struct LDM3DTrainingTests {
    /// As small as it goes, all parts included.
    private static var options: LDM3DTrainingOptions {
        var options = LDM3DTrainingOptions()
        options.size = 16
        options.autoencoder.channels = [8, 16]
        options.autoencoder.steps = 10
        options.autoencoder.decoderSteps = 10
        options.autoencoder.batch = 4
        options.text.channels = 16
        options.text.layers = 1
        options.text.heads = 2
        options.text.steps = 10
        options.text.batch = 8
        options.diffusion.channels = [16, 24]
        options.diffusion.attends = [false, true]
        options.diffusion.heads = 2
        options.diffusion.steps = 10
        options.diffusion.batch = 4
        options.diffusion.warmUp = 3
        return options
    }

    private static let scenes = ShapeScenes(seed: 9, count: 12, size: 16)

    private func withFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "training-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(folder)
    }

    /// Runs to the end, stopping after each `interval` steps and going on with everything made anew.
    private func train(
        _ options: LDM3DTrainingOptions, in folder: URL, stoppingEvery interval: Int? = nil,
        examples: any RGBDExamples = scenes
    ) throws -> Int {
        var stops = 0
        while true {
            let asked = Counter()
            let training = try LDM3DTraining(options, examples: examples, folder: folder)
            do {
                _ = try training.run(listener: SilentListener()) {
                    interval.map { asked.next() % $0 == 0 } ?? false
                }
                return stops
            } catch is TrainingCancelled {
                stops += 1
                guard stops < 100 else { return stops }
            }
        }
    }

    private func checkpoint(_ stage: String, in folder: URL) throws -> [String: TensorData] {
        try SafetensorsFile(
            contentsOf: folder.appendingPathComponent("checkpoints/\(stage).safetensors")
        ).tensors()
    }

    private static let stages = ["autoencoder", "text-encoder", "decoder", "diffusion"]

    @Test func aRunThatWasStoppedEndsWithTheSameBits() throws {
        try withFolder { whole in
            try withFolder { parts in
                #expect(try train(Self.options, in: whole) == 0)
                #expect(try train(Self.options, in: parts, stoppingEvery: 5) >= 3)
                for stage in Self.stages {
                    let expected = try checkpoint(stage, in: whole)
                    let found = try checkpoint(stage, in: parts)
                    #expect(expected.count > 10 && expected == found, "\(stage)")
                }
                for file in ["unet/diffusion_pytorch_model", "text_encoder/model"] {
                    let name = "model/\(file).safetensors"
                    let expected = try Data(contentsOf: whole.appendingPathComponent(name))
                    #expect(try Data(contentsOf: parts.appendingPathComponent(name)) == expected)
                }
                let lines = try metrics(in: parts)
                #expect(lines.count == 40)
                #expect(try metrics(in: whole).map(\.step) == lines.map(\.step))
                #expect(try metrics(in: whole).map(\.first) == lines.map(\.first))
            }
        }
    }

    private func metrics(in folder: URL) throws -> [(step: Int, first: Substring)] {
        try String(contentsOf: folder.appendingPathComponent("metrics.jsonl"), encoding: .utf8)
            .split(separator: "\n").map { line in
                let parts = line.split(separator: ", ")
                return (Int(parts[1].dropFirst("\"step\": ".count))!, parts[3])
            }
    }

    @Test func anotherSeedAndAccumulationGiveOthers() throws {
        try withFolder { folder in
            var options = Self.options
            options.autoencoder.steps = 2
            options.autoencoder.decoderSteps = 2
            options.text.steps = 2
            options.diffusion.steps = 2
            options.accumulation = 2
            _ = try train(options, in: folder)
            options.seed = 1
            let training = try LDM3DTraining(options, examples: Self.scenes, folder: folder)
            #expect { try training.run(listener: SilentListener()) } throws: {
                "\($0)".contains("begun with other options")
            }
        }
    }

    @Test func checkpointingActivationsChangesNoBit() throws {
        func state(_ checkpoints: Bool) throws -> StateDictionary {
            var options = Self.options
            options.checkpointsActivations = checkpoints
            let stage = try AutoencoderStage(options, examples: Self.scenes)
            for step in 0..<3 { _ = try stage.advance(step) }
            return stage.state
        }
        let (kept, again) = (try state(false), try state(true))
        #expect(kept.names == again.names)
        for name in kept.names { #expect(kept[name]!.isEqual(to: again[name]!), "\(name)") }
    }

    @Test func mixedPrecisionIsNearFullPrecision() throws {
        func loss(_ isMixed: Bool) throws -> Double {
            var options = Self.options
            options.isMixedPrecision = isMixed
            let stage = try AutoencoderStage(options, examples: Self.scenes)
            return try stage.advance(0)[0].value
        }
        let (full, mixed) = (try loss(false), try loss(true))
        #expect(full != mixed && abs(full - mixed) < 0.02 * full)
    }

    @Test func trainingLowersTheLosses() throws {
        var options = Self.options
        options.autoencoder.steps = 60
        options.autoencoder.adversarialWeight = 0
        let stage = try AutoencoderStage(options, examples: Self.scenes)
        let losses = try (0..<60).map { try stage.advance($0)[0].value }
        let first: Double = losses.prefix(10).reduce(0, +)
        let last: Double = losses.suffix(10).reduce(0, +)
        #expect(last < 0.7 * first)
    }

    @Test func aWidenedAutoencoderBeginsAsWhatItWas() throws {
        var configuration = AutoencoderConfiguration(channels: [8, 16])
        configuration.groups = 4
        let rgb = AutoencoderKL(configuration, using: RandomGenerator(seed: 1))
        let wide = try rgb.widened(to: 4)
        let image = Tensor.uniform([1, 4, 16, 16], in: -1..<1, using: RandomGenerator(seed: 2))
        noGrad {
            let old = rgb.posterior(of: image.narrow(1, 0, 3)).mode
            let new = wide.posterior(of: image).mode
            #expect(old.isClose(to: new, absolute: 1e-6))
            let decoded = wide.decode(new)
            #expect(decoded.narrow(1, 0, 3).isClose(to: rgb.decode(old), absolute: 1e-5))
            let mean = decoded.narrow(1, 0, 3).mean(1, keepDim: true)
            #expect(decoded.narrow(1, 3, 1).isClose(to: mean, absolute: 1e-5))
        }
        #expect(throws: DiffusionError.self) { try wide.widened(to: 6) }
    }

    @Test func refiningTheDecoderLeavesLatentsAsTheyAre() throws {
        let model = try AutoencoderStage(Self.options, examples: Self.scenes).model
        let image = try Self.scenes.examples([0]).tensor
        let before = noGrad { model.posterior(of: image).mode.cloned() }
        let made = noGrad { model.decode(before).cloned() }
        let stage = AutoencoderStage(refining: model, Self.options, examples: Self.scenes)
        for step in 0..<2 { _ = try stage.advance(step) }
        #expect(noGrad { model.posterior(of: image).mode }.isEqual(to: before))
        #expect(!noGrad { model.decode(before) }.isEqual(to: made))
    }

    @Test func averagesAreThoseOfTheFormula() {
        let parameter = Tensor([0 as Float]).requiringGrad()
        let average = ExponentialAverage(of: [("x", parameter)], decay: 0.5)
        var expected: Float = 0
        for step in 0..<20 {
            parameter.setData(Tensor([Float(step)]))
            average.update(after: step)
            let decay = min(0.5, Float(1 + step) / Float(10 + step))
            expected = decay * expected + (1 - decay) * Float(step)
        }
        #expect(abs(average.stateDictionary["x"]!.item() - expected) < 1e-5)
        average.applied { #expect(abs(parameter.item() - expected) < 1e-5) }
        #expect(parameter.item() == 19)
    }

    @Test func everyEpochShowsEveryExampleOnce() {
        var order = ShuffledOrder(count: 10, seed: 4)
        let first = (0..<5).flatMap { order.batch($0, of: 4) }
        #expect(first.prefix(10).sorted() == Array(0..<10))
        #expect(first.dropFirst(10).sorted() == Array(0..<10))
        #expect(Array(first.prefix(10)) != Array(first.dropFirst(10)))
        var again = ShuffledOrder(count: 10, seed: 4)
        #expect(again.batch(3, of: 4) == Array(first[12..<16]))
    }

    @Test func structuralDissimilarityIsThatOfTheDefinition() {
        let generator = RandomGenerator(seed: 5)
        let a = Tensor.uniform([1, 1, 7, 7], in: -1..<1, using: generator)
        let b = Tensor.uniform([1, 1, 7, 7], in: -1..<1, using: generator)
        let (x, y) = (a.array().map(Double.init), b.array().map(Double.init))
        func mean(_ values: [Double]) -> Double { values.reduce(0, +) / 49 }
        let (mx, my) = (mean(x), mean(y))
        let vx = mean(x.map { ($0 - mx) * ($0 - mx) })
        let vy = mean(y.map { ($0 - my) * ($0 - my) })
        let cov = mean(zip(x, y).map { ($0 - mx) * ($1 - my) })
        let expected =
            1 - (2 * mx * my + 4e-4) * (2 * cov + 3.6e-3)
            / ((mx * mx + my * my + 4e-4) * (vx + vy + 3.6e-3))
        let found = Double(StructuralDissimilarity.evaluate(a, b).item())
        #expect(abs(found - expected) < 1e-5)
        #expect(abs(StructuralDissimilarity.evaluate(a, a).item()) < 1e-6)
    }
}

/// Counts calls, from 1.
private final class Counter: Sendable {
    private let count = Mutex(0)

    func next() -> Int {
        count.withLock {
            $0 += 1
            return $0
        }
    }
}
