import Foundation
import Media
import Spatial
import Tracking

/// One pass over pictures: finds, and writes what was found as it goes.
final class TrackingRun {
    private let tracker: SolutionTracker
    private let source: TrackingSource
    private let name: String
    private let progress: ProgressBar
    private let interruption = Interruption()
    /// How many pictures were looked at.
    private(set) var frames = 0
    /// In how many of them something was found.
    private(set) var found = 0
    /// How long it took, seconds.
    private(set) var seconds = 0.0
    private(set) var wasInterrupted = false

    init(tracker: SolutionTracker, source: TrackingSource, name: String, progress: ProgressBar) {
        (self.tracker, self.source, self.name, self.progress) = (tracker, source, name, progress)
    }

    /// Thrown through the reader to end it; nobody else sees it.
    private struct Interrupted: Error {}

    /// Writes the landmarks' file and the overlay, as far as they are wanted.
    ///
    /// - Throws: `TrackingError.nothingFound` where no picture shows what is looked for, and then
    ///   nothing is written; what reading and writing throw.
    func write(landmarks: URL?, overlay: OverlayOutput?, _ overwrite: Bool) async throws {
        guard let landmarks else { return try await write(to: nil, overlay: overlay) }
        try await LandmarkFile.write(
            to: landmarks, solution: tracker.solution,
            source: URL(fileURLWithPath: name).lastPathComponent, overwrite: overwrite
        ) { file in
            try await write(to: file, overlay: overlay)
        }
    }

    private func write(to file: LandmarkFile?, overlay: OverlayOutput?) async throws {
        guard let overlay else { return try await pass(file, nil) }
        try await overlay.write { sink in try await pass(file, sink) }
    }

    private func pass(_ file: LandmarkFile?, _ overlay: OverlaySink?) async throws {
        let started = Date()
        let count = source.count
        progress.begin(
            "Tracking \(count.map { "\($0) " } ?? "")\(source.isVideo ? "frames" : "pictures")",
            steps: count ?? 1)
        do {
            try await source.forEach { photo, time, picture in
                let name = photo?.lastPathComponent
                let frame = try tracker.track(picture, at: time, named: name ?? self.name)
                try file?.append(frame, named: name)
                try await overlay?.append(frame, over: picture, named: name)
                frames += 1
                found += frame.isEmpty ? 0 : 1
                progress.advance(
                    to: frames, note: found < frames ? "\(found) with something found" : "")
                if interruption.isRequested { throw Interrupted() }
            }
        } catch is Interrupted {
            wasInterrupted = true
        }
        try await overlay?.finish()
        seconds = Date().timeIntervalSince(started)
        guard found > 0 else {
            throw TrackingError.nothingFound(
                name: name, solution: tracker.solution, pictures: frames)
        }
        progress.end()
    }
}
