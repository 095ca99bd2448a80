import Foundation

/// Threads that do the jobs of a list, each as soon as one is free, and in this order.
///
/// Jobs use all processors themselves where the others leave any idle. A job may wait for one that is
/// before it in the list, never for a later one.
final class StudioCrew: @unchecked Sendable {
    // Sound: what changes is touched within the lock only.
    private let condition = NSCondition()
    private var next = 0
    private var finished: [Bool]
    private var failure: (any Error)?
    private var isStopped = false
    private var working: Int

    /// Sets `count` threads to work.
    ///
    /// - Parameters:
    ///   - worker: makes what does the jobs of one thread.
    init(
        count: Int, jobs: Int, worker: @escaping @Sendable () -> (_ job: Int) throws -> Void
    ) {
        finished = [Bool](repeating: false, count: jobs)
        working = count
        for _ in 0..<count {
            let thread = Thread { [self] in run(worker()) }
            // Kernels keep little on the stack, recursion in them goes some way.
            thread.stackSize = 8 << 20
            thread.start()
        }
    }

    private func run(_ work: (_ job: Int) throws -> Void) {
        while let job = take() {
            do {
                try work(job)
                condition.withLock {
                    finished[job] = true
                    condition.broadcast()
                }
            } catch {
                condition.withLock {
                    failure = failure ?? error
                    condition.broadcast()
                }
            }
        }
        condition.withLock {
            working -= 1
            condition.broadcast()
        }
    }

    private func take() -> Int? {
        condition.withLock {
            guard !isStopped, failure == nil, next < finished.count else { return nil }
            next += 1
            return next - 1
        }
    }

    /// Returns when a job is done.
    ///
    /// - Throws: What any of the jobs threw.
    func wait(for job: Int) throws {
        try condition.withLock {
            while !finished[job], failure == nil { condition.wait() }
            if let failure { throw failure }
        }
    }

    /// Lets nobody begin another job, and returns when nobody works any more.
    func stop() {
        condition.withLock {
            isStopped = true
            while working > 0 { condition.wait() }
        }
    }
}
