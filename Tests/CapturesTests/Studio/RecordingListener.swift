import Spatial

/// Remembers what it was told, and throws when it has been told enough.
final class RecordingListener: ProgressListener {
    struct HasEnough: Error {}

    private let limit: Int
    private(set) var stages: [String] = []
    private(set) var steps = 0
    private(set) var advances: [Int] = []
    private(set) var hasEnded = false

    init(limit: Int = .max) { self.limit = limit }

    func begin(_ stage: String, steps: Int) {
        stages.append(stage)
        self.steps = steps
    }

    func advance(to step: Int, note: String) throws {
        advances.append(step)
        if advances.count >= limit { throw HasEnough() }
    }

    func end() { hasEnded = true }
}
