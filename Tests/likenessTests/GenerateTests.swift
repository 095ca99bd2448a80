import Foundation
import Media
import Spatial
import SplatFormats
import Splatting
import Testing

extension CommandLineTests {
    /// On the tiny random pipelines that diffusers saved for MethodsTests.
    @Suite(.serialized) struct GenerateTests {
        static let models = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("MethodsTests/Fixtures/pipelines")

        static func model(_ name: String) -> String {
            models.appendingPathComponent(name).path
        }

        /// The words of a run that is over at once.
        static func quick(_ model: String = "ldm3d-4c", output: String = "a.png") -> [String] {
            [
                "generate", "a red sphere", "--model", Self.model(model), "-o", output, "--steps",
                "2", "--quiet",
            ]
        }

        @Test func writesAPictureItsDepthAndWhatIsInSpace() throws {
            try withFolder { folder in
                let outcome = try Program.run(
                    Self.quick() + [
                        "--points", "a.ply", "--mesh", "a.glb", "--splats", "b.ply", "--seed", "3",
                        "--size", "24x16", "--near", "2", "--far", "4", "--json",
                    ], in: folder)
                try #require(outcome.status == 0, "\(outcome.errors)")
                #expect(outcome.errors.isEmpty)
                let report = try #require(
                    try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
                        as? [String: Any])
                let picture = try #require((report["pictures"] as? [[String: Any]])?.first)
                #expect(picture["depth"] as? String == "a-depth.png")
                #expect(picture["seed"] as? Int == 3)
                #expect(
                    try names(in: folder) == ["a-depth.png", "a.glb", "a.ply", "a.png", "b.ply"])
                let depth = try ImageFile(contentsOf: folder.appendingPathComponent("a-depth.png"))
                #expect(depth.bitDepth == 16 && depth.image.channels == 1)
                #expect(depth.image.width == 24 && depth.image.height == 16)
                let cloud = try GaussianCloud(plyAt: folder.appendingPathComponent("b.ply"))
                #expect(cloud.count >= 24 * 16)
                // y down and z forward, between --near and --far.
                let z = (0..<cloud.count).map { cloud.means[3 * $0 + 2] }
                #expect(z.prefix(24 * 16).allSatisfy { 1.99...4.01 ~= $0 })
                #expect(cloud.means[1] < 0)
            }
        }

        @Test func theSameSeedGivesTheSamePictureAndOthersDiffer() throws {
            try withFolder { folder in
                let two = try Program.run(
                    Self.quick("ldm3d") + ["--count", "2", "--seed", "8"], in: folder)
                try #require(two.status == 0, "\(two.errors)")
                let one = try Program.run(
                    Self.quick("ldm3d", output: "b.png") + ["--seed", "9"], in: folder)
                try #require(one.status == 0, "\(one.errors)")
                #expect(
                    try names(in: folder) == [
                        "a-1-depth.png", "a-1.png", "a-2-depth.png", "a-2.png", "b-depth.png",
                        "b.png",
                    ])
                func image(_ name: String) throws -> Image {
                    try Image.read(contentsOf: folder.appendingPathComponent(name))
                }
                #expect(try image("a-1.png") != image("a-2.png"))
                // Rows of a batch may differ in the last bit of a float.
                let (a, b) = (try image("a-2.png"), try image("b.png"))
                #expect(zip(a.samples, b.samples).allSatisfy { abs($0 - $1) < 0.01 })
            }
        }

        @Test func noiseInAndNumbersOut() throws {
            try withFolder { folder in
                let noise = (0..<2 * 4 * 8 * 12).map { sin(Float($0 * $0)) }
                try TensorData(noise, shape: [2, 4, 8, 12]).writeNPY(
                    to: folder.appendingPathComponent("noise.npy"), overwrite: false)
                let outcome = try Program.run(
                    Self.quick() + ["--latents", "noise.npy", "--dump", "numbers"], in: folder)
                try #require(outcome.status == 0, "\(outcome.errors)")
                func array(_ name: String) throws -> TensorData {
                    let url = folder.appendingPathComponent("numbers/\(name).npy")
                    return try #require(try NumPyArray.read(contentsOf: url).tensor)
                }
                #expect(try array("prompt_embeds").shape == [1, 20, 12])
                #expect(try array("negative_prompt_embeds").shape == [1, 20, 12])
                #expect(try array("noise") == TensorData(noise, shape: [2, 4, 8, 12]))
                #expect(try array("latents").shape == [2, 4, 8, 12])
                let image = try array("image")
                #expect(image.shape == [2, 4, 16, 24])
                let picture = try Image.read(contentsOf: folder.appendingPathComponent("a-2.png"))
                let second = image.floats().suffix(4 * 16 * 24)
                for (value, pixel) in zip(second, picture.samples) {
                    #expect(abs(min(max(value / 2 + 0.5, 0), 1) - pixel) < 0.0021)
                }
            }
        }

        @Test func aPictureIsBegunWithAndKeptWhereTheMaskIsBlack() throws {
            try withFolder { folder in
                var colour = Image(width: 48, height: 32, channels: 3)
                for i in colour.samples.indices { colour.samples[i] = Float(i % 251) / 255 }
                let depth = Image(
                    width: 48, height: 32, channels: 1,
                    interleaved: (0..<48 * 32).map { UInt16($0 * 40) })
                var mask = Image(width: 48, height: 32, channels: 1)
                for y in 8..<24 { for x in 8..<40 { mask[x, y, 0] = 1 } }
                func url(_ name: String) -> URL { folder.appendingPathComponent(name) }
                try colour.writePNG(to: url("from.png"), overwrite: false)
                try depth.writePNG(to: url("from-depth.png"), bitDepth: 16, overwrite: false)
                try mask.writePNG(to: url("mask.png"), overwrite: false)
                let arguments =
                    Self.quick() + ["--image", "from.png", "--size", "48x32", "--strength", "1"]
                let outcome = try Program.run(
                    arguments + ["--depth", "from-depth.png", "--mask", "mask.png"], in: folder)
                try #require(outcome.status == 0, "\(outcome.errors)")
                let made = try Image.read(contentsOf: url("a.png"))
                let madeDepth = try Image.read(contentsOf: url("a-depth.png"))
                for y in 0..<32 {
                    for x in 0..<48 where mask[x, y, 0] == 0 {
                        #expect(abs(made[x, y, 1] - colour[x, y, 1]) < 0.002)
                        #expect(madeDepth[x, y, 0] == depth[x, y, 0])
                    }
                }
                #expect(made != colour)
                try Program.expectRefusal(arguments + ["--overwrite"], in: folder, naming: "depth")
            }
        }

        /// Options, and what they make of the model's 3 to 9 metres.
        static let ranges: [(options: [String], near: Float, far: Float)] = [
            ([], 3, 9), (["--near", "2"], 2, 9), (["--far", "12"], 3, 12),
            (["--far", "2"], 0.2, 2), (["--near", "10"], 10, 100),
        ]

        /// What the folder says of its depth holds, but for what is said on the command line.
        @Test(arguments: ranges)
        func metresAreThoseOfTheModel(_ options: [String], _ near: Float, _ far: Float) throws {
            try withModel { folder, model in
                try Data(#"{"near": 3, "far": 9, "verticalFOV": 40}"#.utf8)
                    .write(to: model.appendingPathComponent("depth.json"))
                // A picture of which nothing is made anew, from the nearest to the furthest.
                func url(_ name: String) -> URL { folder.appendingPathComponent(name) }
                let mask = Image(width: 16, height: 16, channels: 1)
                try mask.writePNG(to: url("mask.png"), overwrite: false)
                try Image(width: 16, height: 16, channels: 3)
                    .writePNG(to: url("from.png"), overwrite: false)
                let depth = (0..<256).map { UInt16($0 * 257) }
                try Image(width: 16, height: 16, channels: 1, interleaved: depth)
                    .writePNG(to: url("depth.png"), bitDepth: 16, overwrite: false)
                let outcome = try Program.run(
                    Self.quick() + options + [
                        "--model", "model", "--image", "from.png", "--depth", "depth.png",
                        "--mask", "mask.png", "--size", "16", "--splats", "a.ply",
                    ], in: folder)
                try #require(outcome.status == 0, "\(outcome.errors)")
                let cloud = try GaussianCloud(plyAt: url("a.ply"))
                let z = (0..<256).map { cloud.means[3 * $0 + 2] }
                #expect(abs(z[0] - far) < 0.01 * far && abs(z[255] - near) < 0.01 * near)
            }
        }

        @Test func picturesAreEnlarged() throws {
            try withFolder { folder in
                for (upscaler, size) in [
                    ("upscaler-sr", (48, 32)), ("upscaler-x4", (96, 64)),
                    ("upscaler-x4-depth", (96, 64)),
                ] {
                    let outcome = try Program.run(
                        Self.quick() + [
                            "--size", "24x16", "--upscale", Self.model(upscaler), "--overwrite",
                            "--mesh", "a.glb",
                        ], in: folder)
                    try #require(outcome.status == 0, "\(outcome.errors)")
                    for name in ["a.png", "a-depth.png"] {
                        let image = try Image.read(contentsOf: folder.appendingPathComponent(name))
                        #expect(image.width == size.0 && image.height == size.1)
                    }
                }
                let arguments = Self.quick() + ["--overwrite", "--upscale"]
                try Program.expectRefusal(
                    arguments + [Self.model("ldm3d")], in: folder, naming: "model_index.json")
                try Program.expectRefusal(arguments + ["nowhere"], in: folder, naming: "nowhere")
                try Program.expectRefusal(
                    arguments + [Self.model("upscaler-x4"), "--noise-level", "90"], in: folder,
                    naming: "noise level")
                try Program.expectRefusal(
                    Self.quick("sd") + ["--overwrite", "--upscale", Self.model("upscaler-sr")],
                    in: folder, naming: "depth")
            }
        }

        @Test func noiseOnTheWayIsForDDIM() throws {
            try withFolder { folder in
                let arguments = Self.quick() + ["--overwrite", "--scheduler"]
                var pictures: [Data] = []
                for eta in ["0", "0.5", "0.5"] {
                    let outcome = try Program.run(arguments + ["ddim", "--eta", eta], in: folder)
                    try #require(outcome.status == 0, "\(outcome.errors)")
                    pictures.append(try Data(contentsOf: folder.appendingPathComponent("a.png")))
                }
                #expect(pictures[0] != pictures[1] && pictures[1] == pictures[2])
                try Program.expectRefusal(
                    arguments + ["pndm", "--eta", "0.5"], in: folder, naming: "eta")
            }
        }

        @Test func withoutDepthThereIsOnlyAPicture() throws {
            try withFolder { folder in
                let arguments = Self.quick("sd") + ["--scheduler", "euler", "--precision", "bf16"]
                try Program.expectRefusal(
                    arguments + ["--mesh", "a.glb"], in: folder, naming: "without depth")
                let outcome = try Program.run(arguments + ["--tiled"], in: folder)
                try #require(outcome.status == 0, "\(outcome.errors)")
                #expect(try names(in: folder) == ["a.png"])
                #expect(outcome.output == "a.png (seed 0)\n")
            }
        }

        @Test func panoramasLieAllAround() throws {
            try withFolder { folder in
                let outcome = try Program.run(
                    Self.quick() + ["--size", "64x32", "--splats", "a.ply", "--mesh", "a.obj"],
                    in: folder)
                try #require(outcome.status == 0, "\(outcome.errors)")
                let cloud = try GaussianCloud(plyAt: folder.appendingPathComponent("a.ply"))
                let z = (0..<cloud.count).map { cloud.means[3 * $0 + 2] }
                #expect(z.contains { $0 < -0.5 } && z.contains { $0 > 0.5 })
            }
        }

        @Test(arguments: [
            (["--latents", "none.npy"], "none.npy"), (["--latents", "text.npy"], "text.npy"),
            (["--latents", "five.npy"], "[1, 4, height/2, width/2]"),
            (["--size", "25x16"], "multiples of 2"), (["--steps", "2000"], "steps"),
            (["--image", "none.png"], "none.png"), (["--model", "nowhere"], "model_index.json"),
            (["--negative", String(repeating: "word ", count: 10_000)], "negative prompt"),
            (["--size", "100000"], "8192"),
        ])
        func refusesWhatDoesNotFit(_ options: [String], _ naming: String) throws {
            try withFolder { folder in
                try Data("no array".utf8).write(to: folder.appendingPathComponent("text.npy"))
                try TensorData([Float](repeating: 0, count: 80), shape: [1, 5, 4, 4]).writeNPY(
                    to: folder.appendingPathComponent("five.npy"), overwrite: false)
                try Program.expectRefusal(Self.quick() + options, in: folder, naming: naming)
            }
        }

        @Test(arguments: [("", "empty"), (" \n", "empty"), ("a ", "tokens long")])
        func refusesPromptsThatAreEmptyOrEndless(_ word: String, _ naming: String) throws {
            try withFolder { folder in
                var arguments = Self.quick()
                arguments[1] = word == "a " ? String(repeating: word, count: 10_000) : word
                try Program.expectRefusal(arguments, in: folder, naming: naming)
            }
        }

        @Test(arguments: [
            "model_index.json", "unet", "unet/config.json", "unet/*", "vae/*", "text_encoder/*",
            "tokenizer/tokenizer.json", "scheduler/scheduler_config.json",
            "text_encoder/config.json",
        ])
        func refusesAFolderThatLacksSomething(_ item: String) throws {
            try withModel { folder, model in
                var url = model.appendingPathComponent(item)
                if item.hasSuffix("*") { url = try Self.weights(url.deletingLastPathComponent()) }
                try FileManager.default.removeItem(at: url)
                try Program.expectRefusal(
                    Self.quick() + ["--model", "model"], in: folder, naming: "model")
                #expect(try names(in: folder) == ["model"])
            }
        }

        @Test(arguments: ["cut", "terabytes", "text", "empty", "deep"])
        func refusesDamagedWeights(_ damage: String) throws {
            for part in ["unet", "vae", "text_encoder"] {
                try withModel { folder, model in
                    let file = try Self.weights(model.appendingPathComponent(part))
                    let bytes = try Data(contentsOf: file)
                    switch damage {
                    case "cut": try bytes.prefix(bytes.count - 999).write(to: file)
                    case "terabytes":
                        // The header's length, 2⁴⁵ bytes.
                        var changed = bytes
                        changed.replaceSubrange(0..<8, with: [0, 0, 0, 0, 0, 32, 0, 0])
                        try changed.write(to: file)
                    case "text": try Data("not weights".utf8).write(to: file)
                    case "empty": try Data().write(to: file)
                    default:
                        let header = Data(String(repeating: "[", count: 100_000).utf8)
                        var changed = withUnsafeBytes(of: UInt64(header.count)) { Data($0) }
                        changed.append(header)
                        try changed.write(to: file)
                    }
                    try Program.expectRefusal(
                        Self.quick() + ["--model", "model"], in: folder, naming: part)
                }
            }
        }

        @Test(arguments: [
            ("model_index.json", "StableDiffusionLDM3DPipeline", "FluxPipeline", "FluxPipeline"),
            ("model_index.json", "UNet2DConditionModel", "Transformer2DModel", "Transformer2D"),
            ("unet/config.json", "UNet2DConditionModel", "UNet3DConditionModel", "UNet3D"),
            ("unet/config.json", "\"in_channels\": 4", "\"in_channels\": 9", "9"),
            (
                "unet/config.json", "\"cross_attention_dim\": 12", "\"cross_attention_dim\": 16",
                "16"
            ),
            ("unet/config.json", "\"act_fn\": \"silu\"", "\"act_fn\": \"relu\"", "act_fn"),
            ("vae/config.json", "\"in_channels\": 4", "\"in_channels\": 5", "5"),
            ("vae/config.json", "\"latent_channels\": 4", "\"latent_channels\": 16", "16"),
            ("text_encoder/config.json", "CLIPTextModel", "T5EncoderModel", "T5"),
            ("scheduler/scheduler_config.json", "PNDMScheduler", "UnknownScheduler", "Unknown"),
            (
                "scheduler/scheduler_config.json", "\"beta_start\": 0.00085", "\"beta_start\": 7",
                "beta_start"
            ),
            ("unet/config.json", "{", "[[", "config.json"),
        ])
        func refusesAnotherArchitecture(
            _ file: String, _ found: String, _ put: String, _ naming: String
        ) throws {
            try withModel { folder, model in
                let url = model.appendingPathComponent(file)
                let text = try String(contentsOf: url, encoding: .utf8)
                try #require(text.contains(found))
                try text.replacingOccurrences(of: found, with: put)
                    .write(to: url, atomically: true, encoding: .utf8)
                try Program.expectRefusal(
                    Self.quick() + ["--model", "model"], in: folder, naming: naming)
            }
        }

        @Test func usageIsToldBeforeWork() throws {
            try withFolder { folder in
                for options in [
                    ["-o", "a.jpg"], ["--mesh", "a.stl"], ["--size", "big"], ["--size", "1x2x3"],
                    ["--steps", "0"], ["--rescale", "2"], ["--depth", "a.png"],
                    ["--strength", "1.5"], ["--near", "3", "--far", "2"], ["--fov", "0"],
                    ["--scheduler", "magic"], ["--eta", "2"], ["--points", "a.png"],
                    ["--count", "0"],
                    ["--splats", "b.ply", "--points", "b.ply"],
                ] {
                    let outcome = try Program.run(Self.quick() + options, in: folder)
                    #expect(outcome.status == 64, "\(options): \(outcome.errors)")
                }
                try Data().write(to: folder.appendingPathComponent("a-depth.png"))
                try Program.expectRefusal(Self.quick(), in: folder, naming: "a-depth.png exists")
            }
        }

        @Test func anInterruptedRunLeavesNothing() throws {
            try withFolder { folder in
                var arguments = Self.quick() + ["--size", "32", "--count", "3"]
                arguments.removeAll { $0 == "--quiet" }
                arguments[arguments.firstIndex(of: "2")!] = "900"
                let outcome = try Program.run(arguments, in: folder) { process, errors in
                    guard errors.contains("Making picture") else { return false }
                    process.interrupt()
                    return true
                }
                #expect(outcome.status == 130 && !outcome.wasKilled)
                #expect(try names(in: folder).isEmpty)
            }
        }

        private static func weights(_ folder: URL) throws -> URL {
            try #require(
                try FileManager.default.contentsOfDirectory(
                    at: folder, includingPropertiesForKeys: nil
                ).first { $0.pathExtension == "safetensors" })
        }

        /// A folder with a copy of a model in it, named "model".
        private func withModel(_ body: (_ folder: URL, _ model: URL) throws -> Void) throws {
            try withFolder { folder in
                let model = folder.appendingPathComponent("model")
                try FileManager.default.copyItem(
                    at: Self.models.appendingPathComponent("ldm3d-4c"), to: model)
                try body(folder, model)
            }
        }
    }
}
