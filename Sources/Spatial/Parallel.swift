import Dispatch
import Foundation

/// How many threads the kernels use: all processors unless `limit` says less.
public enum Threads {
    nonisolated(unsafe) private static var chosen = 0
    nonisolated(unsafe) private static var observers: [@Sendable (Int) -> Void] = []
    private static let lock = NSLock()

    /// The number of threads that parallel work is divided among; at least 1.
    public static var count: Int {
        lock.lock()
        defer { lock.unlock() }
        return chosen > 0 ? chosen : ProcessInfo.processInfo.activeProcessorCount
    }

    /// Sets the number of threads; 0 goes back to all processors.
    public static func limit(to limit: Int) {
        let called = lock.withLock {
            chosen = max(0, limit)
            return observers
        }
        let count = count
        for observer in called { observer(count) }
    }

    /// Runs `body` on one thread: for long chains of operations too small to be worth dividing, which
    /// waiting for one another would only slow down.
    public static func single<Result>(_ body: () throws -> Result) rethrows -> Result {
        let before = lock.withLock { chosen }
        limit(to: 1)
        defer { limit(to: before) }
        return try body()
    }

    /// Calls `observer` with the number of threads, now and after each `limit(to:)`: for libraries
    /// that have threads of their own.
    public static func observe(_ observer: @escaping @Sendable (Int) -> Void) {
        lock.withLock { observers.append(observer) }
        observer(count)
    }
}

/// Calls `body` once for each of `count` items, on all threads of `Threads.count`, and returns when
/// all are done.
///
/// Items are handed out one by one, so that uneven ones balance: make each worth at least some
/// microseconds. The second argument of `body` is the worker, 0..<`Threads.count`, which never runs
/// two items at once: index scratch memory by it. The body must not write where another item
/// writes; results then do not depend on the number of threads.
public func parallelFor(_ count: Int, _ body: (_ item: Int, _ worker: Int) -> Void) {
    let workers = min(Threads.count, count)
    guard workers > 1 else {
        for item in 0..<max(0, count) { body(item, 0) }
        return
    }
    let next = ItemCounter()
    // The closure does not escape: concurrentPerform returns after the last call of it.
    withoutActuallyEscaping(body) { body in
        // Sound: each item runs once, and the caller promises disjoint writes.
        nonisolated(unsafe) let body = body
        DispatchQueue.concurrentPerform(iterations: workers) { worker in
            while true {
                let item = next.take()
                if item >= count { return }
                body(item, worker)
            }
        }
    }
}

/// `parallelFor` over 0..<`count` in blocks of `grain` consecutive items.
public func parallelFor(
    _ count: Int, grain: Int, _ body: (_ items: Range<Int>, _ worker: Int) -> Void
) {
    parallelFor((count + grain - 1) / grain) { block, worker in
        body(block * grain..<min(count, (block + 1) * grain), worker)
    }
}
