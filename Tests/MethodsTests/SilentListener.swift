import Spatial

/// Says nothing, and remembers what stages there were.
final class SilentListener: ProgressListener {
    private(set) var stages: [String] = []

    func begin(_ stage: String, steps: Int) { stages.append(stage) }
    func advance(to step: Int, note: String) {}
    func end() {}
}
