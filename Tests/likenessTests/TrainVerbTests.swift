import Foundation
import Testing

extension CommandLineTests {
    @Suite(.serialized) struct TrainVerbTests {
        private let small = [
            "--size", "16", "--scenes", "8", "--autoencoder-steps", "2", "--decoder-steps", "2",
            "--text-steps", "2",
            "--steps", "2", "--batch", "2",
        ]

        @Test func writesARunAndGoesOnWithIt() throws {
            try withFolder { folder in
                let outcome = try Program.run(["train", "ldm3d", "-o", "run"] + small, in: folder)
                try #require(outcome.status == 0, "\(outcome.errors)")
                #expect(outcome.output.contains("run/model: "))
                for name in [
                    "config.json", "metrics.jsonl", "autoencoder-loss.png", "diffusion-loss.png",
                    "checkpoints/diffusion.safetensors", "previews/diffusion-000002.png",
                    "model/model_index.json", "model/depth.json", "model/unet/config.json",
                    "model/tokenizer/merges.txt", "model/scheduler/scheduler_config.json",
                ] {
                    let file = folder.appendingPathComponent("run/\(name)")
                    #expect(FileManager.default.fileExists(atPath: file.path), "\(name)")
                }
                // More steps are a run that goes on; another size is another run.
                var more = small
                more[more.firstIndex(of: "--steps")! + 1] = "3"
                let next = try Program.run(
                    ["train", "ldm3d", "-o", "run", "--json"] + more, in: folder)
                try #require(next.status == 0, "\(next.errors)")
                #expect(next.output.contains("\"parameters\" : "))
                let metrics = try String(
                    contentsOf: folder.appendingPathComponent("run/metrics.jsonl"), encoding: .utf8)
                #expect(metrics.split(separator: "\n").count == 9)
                let other = try Program.run(
                    ["train", "ldm3d", "-o", "run", "--learning-rate", "0.1"] + small, in: folder)
                #expect(other.status == 2)
                #expect(other.errors.contains("begun with other options"))
            }
        }

        @Test func controlCWritesACheckpoint() throws {
            try withFolder { folder in
                let file = folder.appendingPathComponent("run/config.json").path
                let outcome = try Program.run(
                    [
                        "train", "ldm3d", "-o", "run", "--size", "16", "--autoencoder-steps",
                        "9999999",
                    ],
                    in: folder
                ) { process, _ in
                    guard FileManager.default.fileExists(atPath: file) else { return false }
                    process.interrupt()
                    return true
                }
                #expect(outcome.status == 130 && !outcome.wasKilled)
                #expect(outcome.errors.contains("of the autoencoder; the same command goes on"))
                let checkpoint = "run/checkpoints/autoencoder.safetensors"
                #expect(
                    FileManager.default.fileExists(
                        atPath: folder.appendingPathComponent(checkpoint).path))
            }
        }

        @Test func writesScenesAsAFolderThatCanBeTrainedOn() throws {
            try withFolder { folder in
                let shown = try Program.run(
                    ["train", "ldm3d", "--show-data", "6", "--size", "16", "-o", "data"],
                    in: folder)
                try #require(shown.status == 0, "\(shown.errors)")
                let trained = try Program.run(
                    ["train", "ldm3d", "--data", "data", "-o", "run"] + small, in: folder)
                #expect(trained.status == 0, "\(trained.errors)")
                #expect(trained.output.contains("trained on 6 pictures of data"))
            }
        }

        @Test func badInputIsOneSentenceAndExitCodeTwo() throws {
            try withFolder { folder in
                try FileManager.default.createDirectory(
                    at: folder.appendingPathComponent("empty"), withIntermediateDirectories: true)
                for (options, part) in [
                    (["--data", "nowhere"], "There is no folder"),
                    (["--data", "empty"], "has no pictures"),
                    (["--autoencoder", "empty"], "has no config.json"),
                ] {
                    let outcome = try Program.run(
                        ["train", "ldm3d", "-o", "run"] + small + options, in: folder)
                    #expect(outcome.status == 2)
                    #expect(outcome.errors.contains(part), "\(outcome.errors)")
                    #expect(outcome.errors.split(separator: "\n").count == 1)
                    try? FileManager.default.removeItem(at: folder.appendingPathComponent("run"))
                }
                for options in [
                    ["--size", "17"], ["--steps", "0"], ["--prompt-dropping", "2"],
                    ["--autoencoder-steps", "0"], ["--learning-rate", "-1"],
                ] {
                    let outcome = try Program.run(
                        ["train", "ldm3d", "-o", "run"] + options, in: folder)
                    #expect(outcome.status == 64, "\(options)")
                }
            }
        }
    }
}
