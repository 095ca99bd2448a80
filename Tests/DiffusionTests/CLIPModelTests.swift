import Foundation
import Spatial
import Testing
import Torch

@testable import Diffusion

/// Against transformers' CLIPModel and CLIPProcessor (scripts/fixtures/diffusion_clip.py).
@Suite struct CLIPModelTests {
    static let names = ["clip-openai", "clip-5", "clip-bilinear"]

    /// The captions of the script, and its pictures as they were in eight bits.
    private static let captions = [
        "a photo of a red cat", "", String(repeating: "the sea at night, watercolour ", count: 12),
        "Straße über naïve cafés!",
    ]

    private func pictures() throws -> [Image] {
        let fixture = try NetworkFixture("pictures", in: "clip")
        return (0..<4).map { number in
            let pixels = fixture["\(number)"]
            return Image(
                width: pixels.size(2), height: pixels.size(1), channels: 3,
                samples: pixels.converted(to: .float32).array().map { $0 / 255 })
        }
    }

    @Test(arguments: names) func seesAndReadsAsTransformers(_ name: String) throws {
        let fixture = try NetworkFixture(name, in: "clip")
        let model = try CLIPModel(folder: fixture.folder.url)
        let pictures = try pictures()
        let pixels = Tensor.cat(pictures.map { model.processor($0) })
        fixture.expect(pixels, "pixels", tolerance: 1e-5)
        noGrad {
            fixture.expect(model.vision.encode(fixture["pixels"]), "states", tolerance: 1e-4)
            fixture.expect(model.vision(fixture["pixels"]), "images", tolerance: 1e-4)
        }
        fixture.expect(
            Tensor.cat(pictures.map { model.features(of: $0) }), "images",
            tolerance: 1e-4)
        fixture.expect(
            Tensor.cat(try Self.captions.map { try model.features(of: $0) }), "texts",
            tolerance: 1e-4)
    }

    @Test func imagesAreALoss() throws {
        let fixture = try NetworkFixture("clip-5", in: "clip")
        let model = try CLIPModel(folder: fixture.folder.url)
        let pixels = fixture["pixels"].cloned().requiringGrad()
        try model.vision(pixels).sum().backward()
        #expect(try #require(pixels.grad).abs().sum().item() > 0)
    }

    @Test func foldersThatDoNotFitAreRefused() throws {
        let fixture = try NetworkFixture("clip-5", in: "clip")
        func message(_ file: String, _ old: String, _ new: String) throws -> String {
            let folder = try TemporaryFolder()
            for name in try FileManager.default.contentsOfDirectory(
                atPath: fixture.folder.url.path)
            {
                try FileManager.default.copyItem(
                    at: fixture.folder.url.appendingPathComponent(name),
                    to: folder.url.appendingPathComponent(name))
            }
            let url = folder.url.appendingPathComponent(file)
            let text = try String(contentsOf: url, encoding: .utf8)
            #expect(text.contains(old), "\(file) has no \(old)")
            try FileManager.default.removeItem(at: url)
            try text.replacingOccurrences(of: old, with: new)
                .write(to: url, atomically: true, encoding: .utf8)
            do {
                _ = try CLIPModel(folder: folder.url)
                return ""
            } catch let error as any InputError {
                return error.description
            }
        }
        let processor = "processor_config.json"
        #expect(try message(processor, "\"resample\": 3", "\"resample\": 1").contains("resample"))
        #expect(try message(processor, "\"height\": 42", "\"height\": 40").contains("42 pixels"))
        #expect(try message(processor, "\"do_resize\"", "\"do_twist\"").contains("do_twist"))
        #expect(try message("config.json", "\"patch_size\": 14", "\"patch_size\": 7") != "")
        #expect(
            try message("config.json", "\"clip_vision_model\"", "\"vit\"").contains("model_type"))
        #expect(try message("config.json", "\"CLIPModel\"", "\"ViTModel\"").contains("ViTModel"))
    }
}
