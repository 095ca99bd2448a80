import Foundation
import Synchronization
import Testing

@testable import Spatial

/// They set the process's number of threads, one after the other.
@Suite(.serialized) struct ParallelTests {
    @Test(arguments: [1, 2, 3, 8], [0, 1, 2, 7, 1000])
    func everyItemRunsOnce(_ threads: Int, _ count: Int) {
        Threads.limit(to: threads)
        defer { Threads.limit(to: 0) }
        let runs = Mutex([Int](repeating: 0, count: count))
        parallelFor(count) { item, worker in
            #expect(worker >= 0 && worker < max(1, count))
            runs.withLock { $0[item] += 1 }
        }
        #expect(runs.withLock { $0 } == [Int](repeating: 1, count: count))
    }

    @Test(arguments: [(0, 4), (1, 4), (4, 4), (10, 4), (11, 4), (3, 100)])
    func blocksCoverTheRange(_ count: Int, _ grain: Int) {
        let ranges = Mutex<[Range<Int>]>([])
        parallelFor(count, grain: grain) { range, _ in ranges.withLock { $0.append(range) } }
        let sorted = ranges.withLock { $0 }.sorted { $0.lowerBound < $1.lowerBound }
        #expect(sorted.flatMap { Array($0) } == Array(0..<count))
        #expect(sorted.allSatisfy { !$0.isEmpty && $0.count <= grain })
    }

    @Test func aWorkerNeverRunsTwoItemsAtOnce() {
        Threads.limit(to: 4)
        defer { Threads.limit(to: 0) }
        let busy = Mutex<Set<Int>>([])
        parallelFor(200) { _, worker in
            #expect(busy.withLock { $0.insert(worker).inserted })
            usleep(100)
            busy.withLock { _ = $0.remove(worker) }
        }
    }

    @Test func observersHearOfTheNumber() {
        // Other tests may set the number meanwhile: what is heard, not in which order, is certain.
        let heard = Mutex<Set<Int>>([])
        Threads.observe { number in heard.withLock { _ = $0.insert(number) } }
        #expect(heard.withLock { $0.count } == 1, "told at once")
        Threads.limit(to: 37)
        Threads.single {}
        Threads.limit(to: 0)
        #expect(heard.withLock { $0 }.isSuperset(of: [1, 37]))
        #expect(Threads.count >= 1)
    }
}
