import Foundation
import Media
import Spatial
import Testing

extension CommandLineTests {
    @Suite(.serialized, .enabled(if: Photos.areUsable, "scripts/bootstrap has not run"))
    struct AvatarVerbTests {
        @Test func infoSaysWhatIsInside() throws {
            let path = try SharedAvatar.url().path
            try withFolder { folder in
                let text = try Program.run(["info", path], in: folder)
                #expect(text.status == 0 && text.errors.isEmpty)
                for word in ["single-photo", "Gaussians", "anny", "me.png", "Apache-2.0"] {
                    #expect(text.output.contains(word))
                }
                let json = try Program.run(["info", path, "--json"], in: folder)
                let report = try #require(
                    try JSONSerialization.jsonObject(with: Data(json.output.utf8))
                        as? [String: Any])
                #expect(try #require(report["gaussians"] as? Int) > 1000)
            }
        }

        @Test func renderDrawsFromAnySide() throws {
            let path = try SharedAvatar.url().path
            try withFolder { folder in
                func image(_ name: String, _ arguments: [String]) throws -> ImageFile {
                    let outcome = try Program.run(
                        ["render", path, "-o", name, "--size", "96"] + arguments, in: folder)
                    try #require(outcome.status == 0, "\(outcome.errors)")
                    #expect(outcome.output == "\(name)\n")
                    return try ImageFile(contentsOf: folder.appendingPathComponent(name))
                }
                let front = try image("front.png", [])
                #expect(front.image.width == 96 && front.image.channels == 3)
                let left = try image("left.png", ["--yaw", "-30"])
                #expect(left.image != front.image)
                let smile = try image(
                    "smile.png", ["--framing", "head", "--expression", "jawOpen=1,mouthLeft=0.5"])
                #expect(smile.image != front.image)
                let clear = try image("clear.png", ["--transparent"])
                #expect(clear.image.channels == 4 && clear.image[0, 0, 3] == 0)
                #expect(try image("front.jpg", []).format == .jpeg)
                let json = try Program.run(
                    ["render", path, "-o", "a.png", "--size", "16", "--json"], in: folder)
                #expect(
                    try JSONSerialization.jsonObject(with: Data(json.output.utf8))
                        as? [String: String] == ["output": "a.png"])
            }
        }

        @Test func animateWritesAVideo() async throws {
            let path = try SharedAvatar.url().path
            try withFolder { folder in
                let arguments = [
                    "animate", path, "-o", "a.mp4", "--motion", "wave", "--size", "33",
                    "--frame-rate", "5", "--quiet",
                ]
                let outcome = try Program.run(arguments + ["--json"], in: folder)
                try #require(outcome.status == 0, "\(outcome.errors)")
                #expect(outcome.errors.isEmpty)
                let report = try #require(
                    try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
                        as? [String: Any])
                #expect(try #require(report["frames"] as? Int) > 5)
                #expect(try names(in: folder) == ["a.mp4"])
                let before = try Data(contentsOf: folder.appendingPathComponent("a.mp4"))
                try Program.expectRefusal(arguments, in: folder, naming: "a.mp4")
                #expect(
                    try Data(contentsOf: folder.appendingPathComponent("a.mp4")) == before)
                try Program.expectRefusal(
                    ["animate", path, "-o", "b.mp4", "--motion", "moonwalk"], in: folder,
                    naming: "moonwalk")
                try Program.expectRefusal(
                    ["animate", path, "-o", "b.txt"], in: folder, naming: "b.txt")
                #expect(try names(in: folder) == ["a.mp4"])
            }
        }

        @Test func animateTakesRecordedMotions() async throws {
            let path = try SharedAvatar.url().path
            try withFolder { folder in
                try Data(MotionVerbTests.bvh.utf8).write(to: folder.appendingPathComponent("a.bvh"))
                let outcome = try Program.run(
                    [
                        "animate", path, "--motion", "a.bvh", "-o", "a.mp4", "--size", "32",
                        "--frame-rate", "10", "--yaw", "-30", "--json",
                    ], in: folder)
                try #require(outcome.status == 0, "\(outcome.errors)")
                let report = try #require(
                    try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
                        as? [String: Any])
                #expect(report["frames"] as? Int == 6)
                // What the reader guessed is said.
                #expect(outcome.errors.contains("centimetres"))
                try Program.expectRefusal(
                    ["animate", path, "-o", "b.mp4", "--motion", "none.bvh"], in: folder,
                    naming: "none.bvh")
            }
        }

        @Test(arguments: [SIGINT, SIGTERM])
        func anInterruptedVideoLeavesNothing(_ signal: Int32) throws {
            let path = try SharedAvatar.url().path
            try withFolder { folder in
                let outcome = try Program.run(
                    ["animate", path, "-o", "a.mp4", "--size", "256", "--frame-rate", "60"],
                    in: folder
                ) { process, _ in
                    // Under its temporary name the video has begun.
                    let begun = try names(in: folder).contains { $0.contains("partial") }
                    if begun { kill(process.processIdentifier, signal) }
                    return begun
                }
                #expect(outcome.status == 128 + signal && !outcome.wasKilled)
                // Time for ffmpeg to notice that nobody writes to it any more.
                usleep(700_000)
                #expect(try names(in: folder).isEmpty)
            }
        }
    }
}
