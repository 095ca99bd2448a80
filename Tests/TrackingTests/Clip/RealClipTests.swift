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
        try await withClip(arguments) { try await evidence(of: $0) }
    }

    private func withClip<Result>(
        _ arguments: [String], _ body: (URL) async throws -> Result
    ) async throws -> Result {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("clip-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let clip = folder.appendingPathComponent("a.mp4")
        let inputs = try Videos.all.flatMap {
            ["-ss", "3", "-i", try #require(Pictures.url($0)).path]
        }
        try ffmpeg(inputs + arguments + ["-an", clip.path])
        return try await body(clip)
    }

    /// What is seen in the frames of a clip.
    private func evidence(of clip: URL) async throws -> ClipEvidence {
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

    /// As phones store what is filmed upright: lying, with a turn in the track header.
    @Test func turnedVideosAreTrackedUpright() async throws {
        let lossless = ["-c:v", "libx264", "-qp", "0", "-pix_fmt", "yuv444p"]
        let upright = ["-map", "0:v", "-vf", "scale=360:640", "-frames:v", "5"] + lossless
        try await withClip(upright) { clip in
            let expected = try await evidence(of: clip)
            #expect((expected.width, expected.height) == (360, 640))
            #expect(flagged(expected, .nobody).isEmpty)
            // How the stored picture lies, and the cosine and sine of the turn that mends it.
            for (lying, cosine, sine) in [
                ("transpose=2", Int32(0), Int32(1)), ("hflip,vflip", -1, 0), ("transpose=1", 0, -1),
            ] {
                let turned = clip.deletingLastPathComponent().appendingPathComponent("b.mp4")
                try ffmpeg(["-i", clip.path, "-vf", lying] + lossless + [turned.path])
                try setTurn(of: turned, cosine: cosine, sine: sine)
                #expect(try await evidence(of: turned) == expected, "\(lying)")
            }
        }
    }

    /// Writes the matrix of the track header (ISO 14496-12, 8.3.2).
    private func setTurn(of url: URL, cosine: Int32, sine: Int32) throws {
        var bytes = Data(try Data(contentsOf: url))
        let header = try #require(bytes.firstRange(of: Data("tkhd".utf8))).lowerBound
        let matrix = [cosine << 16, sine << 16, 0, -sine << 16, cosine << 16, 0, 0, 0, 1 << 30]
        let values = matrix.flatMap { value in withUnsafeBytes(of: value.bigEndian) { Array($0) } }
        bytes.replaceSubrange(header + 44..<header + 44 + values.count, with: values)
        try bytes.write(to: url)
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
