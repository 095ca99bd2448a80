import Foundation
import Subprocess

/// What reading and writing video have in common: calling ffmpeg and understanding how it ended.
enum FFmpeg {
    /// Options of every call: errors only, and nothing but local files.
    static let quiet = ["-hide_banner", "-loglevel", "error", "-protocol_whitelist", "file,pipe"]

    /// A group of its own: Ctrl-C is for this program, which then ends ffmpeg or lets it finish.
    static var apart: PlatformOptions {
        var options = PlatformOptions()
        options.processGroupID = 0
        return options
    }

    /// A path as ffmpeg takes it: without the mark a name such as "concat:a" would be a protocol.
    static func path(_ url: URL) -> String { "file:" + url.path }

    /// Turns what went wrong in a call into the error for the user.
    static func explained(_ error: any Error, tool: String, purpose: String) -> any Error {
        guard let error = error as? SubprocessError else { return error }
        if error.code == .executableNotFound {
            return MediaError.toolMissing(tool: tool, purpose: purpose)
        }
        return MediaError.toolFailed(tool: tool, file: "the video", message: error.description)
    }

    /// The end of what a program prints, of which any amount may come; what it says of frames' times
    /// goes to `times`.
    static func tail(of output: SubprocessOutputSequence, times: FrameTimes? = nil) async -> String
    {
        var kept: [UInt8] = []
        var iterator = output.makeAsyncIterator()
        while let buffer = try? await iterator.next() {
            buffer.withUnsafeBytes { bytes in
                if let times {
                    kept += times.take(bytes)
                } else {
                    kept += bytes.suffix(4096)
                }
            }
            kept = kept.suffix(4096)
        }
        times?.end()
        return String(decoding: kept, as: UTF8.self)
    }

    /// The lines of a log as one phrase: the last few, in which ffmpeg says what stopped it.
    static func phrase(_ log: String) -> String {
        let lines = log.split(whereSeparator: \.isNewline).suffix(2)
            .map { $0.replacing(#/^\[[^\]]*\] /#, with: "").trimmingCharacters(in: .whitespaces) }
        return lines.isEmpty ? "it did not say why" : lines.joined(separator: "; ")
    }

    /// Lets a write to a program that has ended return an error in place of ending this process.
    static func survivePipes() { _ = pipeSignalIgnored }

    private static let pipeSignalIgnored: Bool = {
        signal(SIGPIPE, SIG_IGN)
        return true
    }()
}
