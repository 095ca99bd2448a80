import Foundation
import Subprocess

/// What ffprobe says of a video, named as in its JSON.
struct VideoProbe: Decodable {
    var streams: [Stream]?
    var format: Format?

    struct Format: Decodable {
        var duration: String?
    }

    struct Stream: Decodable {
        var width: Int?
        var height: Int?
        var avgFrameRate: String?
        var rFrameRate: String?
        var nbFrames: String?
        var duration: String?
        var tags: [String: String]?
        var sideDataList: [SideData]?

        /// Whether the picture is shown turned by a quarter.
        var isTurned: Bool {
            let angle =
                sideDataList?.compactMap(\.rotation).first
                ?? tags?["rotate"].flatMap(Double.init) ?? 0
            return abs(abs(angle.truncatingRemainder(dividingBy: 180)) - 90) < 45
        }

        /// Frames a second, the average before the least common multiple.
        var rate: Double? {
            for text in [avgFrameRate, rFrameRate] {
                let parts = (text ?? "").split(separator: "/").compactMap { Double($0) }
                if parts.count == 2, parts[0] > 0, parts[1] > 0 { return parts[0] / parts[1] }
            }
            return nil
        }
    }

    struct SideData: Decodable {
        var rotation: Double?
    }

    init(_ url: URL, tool: String) async throws {
        let arguments =
            ["-v", "error", "-protocol_whitelist", "file", "-select_streams", "v:0"]
            + [
                "-show_entries",
                "stream=width,height,avg_frame_rate,r_frame_rate,nb_frames,duration"
                    + ":stream_tags=rotate:stream_side_data=rotation:format=duration",
            ] + ["-of", "json", FFmpeg.path(url)]
        let outcome: (json: [UInt8], log: String, status: TerminationStatus)
        do {
            let result = try await run(
                .name(tool), arguments: Arguments(arguments), input: .none,
                output: .bytes(limit: 1 << 20), error: .sequence
            ) { execution in
                await FFmpeg.tail(of: execution.standardError)
            }
            outcome = (result.standardOutput, result.closureResult, result.terminationStatus)
        } catch {
            throw FFmpeg.explained(error, tool: tool, purpose: "looks into videos")
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard outcome.status.isSuccess,
            let probe = try? decoder.decode(VideoProbe.self, from: Data(outcome.json))
        else {
            throw MediaError.damaged(
                file: url.relativePath,
                found: "content that ffprobe cannot read "
                    + "(\(FFmpeg.phrase(outcome.log).replacing(FFmpeg.path(url) + ": ", with: "")))",
                expected: "a video")
        }
        self = probe
    }
}
