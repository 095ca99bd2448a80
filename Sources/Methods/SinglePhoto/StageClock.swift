import Foundation
import Spatial

/// Runs the stages of a method one after the other, tells a listener and keeps the seconds of each.
struct StageClock {
    private(set) var seconds: [String: Double] = [:]
    private let listener: any ProgressListener

    init(_ listener: any ProgressListener) {
        self.listener = listener
    }

    /// Runs one stage; `body` gets a function to call with the number of steps done and a note.
    mutating func run<Result>(
        _ stage: String, steps: Int,
        _ body: ((_ step: Int, _ note: String) throws -> Void) throws -> Result
    ) throws -> Result {
        try listener.begin(stage, steps: steps)
        let start = Date()
        let result = try body { try listener.advance(to: $0, note: $1) }
        seconds[stage] = (Date().timeIntervalSince(start) * 1000).rounded() / 1000
        try listener.end()
        return result
    }
}
