import Diffusion
import Foundation
import Spatial
import Testing
import Torch

@testable import Methods

/// Tiny pipelines as diffusers saved them, and what diffusers made with them
/// (scripts/fixtures/diffusion_pipeline.py).
struct PipelineFixture {
    /// A run of diffusers.
    struct Run: Decodable, Sendable, CustomTestStringConvertible {
        let name: String
        let model: String
        let solver: String
        let steps: Int
        let prompt: String
        let negative: String
        /// Empty where the noise is given.
        let seeds: [UInt64]
        let guidance: Double
        let rescale: Double
        let eta: Double
        let strength: Double?
        let masked: Bool

        var testDescription: String { name }
    }

    static let folder = Bundle.module.url(forResource: "Fixtures", withExtension: nil)!

    static let runs: [Run] = {
        let file = folder.appendingPathComponent("pipelines.json")
        return try! JSONDecoder().decode([Run].self, from: Data(contentsOf: file))
    }()

    static func model(_ name: String) -> URL {
        folder.appendingPathComponent("pipelines/\(name)")
    }

    let tensors: StateDictionary

    init() throws {
        tensors = try StateDictionary(
            safetensors: Self.folder.appendingPathComponent("pipelines.safetensors"))
    }

    subscript(key: String) -> Tensor { tensors[key]! }

    /// The options of a run.
    func options(_ run: Run) -> LDM3D.Options {
        var options = LDM3D.Options()
        options.steps = run.steps
        options.negativePrompt = run.negative
        options.guidance = Guidance(scale: run.guidance, rescale: run.rescale)
        options.eta = run.eta
        options.size = (24, 16)
        options.count = max(run.seeds.count, 1)
        if let seed = run.seeds.first { options.seed = seed }
        if run.seeds.isEmpty {
            options.latents = self["noise"]
            options.count = 2
        }
        if let strength = run.strength {
            options.input = LDM3D.Input(
                image: image, strength: strength, mask: run.masked ? mask : nil)
        }
        return options
    }

    /// The picture that runs begin with. Its depth is what the image's channels of bytes say.
    var image: RGBDImage { RGBDImage(decoded: self["image"].select(0, 0) * 2 - 1, packing: .bytes) }

    var mask: Image { Image(width: 24, height: 16, channels: 1, samples: self["mask"].array()) }
}

/// The greatest difference of two tensors of one shape.
func greatestDifference(_ a: Tensor, _ b: Tensor) -> Float {
    a.shape == b.shape ? (a - b).abs().max().item() : .infinity
}
