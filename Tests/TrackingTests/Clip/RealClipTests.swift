import Foundation
import Media
import Spatial
import Testing

@testable import Tracking

/// What people's own videos are like: cut together, empty for a while, with somebody walking in, of
/// any codec, size and rate. Made from the two test videos with ffmpeg.
@Suite(
    .serialized, .enabled(if: Pictures.areInstalled, "run scripts/bootstrap first"),
    .enabled(if: Videos.arePresent, "the videos of ../shared/real are not here"))
struct RealClipTests {
    private let fitted =
        "scale=480:480:force_original_aspect_ratio=decrease,pad=480:480:-1:-1,setsar=1,fps=30"

    /// Runs ffmpeg with the body's video as input 0 and the head's as input 1, both from their third
    /// second, and gives what is seen in the frames that come out.
    private func evidence(_ arguments: [String]) async throws -> ClipEvidence {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("clip-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let clip = folder.appendingPathComponent("a.mp4")
        let inputs = try Videos.all.flatMap {
            ["-ss", "3", "-i", try #require(Pictures.url($0)).path]
        }
        try ffmpeg(inputs + arguments + ["-an", clip.path])
        let video = try await VideoReader(contentsOf: clip)
        let gatherer = try EvidenceGatherer(
            graphs: try TrackingGraphs.installed(), width: video.width, height: video.height)
        try await video.readTimedFrames { _, time, frame in
            #expect(frame.width == video.width && frame.height == video.height)
            _ = try gatherer.take(frame, at: time)
        }
        return gatherer.evidence
    }

    private func ffmpeg(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["ffmpeg", "-loglevel", "error", "-y"] + arguments
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "ffmpeg \(arguments)")
    }

    private func flagged(_ evidence: ClipEvidence, _ flag: FrameFlags) -> [Int] {
        evidence.flags.indices.filter { evidence.flags[$0].contains(flag) }
    }

    @Test func cutsAreFoundToTheFrame() async throws {
        let evidence = try await evidence([
            "-filter_complex",
            "[0]\(fitted),trim=end_frame=12[a];[1]\(fitted),trim=end_frame=12[b];"
                + "[a][b]concat",
        ])
        #expect(evidence.count == 24)
        #expect(flagged(evidence, .cut) == [12] && flagged(evidence, .nobody).isEmpty)
    }

    @Test func emptyStretchesAreFoundToTheFrame() async throws {
        let evidence = try await evidence([
            "-filter_complex",
            "[1]\(fitted),split=2[x][y];[x]trim=end_frame=8[a];"
                + "color=0x707060:s=480x480:r=30,trim=end_frame=10[b];"
                + "[y]trim=start_frame=8:end_frame=16,setpts=PTS-STARTPTS[c];[a][b][c]concat=3",
        ])
        #expect(evidence.count == 26)
        #expect(flagged(evidence, .nobody) == Array(8..<18))
    }

    @Test func whoWalksInIsToldOfAndNotFollowed() async throws {
        let evidence = try await evidence([
            "-filter_complex",
            "[0]\(fitted),crop=300:480[a];[1]\(fitted)[b];[b][a]hstack,"
                + "drawbox=x=480:w=300:h=480:t=fill:color=gray:enable='lt(n,12)',"
                + "trim=end_frame=24",
        ])
        #expect(evidence.count == 24)
        let others = flagged(evidence, .others)
        // It is looked for every tenth frame.
        #expect(!others.contains { $0 < 12 } && others.last == 23)
        for t in 0..<24 { #expect(try #require(evidence.box(t)).centre.x < 480) }
    }

    @Test func framesKeepTheirTimesWhateverTheRate() async throws {
        let evidence = try await evidence([
            "-map", "1:v", "-vf", "select='lt(mod(n,4),2)',scale=480:-2", "-fps_mode", "vfr",
            "-frames:v", "6",
        ])
        #expect(evidence.count == 6 && flagged(evidence, .nobody).isEmpty)
        let start = evidence.times[0]
        for (time, frame) in zip(evidence.times, [0, 1, 4, 5, 8, 9]) {
            #expect(abs(time - start - Double(frame) / 30) < 0.002)
        }
    }

    @Test(arguments: [
        ["-c:v", "libx265", "-x265-params", "log-level=error"],
        ["-c:v", "libx264", "-pix_fmt", "yuv444p"],
    ])
    func anyCodecAndSize(_ codec: [String]) async throws {
        let size = codec.contains("libx265") ? "480:-2" : "481:233"
        let evidence = try await evidence(
            ["-map", "1:v", "-vf", "scale=\(size)", "-frames:v", "4"] + codec)
        #expect(evidence.count == 4 && flagged(evidence, .nobody).isEmpty)
        #expect(codec.contains("libx265") || (evidence.width, evidence.height) == (481, 233))
    }
}
