import ArgumentParser
import Captures
import Foundation
import Spatial

/// `likeness studio --preset NAME -o CAPTURE`.
struct StudioVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "studio",
        abstract: "Record people who do not exist, with all that is true of them.",
        discussion: """
            The result is a capture: pictures, and beside each the mask, depth, normals, albedo and \
            part labels; pose, expression, light and the state of the clothes' wrinkles of every frame. \
            The same seed gives the same files. Interrupted with Ctrl-C, the same command goes on.

            Presets: multiview (a ring of cameras), monocular (a phone walks around), single-photo \
            (--generated adds frames with the faults of a video model), selfie-rgbd (a depth camera \
            sweeps around the head), talking-heads (many people), portraits (one person in many \
            lights), rgbd-faces (depth, named expressions, captions).

              likeness studio --preset talking-heads --people 8 --seed 1 -o heads
            """)

    @Option(help: "What to record.")
    var preset: StudioPreset

    @Option(
        name: [.short, .long],
        help: ArgumentHelp("The capture to write.", valueName: "folder"))
    var output: String

    @Option(help: ArgumentHelp("The pictures' width and height.", valueName: "pixels"))
    var size = 512

    @Option(help: "Frames, or frames of each person; as the preset is made without it.")
    var frames: Int?

    @Option(help: "Cameras of multiview.")
    var cameras: Int?

    @Option(help: "People of talking-heads and rgbd-faces.")
    var people: Int?

    @Option(help: "Frames with a video model's faults, of single-photo.")
    var generated = 0

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard (64...4096).contains(size) else {
            throw ValidationError("--size takes 64 to 4096 pixels.")
        }
        for (name, value, limit) in [
            ("frames", frames, 100_000), ("cameras", cameras, 256), ("people", people, 100_000),
        ] {
            if let value, !(1...limit).contains(value) {
                throw ValidationError("--\(name) takes 1 to \(limit).")
            }
        }
        guard (0...100_000).contains(generated) else {
            throw ValidationError("--generated takes 0 to 100000.")
        }
        guard cameras == nil || preset == .multiview else {
            throw ValidationError("--cameras is for multiview.")
        }
        guard people == nil || preset == .talkingHeads || preset == .rgbdFaces else {
            throw ValidationError("--people is for talking-heads and rgbd-faces.")
        }
        guard generated == 0 || preset == .singlePhoto else {
            throw ValidationError("--generated is for single-photo.")
        }
        guard frames == nil || preset != .singlePhoto else {
            throw ValidationError("single-photo is of one frame; --generated adds others.")
        }
        guard !output.isEmpty else { throw ValidationError("--output takes a folder's name.") }
    }

    func run() throws {
        common.apply()
        let studio = try Studio(
            StudioOptions(
                preset: preset, seed: common.seed, size: size, frames: frames, cameras: cameras,
                people: people, generated: generated),
            into: URL(fileURLWithPath: output), overwrite: common.overwrite)
        let bar = ProgressBar(isQuiet: common.quiet)
        let interruption = Interruption()
        defer { interruption.end() }
        let started = Date()
        do {
            let manifest = try studio.record(listener: bar) { interruption.isRequested }
            if common.json { return try Console.json(manifest) }
            let seconds = Date().timeIntervalSince(started)
            Console.result(
                String(
                    format: "%@: %d frames of %d %@ in %.0f s (%.1f views/s)", output,
                    manifest.frameCount, manifest.cameras.count,
                    manifest.cameras.count == 1 ? "camera" : "cameras", seconds,
                    Double(studio.viewCount) / max(seconds, 1e-9)))
        } catch is Studio.Interrupted {
            bar.end()
            Console.result(
                "\(output): interrupted; what is finished was kept, the same command goes on with it"
            )
            throw ExitCode(ExitStatus.interrupted)
        }
    }
}

extension StudioPreset: ExpressibleByArgument {}
