import Foundation
import Spatial
import Subprocess

/// A video opened for reading, frame by frame, through the programs ffprobe and ffmpeg.
public struct VideoReader: Sendable {
    /// The size of a frame in pixels, turned upright.
    public let width: Int
    public let height: Int
    /// Frames a second; the average where the video's rate varies.
    public let frameRate: Double
    /// The length in seconds; nil where the file does not say.
    public let duration: Double?
    /// The number of frames by the file's own account; nil where it does not say. Reading may give
    /// one more or less.
    public let frameCount: Int?
    private let url: URL

    /// Looks at a video's first stream of pictures.
    ///
    /// - Throws: `MediaError` where there is no such file, it is no video, its frames have too many
    ///   pixels, or ffprobe is missing.
    public init(contentsOf url: URL) async throws {
        try await self.init(contentsOf: url, tool: "ffprobe")
    }

    init(contentsOf url: URL, tool: String) async throws {
        let name = url.relativePath
        // Says at once if there is no such file.
        _ = try ByteSource(contentsOf: url)
        self.url = url
        let probe = try await VideoProbe(url, tool: tool)
        guard let stream = probe.streams?.first, let width = stream.width,
            let height = stream.height
        else {
            throw MediaError.damaged(
                file: name, found: "no stream of pictures", expected: "a video")
        }
        try ImageFile.check(width: width, height: height, name: name)
        (self.width, self.height) = stream.isTurned ? (height, width) : (width, height)
        guard let rate = stream.rate, rate > 0, rate <= 1000 else {
            throw MediaError.damaged(
                file: name, found: "no frame rate",
                expected: "a video of up to 1000 frames a second")
        }
        frameRate = rate
        let duration = (stream.duration ?? probe.format?.duration).flatMap(Double.init)
        self.duration = duration.flatMap { $0 > 0 && $0 < 1e7 ? $0 : nil }
        frameCount =
            stream.nbFrames.flatMap(Int.init) ?? self.duration.map { Int(($0 * rate).rounded()) }
    }

    /// Reads frames in order, upright, as RGB.
    ///
    /// Frames come at a constant rate: where the video's own varies, some repeat or are left out,
    /// so that frame i shows the time i / rate. Memory holds one frame, as bytes and as floats; the
    /// decoder waits while `body` works.
    ///
    /// - Parameters:
    ///   - first: How many frames to leave out before: they are jumped over, not decoded.
    ///   - frameRate: Frames a second; the video's own by default.
    ///   - limit: The greatest number of frames to read; all by default.
    ///   - longestSide: Frames larger than this are reduced to it, in pixels.
    ///   - body: Gets the number of the frame, from 0 after those that are left out, and the frame.
    /// - Returns: The number of frames read.
    /// - Throws: `MediaError` where ffmpeg is missing or cannot decode the video; what `body`
    ///   throws; `CancellationError`.
    @discardableResult
    public nonisolated(nonsending) func readFrames(
        from first: Int = 0, frameRate: Double? = nil, limit: Int? = nil, longestSide: Int? = nil,
        _ body: (_ index: Int, _ frame: Image) async throws -> Void
    ) async throws -> Int {
        let size = size(longestSide: longestSide)
        let rate = frameRate ?? self.frameRate
        var arguments = FFmpeg.quiet
        // A quarter of a frame earlier, so that rounded times do not miss it.
        if first > 0 { arguments += ["-ss", "\((Double(first) - 0.25) / rate)"] }
        arguments += ["-i", FFmpeg.path(url), "-map", "0:v:0"]
        var filters = "fps=\(rate)"
        if size != (width, height) { filters += ",scale=\(size.width):\(size.height):flags=area" }
        arguments += ["-vf", filters]
        if let limit { arguments += ["-frames:v", "\(limit)"] }
        return try await decode(arguments, size: size, times: nil, limit: limit) {
            index, _, frame in try await body(index, frame)
        }
    }

    /// Reads the frames that the file has, in order, upright, as RGB: none is repeated or left out.
    ///
    /// Memory holds one frame, as bytes and as floats; the decoder waits while `body` works.
    ///
    /// - Parameters:
    ///   - limit: The greatest number of frames to read; all by default.
    ///   - body: Gets the number of the frame, from 0, the time at which it is shown, seconds from the
    ///     file's start, and the frame.
    /// - Returns: The number of frames read.
    /// - Throws: As `readFrames`.
    @discardableResult
    public nonisolated(nonsending) func readTimedFrames(
        limit: Int? = nil,
        _ body: (_ index: Int, _ time: Double, _ frame: Image) async throws -> Void
    ) async throws -> Int {
        let times = FrameTimes()
        var arguments = FFmpeg.quiet + ["-i", FFmpeg.path(url), "-map", "0:v:0"]
        arguments += ["-vf", FrameTimes.filters, "-fps_mode", "passthrough"]
        if let limit { arguments += ["-frames:v", "\(limit)"] }
        return try await decode(arguments, size: (width, height), times: times, limit: limit, body)
    }

    /// Runs ffmpeg and cuts what it prints into frames of `size`.
    private nonisolated(nonsending) func decode(
        _ arguments: [String], size: (width: Int, height: Int), times: FrameTimes?, limit: Int?,
        _ body: (Int, Double, Image) async throws -> Void
    ) async throws -> Int {
        FFmpeg.survivePipes()
        let arguments = arguments + ["-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"]
        let outcome: (frames: Int, log: String, status: TerminationStatus)
        do {
            let result = try await run(
                .name("ffmpeg"), arguments: Arguments(arguments),
                platformOptions: FFmpeg.apart, input: .none,
                output: .sequence, error: .sequence
            ) { execution in
                async let log = FFmpeg.tail(of: execution.standardError, times: times)
                do {
                    let count = try await split(
                        execution.standardOutput, size: size, times: times, body)
                    return (count, await log)
                } catch {
                    try? execution.send(signal: .kill)
                    throw error
                }
            }
            outcome = (result.closureResult.0, result.closureResult.1, result.terminationStatus)
        } catch {
            throw FFmpeg.explained(error, tool: "ffmpeg", purpose: "reads video")
        }
        try Task.checkCancellation()
        guard outcome.status.isSuccess, outcome.frames > 0 || limit == 0 else {
            throw MediaError.toolFailed(
                tool: "ffmpeg", file: url.relativePath, message: FFmpeg.phrase(outcome.log))
        }
        return outcome.frames
    }

    /// The size of frames reduced to `longestSide`.
    func size(longestSide: Int?) -> (width: Int, height: Int) {
        guard let longestSide, longestSide < max(width, height) else { return (width, height) }
        let scale = Double(longestSide) / Double(max(width, height))
        return (
            max(1, Int((Double(width) * scale).rounded())),
            max(1, Int((Double(height) * scale).rounded()))
        )
    }

    /// Cuts a stream of bytes into frames.
    private nonisolated(nonsending) func split(
        _ output: SubprocessOutputSequence, size: (width: Int, height: Int), times: FrameTimes?,
        _ body: (Int, Double, Image) async throws -> Void
    ) async throws -> Int {
        let byteCount = size.width * size.height * 3
        var count = 0
        var frame: [UInt8] = []
        frame.reserveCapacity(byteCount)
        var iterator = output.makeAsyncIterator()
        while let buffer = try await iterator.next(isolation: #isolation) {
            var start = 0
            while start < buffer.count {
                let end = min(buffer.count, start + byteCount - frame.count)
                buffer.withUnsafeBytes { frame += $0[start..<end] }
                start = end
                guard frame.count == byteCount else { continue }
                try Task.checkCancellation()
                let image = Image(
                    width: size.width, height: size.height, channels: 3, interleaved: frame)
                frame.removeAll(keepingCapacity: true)
                let time = await times?.next() ?? Double(count) / frameRate
                try await body(count, time, image)
                count += 1
            }
        }
        return count
    }
}
