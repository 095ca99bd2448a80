import Foundation
import Spatial
import Testing

@testable import Media

/// Whether the program is on the search path.
private func isInstalled(_ tool: String) -> Bool {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        .contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(tool)") }
}

@Suite(.enabled(if: isInstalled("ffmpeg") && isInstalled("ffprobe"), "ffmpeg is not installed"))
struct VideoTests {
    /// A frame whose colours tell its number, smooth enough for 4:2:0.
    static func frame(_ i: Int, width: Int, height: Int) -> Image {
        var image = Image(width: width, height: height, channels: 3)
        for y in 0..<height {
            for x in 0..<width {
                image[x, y, 0] = Float(x) / Float(width)
                image[x, y, 1] = Float(y) / Float(height)
                image[x, y, 2] = Float(i % 16) / 16
            }
        }
        return image
    }

    static func writeVideo(
        to url: URL, width: Int = 48, height: Int = 32, count: Int = 12, rate: Double = 24
    ) async throws {
        try await VideoWriter.write(
            to: url, width: width, height: height, frameCount: count,
            options: .init(frameRate: rate, quality: 4, preset: "veryfast"), overwrite: false
        ) { Self.frame($0, width: width, height: height) }
    }

    static func meanDifference(_ a: Image, _ b: Image) -> Float {
        zip(a.samples, b.samples).reduce(0) { $0 + abs($1.0 - $1.1) } / Float(a.samples.count)
    }

    @Test(arguments: [(48, 32), (37, 21), (1, 1)])
    func whatIsWrittenIsRead(width: Int, height: Int) async throws {
        try await withFolder { folder in
            let url = folder.appendingPathComponent("a.mp4")
            try await Self.writeVideo(to: url, width: width, height: height)
            let video = try await VideoReader(contentsOf: url)
            #expect(video.width == width + width % 2 && video.height == height + height % 2)
            #expect(abs(video.frameRate - 24) < 1e-6)
            #expect(video.frameCount == 12)
            var indices: [Int] = []
            try await video.readFrames { index, frame in
                indices.append(index)
                let seen = frame.cropped(x: 0, y: 0, width: width, height: height)
                let expected = Self.frame(index, width: width, height: height)
                // Half a level of blue is 8 of 255: a frame out of order would show.
                #expect(Self.meanDifference(seen, expected) < 4 / 255)
            }
            #expect(indices == Array(0..<12))
        }
    }

    @Test func sameFramesSameBytes() async throws {
        try await withFolder { folder in
            let urls = ["a.mp4", "b.mp4"].map { folder.appendingPathComponent($0) }
            for url in urls { try await Self.writeVideo(to: url, count: 40) }
            let bytes = try urls.map { try Data(contentsOf: $0) }
            #expect(bytes[0] == bytes[1])
        }
    }

    @Test(arguments: [(24.0, 40), (29.97, 100), (60, 61)])
    func framesFromTheMiddleAreTheirOwn(rate: Double, count: Int) async throws {
        try await withFolder { folder in
            let url = folder.appendingPathComponent("a.mp4")
            try await Self.writeVideo(to: url, count: count, rate: rate)
            let video = try await VideoReader(contentsOf: url)
            for first in [1, 7, count / 2, count - 2] {
                var indices: [Int] = []
                try await video.readFrames(from: first, limit: 2) { index, frame in
                    indices.append(index)
                    let expected = Self.frame(first + index, width: 48, height: 32)
                    #expect(Self.meanDifference(frame, expected) < 4 / 255, "\(first + index)")
                }
                #expect(indices == [0, 1])
            }
        }
    }

    @Test func limitsAreKept() async throws {
        try await withFolder { folder in
            let url = folder.appendingPathComponent("a.mp4")
            try await Self.writeVideo(to: url, count: 24)
            let video = try await VideoReader(contentsOf: url)
            #expect(abs(try #require(video.duration) - 1) < 1e-3)
            #expect(try await video.readFrames(limit: 5) { _, _ in } == 5)
            #expect(try await video.readFrames(frameRate: 12) { _, _ in } == 12)
            try await video.readFrames(longestSide: 12) { _, frame in
                #expect(frame.width == 12 && frame.height == 8)
            }
            struct Stop: Error {}
            await #expect(throws: Stop.self) {
                try await video.readFrames { index, _ in if index == 2 { throw Stop() } }
            }
        }
    }

    @Test func turnedVideosAreUpright() async throws {
        try await withFolder { folder in
            let url = folder.appendingPathComponent("a.mp4")
            try await Self.writeVideo(to: url)
            // The matrix of the track header (ISO 14496-12, 8.3.2), changed to a quarter turn.
            var bytes = try Array(Data(contentsOf: url))
            let header = try #require(
                bytes.indices.first { bytes[$0...].starts(with: Array("tkhd".utf8)) })
            var matrix: [UInt8] = []
            for value: Int32 in [0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x4000_0000] {
                matrix.append(integer: value.bigEndian)
            }
            bytes.replaceSubrange(header + 44..<header + 44 + 36, with: matrix)
            try Data(bytes).write(to: url)
            let video = try await VideoReader(contentsOf: url)
            #expect(video.width == 32 && video.height == 48)
            try await video.readFrames(limit: 1) { _, frame in
                #expect(frame.width == 32 && frame.height == 48)
                // Clockwise: what was on the left is above.
                let expected = Self.frame(0, width: 48, height: 32).oriented(6)
                #expect(Self.meanDifference(frame, expected) < 4 / 255)
            }
        }
    }

    /// Frames at 0, 0.2 and 0.4 s, then from 0.52 s on every 0.04 s.
    @Test func timesOfFramesAreKept() async throws {
        try await withFolder { folder in
            let url = folder.appendingPathComponent("a.mp4")
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = [
                "ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc=size=64x48:rate=25",
                "-vf", "setpts='if(lt(N,3),5*N,10+N)'", "-frames:v", "12",
                "-fps_mode", "vfr", "-pix_fmt", "yuv420p", url.path,
            ]
            process.standardInput = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            try #require(process.terminationStatus == 0)
            let video = try await VideoReader(contentsOf: url)
            var times: [Double] = []
            try await video.readTimedFrames { index, time, frame in
                #expect(index == times.count && frame.width == 64)
                times.append(time)
            }
            let expected = [0, 0.2, 0.4] + (3..<12).map { 0.4 + 0.04 * Double($0) }
            #expect(times.count == 12)
            #expect(zip(times, expected).allSatisfy { abs($0 - $1) < 0.002 }, "\(times)")
            #expect(try await video.readTimedFrames(limit: 5) { _, _, _ in } == 5)
            struct Stop: Error {}
            await #expect(throws: Stop.self) {
                try await video.readTimedFrames { index, _, _ in if index == 2 { throw Stop() } }
            }
        }
    }

    @Test func failuresLeaveNothing() async throws {
        try await withFolder { folder in
            let url = folder.appendingPathComponent("a.mp4")
            struct Stop: Error {}
            await #expect(throws: Stop.self) {
                try await VideoWriter.write(to: url, width: 8, height: 8, overwrite: false) {
                    try await $0.append(Self.frame(0, width: 8, height: 8))
                    throw Stop()
                }
            }
            var message = await #expect(throws: MediaError.self) {
                try await VideoWriter.write(to: url, width: 8, height: 8, overwrite: false) { _ in }
            }
            expectSentence(try #require(message))
            // ffmpeg ends at once, while frames are still written to it.
            message = await #expect(throws: MediaError.self) {
                try await VideoWriter.write(
                    to: url, width: 200, height: 200, frameCount: 100,
                    options: .init(frameRate: 30, preset: "nonsense"), overwrite: false
                ) { Self.frame($0, width: 200, height: 200) }
            }
            expectSentence(try #require(message))
            message = await #expect(throws: MediaError.self) {
                try await VideoWriter.write(
                    to: url, width: 8, height: 8, options: .init(), overwrite: false,
                    tool: "no-such-program"
                ) { try await $0.append(Self.frame(0, width: 8, height: 8)) }
            }
            guard case .toolMissing = message else {
                Issue.record("\(String(describing: message))")
                return
            }
            expectSentence(try #require(message))
            let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(left.isEmpty)
            await #expect(throws: MediaError.self) {
                try await VideoWriter.write(
                    to: folder.appendingPathComponent("a.avi"), width: 8, height: 8,
                    overwrite: false
                ) { _ in }
            }
        }
    }

    @Test func cancellationLeavesNothing() async throws {
        try await withFolder { folder in
            let url = folder.appendingPathComponent("a.mp4")
            let task = Task {
                try await VideoWriter.write(to: url, width: 64, height: 64, overwrite: false) {
                    video in
                    while true { try await video.append(Self.frame(0, width: 64, height: 64)) }
                }
            }
            try await Task.sleep(for: .milliseconds(200))
            task.cancel()
            let result = await task.result
            #expect(throws: CancellationError.self) { try result.get() }
            let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(left.isEmpty)
        }
    }

    @Test func otherFilesAreRefused() async throws {
        try await withFolder { folder in
            let url = folder.appendingPathComponent("a.mp4")
            await #expect(throws: MediaError.notFound(file: url.relativePath)) {
                try await VideoReader(contentsOf: url)
            }
            try Data("not a video".utf8).write(to: url)
            let error = await #expect(throws: MediaError.self) {
                try await VideoReader(contentsOf: url)
            }
            expectSentence(try #require(error))
            await #expect(throws: MediaError.self) {
                try await VideoReader(contentsOf: url, tool: "no-such-program")
            }
        }
    }

    @Test func damagedVideosAreRefusedOrRead() async throws {
        try await withFolder { folder in
            let url = folder.appendingPathComponent("a.mp4")
            try await Self.writeVideo(to: url)
            let valid = try Array(Data(contentsOf: url))
            var damaged: [[UInt8]] = []
            fuzz(valid, rounds: 16) { damaged.append($0) }
            for bytes in damaged {
                try Data(bytes).write(to: url)
                do {
                    _ = try await VideoReader(contentsOf: url).readFrames(limit: 20) { _, _ in }
                } catch let error as MediaError {
                    expectSentence(error)
                }
            }
        }
    }
}
