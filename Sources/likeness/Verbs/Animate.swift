import ArgumentParser
import Avatars
import Foundation
import Media
import Rigs
import Spatial

/// `likeness animate AVATAR --motion NAME -o VIDEO`.
struct Animate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Play a motion on an avatar and write a video.",
        discussion: """
            The motions are \(BuiltInMotion.allCases.map(\.rawValue).joined(separator: ", ")); \
            the tour shows all of the others. The video is H.264 in MP4, for which ffmpeg is called.

              likeness animate me.likeness --motion tour -o me.mp4
            """)

    @Argument(help: ArgumentHelp("The avatar.", valueName: "avatar"))
    var avatar: String

    @Option(help: ArgumentHelp("The motion's name.", valueName: "name"))
    var motion = BuiltInMotion.tour.rawValue

    @Option(name: [.short, .long], help: ArgumentHelp("The video to write.", valueName: "mp4"))
    var output: String

    @Option(help: ArgumentHelp("The video's width and height.", valueName: "pixels"))
    var size = 512

    @Option(help: ArgumentHelp("Pictures a second.", valueName: "number"))
    var frameRate = 30

    @Option(help: "What fills the picture: body or head; what moves, if left out.")
    var framing: Avatar.Framing?

    @OptionGroup var common: CommonOptions

    func validate() throws {
        try requireDistinct([("the avatar", avatar), ("--output", output)])
        guard (16...4096).contains(size) else {
            throw ValidationError("--size takes 16 to 4096 pixels.")
        }
        guard (1...240).contains(frameRate) else {
            throw ValidationError("--frame-rate takes 1 to 240.")
        }
    }

    func run() async throws {
        common.apply()
        let started = Date()
        let target = try requireWritable(output, overwrite: common.overwrite)
        let built = try BuiltInMotion.named(motion)
        let avatar = try Avatar(contentsOf: URL(fileURLWithPath: avatar))
        let clip = built.motion(for: avatar.rig.skeleton, frameRate: Float(frameRate))
        let stage = MotionStage(avatar, motion: clip, framing: framing, size: size)
        let progress = ProgressBar(isQuiet: common.quiet)
        progress.begin("Drawing \(clip.frames.count) frames", steps: clip.frames.count)
        try await VideoWriter.write(
            to: target, width: size, height: size, frameCount: clip.frames.count,
            options: VideoWriter.Options(frameRate: Double(frameRate)),
            overwrite: common.overwrite
        ) { frame in
            let image = stage.draw(frame)
            progress.advance(to: frame + 1, note: clip.caption(at: frame) ?? "")
            return image
        }
        progress.end()
        let report = Report(
            output: output, frames: clip.frames.count,
            drawnFramesPerSecond: Double(clip.frames.count) / stage.drawingSeconds,
            seconds: Date().timeIntervalSince(started))
        if common.json { return try Console.json(report) }
        Console.result(
            String(
                format: "%@: %d frames in %.1f s, drawn at %.0f frames/s", output, report.frames,
                report.seconds, report.drawnFramesPerSecond))
    }

    /// What `--json` prints.
    private struct Report: Encodable {
        let output: String
        let frames: Int
        let drawnFramesPerSecond: Double
        let seconds: Double
    }
}
