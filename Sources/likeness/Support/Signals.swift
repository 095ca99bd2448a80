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
            AtomicFile.discardUnfinished()
            _exit(128 + number)
        }
        source.resume()
        keptSources.withLock { $0.append(source) }
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
