import Foundation
import Media
import Spatial

/// The frames of a video in any order.
///
/// A video is decoded from a frame on; the next few are decoded along and kept, because whoever asks
/// for one mostly asks for the next one too.
actor VideoFrames {
    nonisolated let url: URL
    nonisolated let frameCount: Int
    nonisolated let width: Int
    nonisolated let height: Int
    nonisolated let frameRate: Double
    private var reader: VideoReader?
    /// The run that was decoded last, or is being decoded.
    private var run: (frames: Range<Int>, decoding: Task<[Int: Image], any Error>)?
    /// How many frames are decoded at a time.
    private let runLength: Int

    /// Opens a video.
    ///
    /// - Throws: `MediaError` where it is no video or does not say how long it is.
    init(contentsOf url: URL) async throws {
        let reader = try await VideoReader(contentsOf: url)
        guard let count = reader.frameCount, count > 0, count < 1 << 24 else {
            throw MediaError.unsupported(
                file: url.relativePath, found: "a video of unknown length",
                expected: "one whose header says how long it is")
        }
        self.reader = reader
        self.url = url
        (frameCount, frameRate) = (count, reader.frameRate)
        (width, height) = (reader.width, reader.height)
        runLength = Self.runLength(width, height)
    }

    /// A video that is supposed to be as long and large as another; it is opened when a frame is asked
    /// for.
    init(_ url: URL, like other: VideoFrames) {
        self.url = url
        (frameCount, frameRate) = (other.frameCount, other.frameRate)
        (width, height) = (other.width, other.height)
        runLength = Self.runLength(width, height)
    }

    /// As many frames as fit into 64 MB, at most 16.
    private static func runLength(_ width: Int, _ height: Int) -> Int {
        min(16, max(1, (64 << 20) / (width * height * 12)))
    }

    /// A frame, RGB.
    ///
    /// - Throws: `MediaError` where it cannot be decoded, or the video ends before it.
    func frame(_ index: Int) async throws -> Image {
        let decoding: Task<[Int: Image], any Error>
        if let run, run.frames.contains(index) {
            decoding = run.decoding
        } else {
            decoding = Task { try await decode(from: index) }
            run = (index..<index + runLength, decoding)
        }
        let frames: [Int: Image]
        do {
            frames = try await decoding.value
        } catch {
            // Whoever asks next tries again.
            if run?.decoding == decoding { run = nil }
            throw error
        }
        guard let frame = frames[index] else {
            throw MediaError.damaged(
                file: url.relativePath, found: "no frame \(index)",
                expected: "\(frameCount) frames")
        }
        return frame
    }

    private func decode(from first: Int) async throws -> [Int: Image] {
        let reader: VideoReader
        if let known = self.reader {
            reader = known
        } else {
            reader = try await VideoReader(contentsOf: url)
            self.reader = reader
        }
        var frames: [Int: Image] = [:]
        try await reader.readFrames(from: first, limit: runLength) { offset, frame in
            frames[first + offset] = frame
        }
        return frames
    }
}
