import ArgumentParser
import Captures
import Foundation
import Media
import Spatial
import Tracking

/// `likeness track INPUT -o CAPTURE`, or `--solution NAME --landmarks FILE`.
struct Track: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Fit a body to a video of a person, or find faces, hands and bodies.",
        discussion: """
            INPUT is a photo, a folder of photos or a video. Without --solution a body model (Anny) is \
            fitted to the person: one shape and lens for the whole of it, and pose, hands, expression \
            and gaze for each frame. -o names the capture, a folder of frames, masks, \
            tracks.safetensors, capture.json, and overlay.mp4 to look at. Empty stretches, cuts and \
            other people are told of. Interrupted with Ctrl-C, the same command goes on where it \
            ended. Beside photos, NAME_depth.png (16 bits, millimetres) is used as depth.

            --solution looks for points only: face (468 and the irises), hands (21 each), pose (33) or \
            holistic (body, face and hands of one person), as MediaPipe finds them. --landmarks writes \
            a JSON file: for each frame its time in seconds, the points in pixels and as shares of the \
            picture, metric points, scores. Left and right are the person's own. -o writes a folder \
            with overlay.mp4, or overlay.png for a photo, or one picture a photo. Ctrl-C keeps the \
            frames that are finished.

              likeness track me.mp4 -o me-capture
              likeness track me.mp4 --solution holistic --landmarks me.json -o me-tracked
              likeness track me.jpg --solution face --landmarks me.json
            """)

    @Argument(help: ArgumentHelp("A photo, a folder of photos, or a video.", valueName: "input"))
    var input: String

    @Option(help: "Find points only: face, hands, pose or holistic.")
    var solution: Solution?

    @Option(help: ArgumentHelp("The JSON file of points to write.", valueName: "file"))
    var landmarks: String?

    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "The capture to write; with --solution, the folder of pictures or a video.",
            valueName: "folder"))
    var output: String?

    @Option(
        help: ArgumentHelp(
            "The camera's horizontal field of view; told by perspective without it.",
            valueName: "degrees"))
    var fov: Float?

    @OptionGroup var common: CommonOptions

    func validate() throws {
        try requireDistinct([
            ("the input", input), ("--landmarks", landmarks), ("--output", output),
        ])
        if let fov, !(5...170).contains(fov) {
            throw ValidationError("--fov takes degrees from 5 to 170.")
        }
        if solution == nil {
            guard output != nil, landmarks == nil else {
                throw ValidationError(
                    "Give --output a folder for the capture, or say with --solution face, hands, "
                        + "pose or holistic which points to find.")
            }
        } else if fov != nil {
            throw ValidationError("--fov is of no use with --solution.")
        }
        guard landmarks != nil || output != nil else {
            throw ValidationError(
                "Nothing would be written: give --landmarks a file, --output a folder, or both.")
        }
        if let output, output.isEmpty {
            throw ValidationError("--output takes a folder's name.")
        }
    }

    func run() async throws {
        common.apply()
        guard let solution else { return try await capture() }
        let landmarkTarget = try landmarks.map {
            try requireWritable($0, overwrite: common.overwrite)
        }
        let source = try await TrackingSource(contentsOf: URL(fileURLWithPath: input))
        let overlay = try output.map {
            try OverlayOutput(
                folder: $0, source: source, quietly: common.quiet, overwrite: common.overwrite)
        }
        let tracker = try SolutionTracker(
            solution, isVideo: source.isVideo, wantsMask: overlay != nil)
        let run = TrackingRun(
            tracker: tracker, source: source, name: input,
            progress: ProgressBar(isQuiet: common.quiet))
        try await run.write(landmarks: landmarkTarget, overlay: overlay, common.overwrite)
        try report(run, solution, overlay: overlay)
        if run.wasInterrupted { throw ExitCode(ExitStatus.interrupted) }
    }

    /// Fits the rig and writes a capture.
    private func capture() async throws {
        let source = try await TrackingSource(contentsOf: URL(fileURLWithPath: input))
        let folder = URL(fileURLWithPath: output ?? "")
        var options = ClipTracker.Options()
        options.horizontalFOV = fov.map { $0 * .pi / 180 }
        options.overwrite = common.overwrite
        let bar = ProgressBar(isQuiet: common.quiet)
        let interruption = Interruption()
        defer { interruption.end() }
        let started = Date()
        var pass: ClipTracker.Pass?
        let tracker = try ClipTracker(source, named: input, options: options) {
            here, done, total in
            if pass != here {
                if pass != nil { bar.end() }
                bar.begin(here.rawValue, steps: total ?? 1)
                pass = here
            }
            bar.advance(to: done, note: "")
            return !interruption.isRequested
        }
        do {
            let manifest = try await tracker.track(into: folder)
            bar.end()
            try report(manifest, seconds: Date().timeIntervalSince(started))
        } catch is ClipTracker.Interrupted {
            bar.end()
            Console.result(
                "\(input): interrupted; what is finished was kept, the same command goes on with it"
            )
            throw ExitCode(ExitStatus.interrupted)
        }
    }

    private func report(_ manifest: CaptureManifest, seconds: Double) throws {
        if common.json { return try Console.json(manifest) }
        func percent(_ value: Float?) -> String {
            value.map { String(format: "%.2f %%", 100 * $0) } ?? "none seen"
        }
        let quality = manifest.quality
        Console.result(
            String(
                format:
                    "%@: %d frames in %.0f s (%.2f s a frame); landmarks off by: face %@, body %@ "
                    + "of the person's size; silhouettes overlap %@", input, manifest.frameCount,
                seconds, seconds / Double(max(1, manifest.frameCount)), percent(quality?.face),
                percent(quality?.body), percent(quality?.maskOverlap)))
        for event in manifest.events {
            let what =
                switch event.kind {
                case .nobody: "nobody found, the pose is carried over"
                case .cut: "a cut"
                case .others: "somebody else in the picture"
                case .poorFit: "the rig does not fit well"
                }
            let frames =
                event.first == event.last
                ? "frame \(event.first)" : "frames \(event.first) to \(event.last)"
            Console.result("  \(frames): \(what)")
        }
    }

    private func report(_ run: TrackingRun, _ solution: Solution, overlay: OverlayOutput?) throws {
        let report = Report(
            input: input, solution: solution.rawValue, landmarks: landmarks,
            overlay: overlay?.description, frames: run.frames, framesFound: run.found,
            wasInterrupted: run.wasInterrupted, seconds: run.seconds,
            framesPerSecond: Double(run.frames) / max(run.seconds, 1e-9))
        if common.json { return try Console.json(report) }
        Console.result(
            String(
                format: "%@: %@ found in %d of %d %@, %.1f s (%.1f frames/s)%@", input,
                solution.rawValue, run.found, run.frames,
                run.frames == 1 ? "picture" : "pictures", run.seconds, report.framesPerSecond,
                run.wasInterrupted ? "; interrupted: what is finished was kept" : ""))
    }

    /// What `--json` prints.
    private struct Report: Encodable {
        let input: String
        let solution: String
        let landmarks: String?
        let overlay: String?
        let frames: Int
        let framesFound: Int
        let wasInterrupted: Bool
        let seconds: Double
        let framesPerSecond: Double
    }
}

extension Solution: ExpressibleByArgument {}
