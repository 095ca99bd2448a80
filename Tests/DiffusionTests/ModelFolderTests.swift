import Foundation
import Media
import Spatial
import Testing
import Torch

@testable import Diffusion

@Suite struct ModelFolderTests {
    private let weight = Tensor([1, 2, 3, 4] as [Float], shape: [2, 2])
    private let bias = Tensor([5, 6] as [Float])

    private func write(_ tensors: [String: Tensor], _ folder: TemporaryFolder, _ name: String)
        throws
    {
        try StateDictionary(tensors).write(
            safetensors: folder.url.appendingPathComponent(name), overwrite: true)
    }

    @Test func weightsAreFoundUnderEachOfTheirNames() throws {
        for name in [
            "diffusion_pytorch_model.safetensors", "diffusion_pytorch_model.fp16.safetensors",
            "model.safetensors",
        ] {
            let folder = try TemporaryFolder()
            try write(["a": weight], folder, name)
            #expect(try ModelFolder(folder.url).weights()["a"]!.isEqual(to: weight), "\(name)")
        }
    }

    @Test func shardsAreJoined() throws {
        let folder = try TemporaryFolder()
        try write(["a.weight": weight, "unused": bias], folder, "part-1.safetensors")
        try write(["a.bias": bias], folder, "part-2.safetensors")
        let index = "diffusion_pytorch_model.safetensors.index.json"
        try folder.write(
            """
            {"metadata": {"total_size": 24}, "weight_map":
            {"a.weight": "part-1.safetensors", "a.bias": "part-2.safetensors"}}
            """, index)
        let state = try ModelFolder(folder.url).weights()
        #expect(state.names == ["a.bias", "a.weight"])
        #expect(state["a.weight"]!.isEqual(to: weight) && state["a.bias"]!.isEqual(to: bias))

        try folder.write(#"{"weight_map": {"b": "part-1.safetensors"}}"#, index)
        #expect(throws: MediaError.self) { try ModelFolder(folder.url).weights() }
        try folder.write(#"{"weight_map": {"b": "part-3.safetensors"}}"#, index)
        #expect(throws: DiffusionError.self) { try ModelFolder(folder.url).weights() }
        try folder.write(#"{"weight_map": {"b": "../part-1.safetensors"}}"#, index)
        #expect(throws: DiffusionError.self) { try ModelFolder(folder.url).weights() }
    }

    @Test func damagedWeightsAreOneSentence() throws {
        let folder = try TemporaryFolder()
        let file = folder.url.appendingPathComponent("diffusion_pytorch_model.safetensors")
        try write(["a": weight], folder, file.lastPathComponent)
        let whole = try Data(contentsOf: file)
        var terabytes = whole
        terabytes.replaceSubrange(0..<8, with: withUnsafeBytes(of: UInt64(3 << 40)) { Data($0) })
        let giant = Data(
            #"{"a":{"dtype":"F32","shape":[1000000,1000000],"data_offsets":[0,4000000000000]}}"#
                .utf8)
        let claimed = withUnsafeBytes(of: UInt64(giant.count)) { Data($0) } + giant
        for damaged in [Data(), whole.prefix(5), whole.dropLast(), terabytes, claimed] {
            try damaged.write(to: file)
            let error = try #require(throws: MediaError.self) {
                try ModelFolder(folder.url).weights()
            }
            #expect(error.description.contains("diffusion_pytorch_model.safetensors"))
            #expect(error.description.hasSuffix(".") && !error.description.contains("\n"))
        }
        let empty = try TemporaryFolder()
        let error = try #require(throws: DiffusionError.self) {
            try ModelFolder(empty.url).weights()
        }
        #expect(error.description.contains("has no diffusion_pytorch_model.safetensors"))
    }

    @Test func anotherArchitectureIsRefused() throws {
        let folder = try TemporaryFolder()
        try folder.write(#"{"_class_name": "SD3Transformer2DModel"}"#, "config.json")
        let error = try #require(throws: DiffusionError.self) {
            try ModelFolder(folder.url).configuration(of: ["UNet2DConditionModel"])
        }
        #expect(
            error.description.hasSuffix(
                "describes a model of class SD3Transformer2DModel, and one of class "
                    + "UNet2DConditionModel is needed; give another model."))
        try folder.write(#"{"architectures": ["CLIPTextModel"]}"#, "config.json")
        _ = try ModelFolder(folder.url).configuration(of: ["CLIPTextModel"])
    }

    @Test func theIndexNamesComponents() throws {
        let folder = try TemporaryFolder()
        try folder.write(
            """
            {"_class_name": "StableDiffusionLDM3DPipeline", "_diffusers_version": "0.42.1",
            "safety_checker": [null, null], "requires_safety_checker": false,
            "unet": ["diffusers", "UNet2DConditionModel"], "vae": ["diffusers", "VQModel"]}
            """, "model_index.json")
        let index = try DiffusersFolder(folder.url)
        #expect(index.pipeline == "StableDiffusionLDM3DPipeline")
        #expect(index.components.keys.sorted() == ["unet", "vae"])
        #expect(index.settings == ["requires_safety_checker": .boolean(false)])
        #expect(
            throws: DiffusionError.missing(folder: folder.url.relativePath, item: "folder unet")
        ) {
            try index.model("unet", of: ["UNet2DConditionModel"])
        }
        #expect(throws: DiffusionError.self) { try index.model("vae", of: ["AutoencoderKL"]) }
        #expect(throws: DiffusionError.self) { try index.model("scheduler", of: ["DDIMScheduler"]) }
        #expect(throws: DiffusionError.self) { try DiffusersFolder(URL(filePath: "/nowhere")) }
        try folder.write("[1, 2", "model_index.json")
        #expect(throws: DiffusionError.self) { try DiffusersFolder(folder.url) }
    }
}
