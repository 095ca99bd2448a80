import Foundation
import Media
import Spatial
import Torch

/// The folder of a training run: config.json, metrics.jsonl, checkpoints, previews.
///
/// A stage is advanced step by step; what happens on the way is written down, and whatever ends the run,
/// it goes on from its last checkpoint to the same result.
final class TrainingRun {
    /// When things are written.
    struct Intervals: Sendable {
        /// Steps between checkpoints.
        var checkpoint = 200
        /// Steps between previews.
        var preview = 500
    }

    let folder: URL
    private let intervals: Intervals
    private let listener: any ProgressListener
    /// Asked after each step: whether to write a checkpoint and stop.
    private let isCancelled: @Sendable () -> Bool

    init(
        _ folder: URL, intervals: Intervals = Intervals(), listener: any ProgressListener,
        isCancelled: @escaping @Sendable () -> Bool
    ) throws {
        (self.folder, self.intervals, self.listener) = (folder, intervals, listener)
        self.isCancelled = isCancelled
        for name in ["checkpoints", "previews"] {
            try FileManager.default.createDirectory(
                at: folder.appendingPathComponent(name), withIntermediateDirectories: true)
        }
    }

    /// Runs a stage to its end, from its checkpoint if there is one.
    ///
    /// - Parameter limit: the step to stop before, as if cancelled there.
    /// - Throws: `TrainingCancelled` after a checkpoint, where it was; what the stage throws.
    func run(_ stage: some TrainingStage, until limit: Int = .max) throws {
        var step = try resume(stage)
        guard step < stage.steps else { return }
        try listener.begin("Training the \(stage.name)", steps: stage.steps)
        var lines: [String] = []
        let started = Date()
        let first = step
        while step < stage.steps {
            let losses = try stage.advance(step)
            guard losses.allSatisfy({ $0.value.isFinite }) else {
                throw TrainingDataError(
                    "The \(stage.name)'s loss is not finite any more at step \(step); the last "
                        + "checkpoint is kept: lower the learning rate and go on from it.")
            }
            lines.append(line(stage.name, step, losses, Date().timeIntervalSince(started)))
            step += 1
            let note = String(format: "\(losses[0].key) %.4f", losses[0].value)
            try listener.advance(to: step, note: note)
            let stops = isCancelled() || step >= limit
            let isLast = step == stage.steps
            if stops || isLast || step % intervals.checkpoint == 0 {
                try save(stage, step)
                try flush(&lines, stage)
            }
            if isLast || step % intervals.preview == 0 || step == first + 1 && first == 0 {
                try preview(stage, step)
            }
            if stops && !isLast { throw TrainingCancelled(step: step, stage: stage.name) }
        }
        try listener.end()
    }

    private static func fileName(_ stage: String) -> String {
        String(stage.map { $0 == " " ? "-" : $0 })
    }

    /// The file of a stage's checkpoint.
    func checkpoint(of stage: String) -> URL {
        folder.appendingPathComponent("checkpoints/\(Self.fileName(stage)).safetensors")
    }

    /// The step that a stage has come to; 0 without a checkpoint.
    func step(of stage: String) throws -> Int {
        let file = checkpoint(of: stage)
        guard FileManager.default.fileExists(atPath: file.path) else { return 0 }
        let step = try SafetensorsFile(contentsOf: file).metadata["step"].flatMap { Int($0) }
        guard let step, step >= 0 else {
            throw MediaError.damaged(
                file: file.relativePath, found: "no step", expected: "a checkpoint of training")
        }
        return step
    }

    private func resume(_ stage: some TrainingStage) throws -> Int {
        let step = try step(of: stage.name)
        if step > 0 {
            try stage.load(StateDictionary(safetensors: checkpoint(of: stage.name)))
            try forgetMetrics(of: stage.name, from: step)
        }
        return step
    }

    private func save(_ stage: some TrainingStage, _ step: Int) throws {
        try stage.state.write(
            safetensors: checkpoint(of: stage.name),
            metadata: ["stage": stage.name, "step": "\(step)"], overwrite: true)
    }

    private func preview(_ stage: some TrainingStage, _ step: Int) throws {
        guard let picture = try stage.preview() else { return }
        let name = "previews/\(Self.fileName(stage.name))-" + String(format: "%06d.png", step)
        try picture.writePNG(to: folder.appendingPathComponent(name), overwrite: true)
    }

    // MARK: Metrics

    private var metricsFile: URL { folder.appendingPathComponent("metrics.jsonl") }

    private func line(
        _ stage: String, _ step: Int, _ losses: KeyValuePairs<String, Double>, _ seconds: Double
    ) -> String {
        let parts = losses.map { String(format: "\"\($0.key)\": %.6g", $0.value) }
        return "{\"stage\": \"\(stage)\", \"step\": \(step), "
            + String(format: "\"seconds\": %.2f, ", seconds) + parts.joined(separator: ", ") + "}"
    }

    private func metrics() -> [Substring] {
        let text = (try? String(contentsOf: metricsFile, encoding: .utf8)) ?? ""
        return text.split(separator: "\n")
    }

    private func flush(_ lines: inout [String], _ stage: some TrainingStage) throws {
        let all = metrics() + lines.map { Substring($0) }
        try AtomicFile.write(
            Array((all.joined(separator: "\n") + "\n").utf8), to: metricsFile, overwrite: true)
        lines = []
        try curve(of: stage.name, all).writePNG(
            to: folder.appendingPathComponent("\(Self.fileName(stage.name))-loss.png"),
            overwrite: true)
    }

    /// Steps after the checkpoint are done again.
    private func forgetMetrics(of stage: String, from step: Int) throws {
        let kept = metrics().filter { line in
            guard let record = Record(line), record.stage == stage else { return true }
            return record.step < step
        }
        try AtomicFile.write(
            Array((kept.joined(separator: "\n") + "\n").utf8), to: metricsFile, overwrite: true)
    }

    private func curve(of stage: String, _ lines: [Substring]) -> Image {
        let records = lines.compactMap { Record($0) }.filter { $0.stage == stage }
        let names = Set(records.flatMap(\.losses.keys)).sorted()
        return LossCurve.draw(
            names.map { name in (name, records.map { $0.losses[name] ?? 0 }) })
    }

    /// A line of metrics.jsonl.
    private struct Record {
        let stage: String
        let step: Int
        let losses: [String: Double]

        init?(_ line: Substring) {
            guard
                let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)),
                let values = object as? [String: Any], let stage = values["stage"] as? String,
                let step = values["step"] as? Int
            else { return nil }
            (self.stage, self.step) = (stage, step)
            losses = values.filter { !["stage", "step", "seconds"].contains($0.key) }
                .compactMapValues { ($0 as? NSNumber)?.doubleValue }
        }
    }
}

/// Training that was stopped after a checkpoint.
public struct TrainingCancelled: Error, CustomStringConvertible {
    /// How many steps are done.
    public let step: Int
    public let stage: String

    public var description: String {
        "Stopped after step \(step) of the \(stage); the same command goes on from there."
    }
}
