import Foundation
import Synchronization

/// The times of a video's frames, which ffmpeg prints among its messages while it prints the frames
/// themselves elsewhere.
final class FrameTimes: Sendable {
    /// The filters that make ffmpeg print a line for each frame, before the frame is put out. The
    /// second one is silent about a frame without metadata: so each gets some.
    static let filters =
        "metadata=mode=add:key=likeness:value=1,"
        + #"metadata=mode=print:direct=1:key=likeness:file=pipe\\:2"#

    private struct State {
        /// The times that are known and were not asked for, as they came.
        var times: [Double?] = []
        var line: [UInt8] = []
        var hasEnded = false
        var waiting: CheckedContinuation<Double?, Never>?
    }
    private let state = Mutex(State())

    /// Takes some of the program's messages.
    ///
    /// - Returns: Those that are not about times.
    func take(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var rest: [UInt8] = []
        state.withLock { state in
            for byte in bytes {
                // A line longer than this is none of ours.
                if byte != UInt8(ascii: "\n") && state.line.count < 4096 {
                    state.line.append(byte)
                    continue
                }
                let text = String(decoding: state.line, as: UTF8.self)
                if let match = text.firstMatch(of: #/^frame:\d+ .*pts_time:(\S*)/#) {
                    let time = Double(match.1).flatMap { $0.isFinite ? $0 : nil }
                    if let waiting = state.waiting {
                        state.waiting = nil
                        waiting.resume(returning: time)
                    } else {
                        state.times.append(time)
                    }
                } else if text != "likeness=1" {
                    rest += state.line + [byte]
                }
                state.line.removeAll(keepingCapacity: true)
            }
        }
        return rest
    }

    /// Tells that no more messages come.
    func end() {
        state.withLock { state in
            state.hasEnded = true
            state.waiting?.resume(returning: nil)
            state.waiting = nil
        }
    }

    /// The time of the next frame, seconds; waits until it was printed. nil if there is none.
    nonisolated(nonsending) func next() async -> Double? {
        await withCheckedContinuation { continuation in
            state.withLock { state in
                if !state.times.isEmpty {
                    continuation.resume(returning: state.times.removeFirst())
                } else if state.hasEnded {
                    continuation.resume(returning: nil)
                } else {
                    state.waiting = continuation
                }
            }
        }
    }
}
