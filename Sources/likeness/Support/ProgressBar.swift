import Foundation
import Spatial

/// Progress of a long stage on standard error: one line that is redrawn on a terminal, plain lines
/// at each tenth without one.
final class ProgressBar: ProgressListener {
    private let isQuiet: Bool
    private var stage = ""
    private var total = 0
    private var started = Date()
    /// What was done before the stage began: work that goes on is no measure of speed.
    private var base: Int?
    private var lastDrawn = Date.distantPast
    private var lastTenth = 0

    init(isQuiet: Bool) {
        self.isQuiet = isQuiet
    }

    /// Starts a stage of `steps` steps.
    func begin(_ stage: String, steps: Int) {
        (self.stage, total, started) = (stage, max(1, steps), Date())
        base = nil
        (lastDrawn, lastTenth) = (.distantPast, 0)
        draw(0, "", force: true)
    }

    /// Says that `step` of the stage's steps are done, with a note such as the loss.
    func advance(to step: Int, note: String) {
        if base == nil { base = max(0, step - 1) }
        draw(step, note, force: false)
    }

    /// Ends the stage and leaves a line with its duration.
    func end() {
        guard !isQuiet else { return }
        let line = String(format: "%@: %.1f s", stage, Date().timeIntervalSince(started))
        Console.write(
            (Console.isInteractive ? "\r\u{1B}[K" : "") + line + "\n", to: .standardError)
    }

    private func draw(_ step: Int, _ note: String, force: Bool) {
        guard !isQuiet else { return }
        let elapsed = Date().timeIntervalSince(started)
        let fraction = min(1, Double(step) / Double(total))
        var line = "\(stage): \(Int(fraction * 100)) %"
        let done = Double(step - (base ?? 0))
        if done > 0, elapsed > 0.5 {
            let remaining = elapsed * Double(total - step) / done
            line += String(format: ", %.1f/s, %.0f s left", done / elapsed, max(0, remaining))
        }
        line += suffix(note)
        if Console.isInteractive {
            guard force || Date().timeIntervalSince(lastDrawn) > 0.1 else { return }
            lastDrawn = Date()
            Console.write("\r\u{1B}[K" + line, to: .standardError)
        } else {
            // Stages shorter than some seconds need no line but their last.
            let tenth = Int(fraction * 10)
            guard tenth > lastTenth, elapsed > 2, tenth < 10 else { return }
            lastTenth = tenth
            Console.write(line + "\n", to: .standardError)
        }
    }

    private func suffix(_ note: String) -> String { note.isEmpty ? "" : " (\(note))" }
}
