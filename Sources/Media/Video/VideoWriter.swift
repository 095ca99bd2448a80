import Foundation
import Spatial
import Subprocess

/// Writes an H.264 video frame by frame through the program ffmpeg.
///
///     try await VideoWriter.write(to: url, width: 512, height: 512, overwrite: false) { video in
///         for pose in motion { try await video.append(render(pose)) }
///     }
///
/// Memory holds one frame as 8-bit RGB; `append` returns when ffmpeg has taken it, so a slow
/// encoder slows the caller and nothing piles up. The first call makes the process ignore SIGPIPE.
public final class VideoWriter {
    /// How a video is encoded.
    public struct Options: Sendable {
        /// Frames a second.
        public var frameRate: Double = 30
        /// x264's constant rate factor: 0 is lossless, 18 looks like it, 51 is the worst.
        public var quality = 18
        /// x264's preset, from "ultrafast" to "veryslow".
        public var preset = "medium"

        public init() {}
        public init(frameRate: Double, quality: Int = 18, preset: String = "medium") {
            (self.frameRate, self.quality, self.preset) = (frameRate, quality, preset)
        }
    }

    public let width: Int
    public let height: Int
    /// The frames appended so far.
    public private(set) var frameCount = 0
    private let input: StandardInputWriter

    private init(width: Int, height: Int, input: StandardInputWriter) {
        (self.width, self.height, self.input) = (width, height, input)
    }

    /// Writes a video of the frames that `body` appends.
    ///
    /// The file is MP4 (yuv420p, BT.709, playable from its first bytes). An odd width or height
    /// grows by one, the last column or row repeated. The same frames give the same bytes with the
    /// same version of ffmpeg.
    ///
    /// - Throws: `MediaError` where the name is not for MP4, the file is there and `overwrite` is
    ///   false, ffmpeg is missing or fails, or no frame was appended; what `body` throws;
    ///   `CancellationError`. After any of these the file is as it was.
    public nonisolated(nonsending) static func write(
        to url: URL, width: Int, height: Int, options: Options = Options(), overwrite: Bool,
        _ body: (VideoWriter) async throws -> Void
    ) async throws {
        try await write(
            to: url, width: width, height: height, options: options, overwrite: overwrite,
            tool: "ffmpeg", body)
    }

    /// Writes a video of `frameCount` frames that `frame` makes one after another.
    ///
    /// - Throws: As the other form.
    public nonisolated(nonsending) static func write(
        to url: URL, width: Int, height: Int, frameCount: Int, options: Options = Options(),
        overwrite: Bool, frame: (Int) throws -> Image
    ) async throws {
        try await write(
            to: url, width: width, height: height, options: options, overwrite: overwrite
        ) { video in
            for i in 0..<frameCount { try await video.append(frame(i)) }
        }
    }

    /// Adds a frame of the video's size. Grey becomes RGB; what is transparent shows white.
    ///
    /// - Throws: An error that `write` explains, if ffmpeg has ended.
    public func append(_ image: Image) async throws {
        precondition(
            image.width == width && image.height == height, "every frame is of the video's size")
        try Task.checkCancellation()
        let rgb = image.channels == 3 ? image : image.flattened()
        _ = try await input.write(
            Self.evenSized(rgb.interleavedBytes(), width: width, height: height))
        frameCount += 1
    }

    nonisolated(nonsending) static func write(
        to url: URL, width: Int, height: Int, options: Options, overwrite: Bool, tool: String,
        _ body: (VideoWriter) async throws -> Void
    ) async throws {
        precondition(width > 0 && height > 0 && options.frameRate > 0, "a size and a rate")
        guard ["mp4", "m4v", "mov"].contains(url.pathExtension.lowercased()) else {
            throw MediaError.unsupported(
                file: url.relativePath, found: "a name for a video of another format",
                expected: "a name that ends in .mp4")
        }
        FFmpeg.survivePipes()
        let target = try AtomicTarget(url, overwrite: overwrite)
        defer { target.discard() }
        let arguments = arguments(width, height, options, output: target.temporary)
        let outcome: (frames: Int, log: String, status: TerminationStatus)
        do {
            let result = try await run(
                .name(tool), arguments: Arguments(arguments),
                platformOptions: FFmpeg.apart, input: .inputWriter,
                output: .discarded, error: .sequence
            ) { execution in
                async let log = FFmpeg.tail(of: execution.standardError)
                let writer = VideoWriter(
                    width: width, height: height, input: execution.standardInputWriter)
                do {
                    try await body(writer)
                    try await execution.standardInputWriter.finish()
                } catch is SubprocessError {
                    // ffmpeg ended before its input; its log says why.
                } catch {
                    try? execution.send(signal: .kill)
                    throw error
                }
                return (writer.frameCount, await log)
            }
            outcome = (result.closureResult.0, result.closureResult.1, result.terminationStatus)
        } catch {
            throw FFmpeg.explained(error, tool: tool, purpose: "writes video")
        }
        try Task.checkCancellation()
        guard outcome.status.isSuccess, outcome.frames > 0 else {
            throw MediaError.toolFailed(
                tool: tool, file: url.relativePath,
                message: outcome.frames == 0 && outcome.status.isSuccess
                    ? "it got no frames" : FFmpeg.phrase(outcome.log))
        }
        try target.publish()
    }

    private static func arguments(
        _ width: Int, _ height: Int, _ options: Options, output: URL
    ) -> [String] {
        // swscale converts by BT.601 unless told, whatever the stream is then marked as.
        let conversion =
            "scale=in_range=full:out_range=tv:out_color_matrix=bt709"
            + ":flags=accurate_rnd+full_chroma_int+bicubic,format=yuv420p"
        return FFmpeg.quiet + [
            "-f", "rawvideo", "-pix_fmt", "rgb24",
            "-video_size", "\(width + width % 2)x\(height + height % 2)",
            "-framerate", "\(options.frameRate)", "-i", "pipe:0",
            "-an", "-vf", conversion, "-c:v", "libx264", "-preset", options.preset,
            "-crf", "\(options.quality)",
            // Rate control depends on the number of threads, and so would the bytes.
            "-threads", "4",
            "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709",
            "-color_range", "tv",
            "-fflags", "+bitexact", "-flags:v", "+bitexact", "-map_metadata", "-1",
            "-movflags", "+faststart", "-f", "mp4", "-y", FFmpeg.path(output),
        ]
    }

    /// RGB rows with the last column and row repeated where their number is odd, because 4:2:0
    /// halves both.
    static func evenSized(_ rgb: [UInt8], width: Int, height: Int) -> [UInt8] {
        if width % 2 == 0 && height % 2 == 0 { return rgb }
        var result: [UInt8] = []
        result.reserveCapacity((width + 1) * (height + 1) * 3)
        for y in 0..<height + height % 2 {
            let row = rgb[min(y, height - 1) * width * 3..<(min(y, height - 1) + 1) * width * 3]
            result += row
            if width % 2 == 1 { result += row.suffix(3) }
        }
        return result
    }
}
