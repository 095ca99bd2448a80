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
            the tour shows most of the others. A recorded motion is given by its file: AMASS .npz, \
            .bvh, Live Link Face .csv, ARKit weights in .json or a .motion of our own. It is brought \
            to the avatar's bones, and standing feet are kept where they stand. The video is H.264 in \
            MP4, for which ffmpeg is called.

              likeness animate me.likeness --motion tour -o me.mp4
              likeness animate me.likeness --motion walk.bvh -o me.mp4
            """)

    @Argument(help: ArgumentHelp("The avatar.", valueName: "avatar"))
    var avatar: String

    @Option(help: ArgumentHelp("The motion's name, or a file.", valueName: "motion"))
    var motion = BuiltInMotion.tour.rawValue

    @Option(name: [.short, .long], help: ArgumentHelp("The video to write.", valueName: "mp4"))
    var output: String

    @Option(help: ArgumentHelp("The video's width and height.", valueName: "pixels"))
    var size = 512

    @Option(help: ArgumentHelp("Pictures a second.", valueName: "number"))
    var frameRate = 30

    @Option(help: "What fills the picture: body or head; what moves, if left out.")
    var framing: Avatar.Framing?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "How far the camera has walked around the person: 0 in front, 90 at the person's left.",
            valueName: "degrees"))
    var yaw: Float = 0

    @Option(
        help: ArgumentHelp(
            "Take jitter out of a recorded motion: the window's standard deviation.",
            valueName: "seconds"))
    var smooth: Float = 0

    @Flag(
        help: "Leave the direction a recorded motion faces; it is turned to the camera otherwise.")
    var keepHeading = false

    @Flag(help: "Let feet slide as the recorded angles make them.")
    var freeFeet = false

    @OptionGroup var options: MotionOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        try requireDistinct([
            ("the avatar", avatar), ("--motion", motion), ("--output", output),
        ])
        guard yaw.isFinite else { throw ValidationError("--yaw takes an angle in degrees.") }
        guard (0...1).contains(smooth) else {
            throw ValidationError("--smooth takes 0 to 1 second.")
        }
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
        let file = try options.file(motion)
        let avatar = try Avatar(contentsOf: URL(fileURLWithPath: avatar))
        var clip =
            try file.map { try fitted($0, to: avatar) }
            ?? BuiltInMotion.named(motion)
            .motion(for: avatar.rig, frameRate: Float(frameRate))
        for index in clip.frames.indices { clip.frames[index].cameraAzimuth += yaw * .pi / 180 }
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

    /// A recorded motion at the video's rate, on the avatar's bones.
    private func fitted(_ file: MotionFile, to avatar: Avatar) throws -> Motion {
        if !common.quiet { for note in file.notes { Console.note("likeness: \(note)") } }
        var clip = file.motion.smoothed(seconds: smooth).resampled(to: Float(frameRate))
        guard let source = clip.skeleton else { return clip }
        let retargeter = try Retargeter(from: source, to: MotionSkeleton(avatar.rig))
        let (moved, report) = retargeter.retarget(
            clip, options: .init(keepsFeetPlanted: !freeFeet, facesFront: !keepHeading))
        clip = moved
        clip.keepsAllInPicture = source.kind != .face
        if !common.quiet, report.contacts > 0 {
            Console.note(
                String(
                    format:
                        "likeness: Feet stand %d times; they slide %.1f mm, %.1f mm before they were planted.",
                    report.contacts, report.slideAfter, report.slideBefore))
        }
        return clip
    }

    /// What `--json` prints.
    private struct Report: Encodable {
        let output: String
        let frames: Int
        let drawnFramesPerSecond: Double
        let seconds: Double
    }
}
