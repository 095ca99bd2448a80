import Captures
import Foundation
import Media
import Spatial

/// What is finished of a capture under way: it lies in a hidden folder of the capture, run of frames by
/// run, so that tracking goes on where it ended.
struct ClipStore {
    /// The frames of a run.
    static let runLength = 48

    let capture: CaptureFolder
    private let folder: URL

    /// What a capture under way is of: it is gone on with only if all this is the same.
    struct Fingerprint: Equatable, Codable {
        var version = 3
        var source: String
        var bytes: Int
        var width: Int
        var height: Int
        var focal: Float?
    }

    /// Opens or makes the folder.
    ///
    /// - Throws: `MediaError.exists` where there is a capture, or one under way of something else,
    ///   and `overwrite` is false.
    init(_ url: URL, fingerprint: Fingerprint, overwrite: Bool) throws {
        capture = CaptureFolder(url)
        folder = url.appendingPathComponent(".tracking")
        let files = FileManager.default
        let state = folder.appendingPathComponent("state.json")
        let stored = (try? Data(contentsOf: state)).flatMap {
            try? JSONDecoder().decode(Fingerprint.self, from: $0)
        }
        if stored == fingerprint { return }
        let isThere =
            stored != nil || files.fileExists(atPath: capture.manifest.path)
            || files.fileExists(atPath: capture.tracks.path)
        guard !isThere || overwrite else { throw MediaError.exists(file: url.relativePath) }
        // Only what tracking itself makes is removed.
        for item in [
            folder, capture.manifest, capture.tracks, capture.overlay,
            url.appendingPathComponent("frames"), url.appendingPathComponent("masks"),
            url.appendingPathComponent("depth"),
        ] where isThere && files.fileExists(atPath: item.path) {
            try? files.removeItem(at: item)
        }
        try AtomicFile.write(
            Array(try JSONEncoder().encode(fingerprint)), to: state, overwrite: true)
    }

    private func file(_ kind: String, _ run: Int) -> URL {
        folder.appendingPathComponent("\(kind)-\(run).safetensors")
    }

    /// How many runs of evidence are finished.
    var finishedEvidence: Int { count("evidence") }
    /// How many runs of motion are finished.
    var finishedMotion: Int { count("motion") }

    private func count(_ kind: String) -> Int {
        var run = 0
        while FileManager.default.fileExists(atPath: file(kind, run).path) { run += 1 }
        return run
    }

    private var unfinished: URL { folder.appendingPathComponent("unfinished.safetensors") }
    private var gathererState: URL { folder.appendingPathComponent("gatherer.json") }

    /// Keeps the frames of a run that has only begun, and what the next one depends on.
    func write(unfinished evidence: ClipEvidence, _ state: EvidenceGatherer.State) throws {
        try SafetensorsFile.write(evidence.tensors, to: unfinished, overwrite: true)
        try AtomicFile.write(
            Array(try JSONEncoder().encode(state)), to: gathererState, overwrite: true)
    }

    /// What was kept of the run after the finished ones; nil where it is of another.
    func unfinishedEvidence(width: Int, height: Int) throws -> (
        evidence: ClipEvidence, state: EvidenceGatherer.State
    )? {
        guard let data = try? Data(contentsOf: gathererState),
            let state = try? JSONDecoder().decode(EvidenceGatherer.State.self, from: data),
            FileManager.default.fileExists(atPath: unfinished.path),
            let evidence = try ClipEvidence(
                SafetensorsFile(contentsOf: unfinished), width: width, height: height),
            state.index == finishedEvidence * Self.runLength + evidence.count
        else { return nil }
        return (evidence, state)
    }

    func write(_ evidence: ClipEvidence, run: Int) throws {
        try SafetensorsFile.write(evidence.tensors, to: file("evidence", run), overwrite: true)
    }

    func evidence(_ run: Int, width: Int, height: Int) throws -> ClipEvidence {
        let url = file("evidence", run)
        guard
            let evidence = try ClipEvidence(
                SafetensorsFile(contentsOf: url), width: width, height: height)
        else { throw damaged(url) }
        return evidence
    }

    /// A run's motion: as it is, or of each frame fitted by itself.
    enum Motion: String {
        case joined = "motion"
        case alone
    }

    func write(_ motion: ClipMotion, _ kind: Motion = .joined, run: Int) throws {
        try SafetensorsFile.write(motion.tensors, to: file(kind.rawValue, run), overwrite: true)
    }

    func motion(_ run: Int, _ kind: Motion = .joined, model: ClipModel) throws -> ClipMotion {
        let url = file(kind.rawValue, run)
        guard let motion = try ClipMotion(SafetensorsFile(contentsOf: url), model: model) else {
            throw damaged(url)
        }
        return motion
    }

    private var identityFile: URL { folder.appendingPathComponent("identity.safetensors") }

    func write(_ identity: ClipIdentity) throws {
        try SafetensorsFile.write(identity.tensors, to: identityFile, overwrite: true)
    }

    func identity(model: ClipModel) throws -> ClipIdentity? {
        guard FileManager.default.fileExists(atPath: identityFile.path) else { return nil }
        return try ClipIdentity(SafetensorsFile(contentsOf: identityFile), model: model)
    }

    /// Whether all frames were looked at.
    var isGathered: Bool {
        FileManager.default.fileExists(atPath: folder.appendingPathComponent("gathered").path)
    }

    func markGathered() throws {
        try AtomicFile.write([], to: folder.appendingPathComponent("gathered"), overwrite: true)
    }

    /// Removes what is needed only while tracking.
    func finish() { try? FileManager.default.removeItem(at: folder) }

    private func damaged(_ url: URL) -> MediaError {
        .damaged(
            file: url.relativePath, found: "numbers of another rig or size",
            expected: "what an earlier run left; pass --overwrite to begin anew")
    }
}
