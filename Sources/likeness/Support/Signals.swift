import Foundation
import Media

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Makes a closed pipe an error of the write instead of the end of the process, and Ctrl-C or a
/// request to end remove unfinished files before the process ends.
func prepareForSignals() {
    signal(SIGPIPE, SIG_IGN)
    for number in [SIGINT, SIGTERM, SIGHUP] {
        // A dispatch source runs on a thread of its own, where locks and system calls are safe.
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: signalQueue)
        source.setEventHandler {
            // Work that can be stopped at a good place is asked first, and not twice.
            if Interruption.take() { return }
            AtomicFile.discardUnfinished()
            _exit(128 + number)
        }
        source.resume()
        keptSources.withLock { $0.append(source) }
    }
}

/// While there is one, the first Ctrl-C is a request to stop at the next good place; the second ends
/// the process.
final class Interruption: Sendable {
    private enum State { case ignored, awaited, requested }

    private static let state = Locked(State.ignored)

    init() { Self.state.withLock { $0 = .awaited } }

    /// Whether Ctrl-C was pressed.
    var isRequested: Bool { Self.state.withLock { $0 == .requested } }

    /// From now on Ctrl-C ends the process.
    func end() { Self.state.withLock { $0 = .ignored } }

    /// Makes a signal a request; false where nobody waits for one any more.
    fileprivate static func take() -> Bool {
        state.withLock { state in
            guard state == .awaited else { return false }
            state = .requested
            return true
        }
    }
}

/// Not a global queue: the kernels may have all threads of those.
private let signalQueue = DispatchQueue(label: "signals", qos: .userInteractive)

private let keptSources = Locked<[any DispatchSourceSignal]>([])

/// A value behind a lock.
private final class Locked<Value>: @unchecked Sendable {
    // Sound: the value is touched within the lock only.
    private var value: Value
    private let lock = NSLock()

    init(_ value: Value) { self.value = value }

    func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
        lock.lock()
        defer { lock.unlock() }
        return body(&value)
    }
}
