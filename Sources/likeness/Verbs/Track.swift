import ArgumentParser
import Foundation
import Media
import Spatial
import Tracking

/// `likeness track INPUT --solution NAME --landmarks FILE`.
struct Track: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Find faces, hands and bodies in photos and video.",
        discussion: """
            INPUT is a photo, a folder of photos or a video. --solution says what to look for: face \
            (468 points and the irises), hands (21 points each), pose (33 points of the body) or \
            holistic (body, face and hands of one person), as MediaPipe finds them. In a video what \
            was found is followed from frame to frame, looked for anew when it is lost, and bodies \
            are smoothed in time; photos are each taken by themselves.

            --landmarks writes a JSON file: for each frame its time in seconds, the points in pixels \
            and as shares of the picture, metric points, scores. Left and right are the person's own. \
            -o writes a folder with overlay.mp4, or overlay.png for a photo, or one picture a photo, \
            to look at. Ctrl-C keeps the frames that are finished.

              likeness track me.mp4 --solution holistic --landmarks me.json -o me-tracked
              likeness track me.jpg --solution face --landmarks me.json
            """)

    @Argument(help: ArgumentHelp("A photo, a folder of photos, or a video.", valueName: "input"))
    var input: String

    @Option(help: "What to look for: face, hands, pose or holistic.")
    var solution: Solution?

    @Option(help: ArgumentHelp("The JSON file of points to write.", valueName: "file"))
    var landmarks: String?

    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "The folder to write pictures or a video of what was found into.", valueName: "folder"))
    var output: String?

    @OptionGroup var common: CommonOptions

    func validate() throws {
        try requireDistinct([
            ("the input", input), ("--landmarks", landmarks), ("--output", output),
        ])
        guard solution != nil else {
            throw ValidationError("--solution takes face, hands, pose or holistic.")
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
        let solution = solution ?? .holistic
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
