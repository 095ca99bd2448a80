import Diffusion
import Foundation
import Spatial
import Testing
import Torch

@testable import Methods

/// Against diffusers (scripts/fixtures/diffusion_upscaling.py).
@Suite struct LDM3DUpscalerTests {
    private let fixture: StateDictionary

    init() throws {
        fixture = try StateDictionary(
            safetensors: PipelineFixture.folder.appendingPathComponent("upscaling.safetensors"))
    }

    private var options: LDM3DUpscaler.Options {
        var options = LDM3DUpscaler.Options()
        options.negativePrompt = "a cube"
        options.steps = 6
        options.seed = 7
        return options
    }

    private func picture(_ name: String) -> RGBDImage {
        RGBDImage(decoded: fixture[name]!.select(0, 0) * 2 - 1, packing: .single)
    }

    private func expectParity(
        _ name: String, _ image: RGBDImage, _ options: LDM3DUpscaler.Options
    ) throws -> LDM3D.Sample {
        let upscaler = try LDM3DUpscaler(contentsOf: PipelineFixture.model(name))
        let sample = try upscaler.upscale(
            image, prompt: "a red sphere left of a blue cube", options: options)
        for (key, found) in [
            ("noise", sample.noise), ("latents", sample.latents), ("decoded", sample.decoded),
        ] {
            let error = greatestDifference(found, fixture["\(name)/\(key)"]!)
            #expect(error <= 1e-4, "\(name)/\(key) is off by \(error)")
        }
        #expect(sample.image.width == sample.decoded.size(3))
        return sample
    }

    @Test func enlargesAsStableDiffusionDoes() throws {
        var options = options
        options.latents = fixture["upscaler-x4/noise"]
        let image = picture("image")
        let sample = try expectParity("upscaler-x4", image, options)
        #expect(sample.image.width == 48 && sample.image.height == 32)
        // Its model knows no depth: that is enlarged without it.
        #expect(sample.image.depth == image.resized(width: 48, height: 32).depth)
    }

    @Test func enlargesDepthWithColours() throws {
        var options = options
        options.latents = fixture["upscaler-x4-depth/noise"]
        (options.noiseLevel, options.steps, options.guidance) = (40, 9, Guidance(scale: 4))
        let sample = try expectParity("upscaler-x4-depth", picture("image"), options)
        #expect(sample.image.depth?.count == 48 * 32)
    }

    @Test func enlargesAsLDM3DSR() throws {
        let sample = try expectParity("upscaler-sr", picture("flat"), options)
        #expect(sample.image.width == 16 && sample.image.height == 8)
    }

    /// Older files of the upscaler lack its scale; diffusers knows it.
    @Test func scaleOfOlderFilesDoesNotMatter() throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("upscaler-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.copyItem(at: PipelineFixture.model("upscaler-x4"), to: folder)
        let file = folder.appendingPathComponent("vae/config.json")
        let text = try String(contentsOf: file, encoding: .utf8)
        #expect(text.contains("0.08333"))
        try text.replacing("0.08333", with: "0.18215").write(
            to: file, atomically: true, encoding: .utf8)
        var options = options
        options.latents = fixture["upscaler-x4/noise"]
        let sample = try LDM3DUpscaler(contentsOf: folder).upscale(
            picture("image"), prompt: "a red sphere left of a blue cube", options: options)
        #expect(greatestDifference(sample.decoded, fixture["upscaler-x4/decoded"]!) <= 1e-4)
    }

    @Test func halfPrecisionIsClose() throws {
        var options = options
        options.latents = fixture["upscaler-x4/noise"]
        let sample = try LDM3DUpscaler(
            contentsOf: PipelineFixture.model("upscaler-x4"), precision: .bfloat16
        ).upscale(
            picture("image"), prompt: "a red sphere left of a blue cube", options: options)
        let difference = sample.decoded - fixture["upscaler-x4/decoded"]!
        #expect(difference.abs().mean().item() < 0.1)
    }

    @Test func whatDoesNotFitIsOneSentence() throws {
        let upscaler = try LDM3DUpscaler(contentsOf: PipelineFixture.model("upscaler-x4-depth"))
        let image = picture("image")
        func expectError(
            _ word: String, _ image: RGBDImage,
            _ change: (inout LDM3DUpscaler.Options) -> Void = { _ in }
        ) throws {
            var options = options
            change(&options)
            let error = try #require(throws: DiffusionError.self) {
                _ = try upscaler.upscale(image, prompt: "a cube", options: options)
            }
            #expect(error.description.contains(word), "\(error.description)")
            #expect(error.description.hasSuffix(".") && !error.description.contains("\n"))
        }
        try expectError("noise level", image) { $0.noiseLevel = 60 }
        try expectError("noise level", image) { $0.noiseLevel = -1 }
        try expectError("number of steps", image) { $0.steps = 0 }
        try expectError("latents", image) { $0.latents = .zeros([1, 4, 3, 3]) }
        try expectError("negative prompt", image) {
            $0.negativePrompt = String(repeating: "cube ", count: 10_000)
        }
        try expectError("depth", RGBDImage(colour: image.colour, depth: nil))
        let long = RGBDImage(
            colour: Image(width: 5000, height: 1, channels: 3),
            depth: Array(repeating: 0, count: 5000))
        try expectError("5000", long)
        let error = try #require(throws: DiffusionError.self) {
            _ = try LDM3DUpscaler(contentsOf: PipelineFixture.model("ldm3d"))
        }
        #expect(error.description.contains("StableDiffusionLDM3DPipeline"))
    }
}
