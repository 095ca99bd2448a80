import Captures
import Foundation
import Media
import Rigs
import Spatial

/// Tracks a person through photographs or a video with the rig, and writes a capture.
///
/// Four passes, each of which goes on where it was interrupted: what is seen in each frame; the
/// person's shape and the lens, from a few frames; what the person does, run by run; the capture's
/// files. Memory does not grow with the length.
public final class ClipTracker {
    /// What can be known beforehand.
    public struct Options: Sendable {
        /// The horizontal field of view in radians; nil to take it from the photograph's EXIF, or
        /// estimate it.
        public var horizontalFOV: Float?
        /// Whether to replace a capture that is there.
        public var overwrite = false

        public init() {}
    }

    /// The passes, in order.
    public enum Pass: String, Sendable {
        case looking = "Looking"
        case identifying = "Identifying"
        case following = "Following"
        case writing = "Writing"
    }

    /// Thrown when the caller asked to end; what is finished is kept.
    public struct Interrupted: Error {}

    /// How many frames tell the shape.
    static let identityFrames = 14
    /// Frames of the next run that a run is fitted with, so that it joins well.
    static let lookahead = 6

    let source: TrackingSource
    let name: String
    let options: Options
    let graphs: TrackingGraphs
    let model: ClipModel
    /// Called with the pass, steps done and steps in all; returns whether to go on.
    private let progress: (Pass, Int, Int?) -> Bool

    /// Loads the rig and the graphs.
    ///
    /// - Parameters:
    ///   - name: What errors call the source.
    ///   - progress: Called with the pass, the steps done, and the steps in all if known. If it returns
    ///     false, the work ends with `Interrupted`.
    /// - Throws: `MediaError.notInstalled`, `TrackingError`.
    public init(
        _ source: TrackingSource, named name: String, options: Options = Options(),
        progress: @escaping (Pass, Int, Int?) -> Bool = { _, _, _ in true }
    ) throws {
        (self.source, self.name, self.options) = (source, name, options)
        self.progress = progress
        graphs = try TrackingGraphs.installed()
        let anny = try Anny.load()
        model = ClipModel(
            anny: anny, embedding: try FaceLandmarkEmbedding.load(for: anny, graphs: graphs))
    }

    /// Tracks, and writes the capture into a folder.
    ///
    /// - Throws: `MediaError.exists` and others; `TrackingError.nothingFound`; `Interrupted`.
    public nonisolated(nonsending) func track(into folder: URL) async throws -> CaptureManifest {
        let size = try await source.size()
        let focal =
            options.horizontalFOV.map { Float(size.width) / 2 / tan($0 / 2) } ?? source.focal(size)
        let store = try ClipStore(
            folder,
            fingerprint: .init(
                source: name, bytes: source.byteCount, width: size.width, height: size.height,
                focal: focal), overwrite: options.overwrite)
        try await gather(into: store, size: size)
        let runs = store.finishedEvidence
        let fitter = ClipFitter(
            model: model, width: size.width, height: size.height, knownFocal: focal)
        let identity = try identify(store, runs: runs, fitter: fitter)
        try follow(store, runs: runs, identity: identity, fitter: fitter)
        let manifest = try await finish(store, runs: runs, identity: identity, size: size)
        store.finish()
        return manifest
    }

    func step(_ pass: Pass, _ done: Int, of total: Int?) throws {
        if !progress(pass, done, total) { throw Interrupted() }
    }

    // MARK: - Looking

    private nonisolated(nonsending) func gather(
        into store: ClipStore, size: (width: Int, height: Int)
    ) async throws {
        if store.isGathered { return }
        let gatherer = try EvidenceGatherer(
            graphs: graphs, width: size.width, height: size.height)
        var run = store.finishedEvidence
        var done = run * ClipStore.runLength
        var index = 0
        func last() throws -> ClipEvidence? {
            run > 0
                ? try store.evidence(run - 1, width: size.width, height: size.height) : nil
        }
        if let begun = try store.unfinishedEvidence(width: size.width, height: size.height) {
            gatherer.resume(begun.state, begun.evidence)
            done += begun.evidence.count
        } else {
            gatherer.restart(after: try last(), number: done)
        }
        try await source.forEach { file, time, picture in
            defer { index += 1 }
            guard index >= done else { return }
            guard picture.width == size.width, picture.height == size.height else {
                throw TrackingError.pictureUnusable(
                    name: file?.lastPathComponent ?? name,
                    found: "\(picture.width) × \(picture.height) pixels unlike the "
                        + "\(size.width) × \(size.height) of the first one")
            }
            let depth = try source.depth(beside: file, width: size.width, height: size.height)
                .map(DepthFilter.smoothed)
            let mask = try gatherer.take(
                picture, at: time, depth: depth, isAlone: !source.isVideo)
            try picture.writeJPEG(to: store.capture.frame(index), quality: 92, overwrite: true)
            let empty = Image(width: size.width, height: size.height, channels: 1)
            try (mask ?? empty).writePNG(to: store.capture.mask(index), overwrite: true)
            if let depth {
                var metres = depth
                for i in metres.samples.indices { metres.samples[i] /= 65535 }
                try metres.writePNG(to: store.capture.depth(index), bitDepth: 16, overwrite: true)
            }
            if gatherer.evidence.count == ClipStore.runLength {
                try store.write(gatherer.evidence, run: run)
                run += 1
                gatherer.restart(after: gatherer.evidence, number: index + 1)
            }
            do {
                try step(.looking, index + 1, of: source.count)
            } catch {
                if gatherer.evidence.count > 0 {
                    try store.write(unfinished: gatherer.evidence, gatherer.state)
                }
                throw error
            }
        }
        if gatherer.evidence.count > 0 { try store.write(gatherer.evidence, run: run) }
        try store.markGathered()
    }

    // MARK: - Identifying

    private func identify(_ store: ClipStore, runs: Int, fitter: ClipFitter) throws -> ClipIdentity
    {
        if let identity = try store.identity(model: model) { return identity }
        var scored: [(frame: Int, score: Float)] = []
        for run in 0..<runs {
            let evidence = try self.evidence(store, run, fitter)
            for t in 0..<evidence.count where !evidence.flags[t].contains(.nobody) {
                let body = RigFitter.joints.reduce(Float(0)) {
                    $0 + evidence.visibility(t, $1.point)
                }
                let alone: Float = evidence.flags[t].contains(.others) ? 0 : 1
                scored.append(
                    (run * ClipStore.runLength + t, 6 * evidence.scores[4 * t] + body + alone))
            }
        }
        guard !scored.isEmpty else {
            let frames = (0..<runs).reduce(0) { sum, run in
                sum + ((try? self.evidence(store, run, fitter).count) ?? 0)
            }
            throw TrackingError.nobodyToTrack(name: name, pictures: frames)
        }
        // The best of each stretch, so that the person is seen in many ways.
        let parts = min(Self.identityFrames, scored.count)
        let chosen = (0..<parts).map { part in
            scored[part * scored.count / parts..<(part + 1) * scored.count / parts]
                .max { $0.score < $1.score }!.frame
        }
        var evidence = ClipEvidence(width: fitter.camera.width, height: fitter.camera.height)
        for frame in chosen {
            evidence =
                evidence
                + (try self.evidence(store, frame / ClipStore.runLength, fitter)
                    .frames([frame % ClipStore.runLength]))
        }
        let identity = try fitter.identify(evidence) { try step(.identifying, $0, of: $1) }
        try store.write(identity)
        return identity
    }

    func evidence(_ store: ClipStore, _ run: Int, _ fitter: ClipFitter) throws -> ClipEvidence {
        try store.evidence(run, width: fitter.camera.width, height: fitter.camera.height)
    }

    // MARK: - Following

    private func follow(
        _ store: ClipStore, runs: Int, identity: ClipIdentity, fitter: ClipFitter
    ) throws {
        let steps = ClipFitter.motionSteps.reduce(0, +)
        for run in store.finishedMotion..<max(runs, store.finishedMotion) {
            let own = try evidence(store, run, fitter)
            var window = own
            if run + 1 < runs {
                let next = try evidence(store, run + 1, fitter)
                window = window + next.frames(0..<min(Self.lookahead, next.count))
            }
            var before: ClipFitter.Before?
            if run > 0, !own.flags[0].contains(.cut) {
                before = fitter.before(
                    try store.motion(run - 1, model: model), identity: identity)
            }
            let motion = try fitter.follow(window, identity: identity, before: before) {
                try step(.following, run * steps + $0, of: runs * steps)
            }
            // The one that tells that the run is finished comes last.
            try store.write(motion.alone.frames(0..<own.count), .alone, run: run)
            try store.write(motion.joined.frames(0..<own.count), run: run)
        }
    }
}
