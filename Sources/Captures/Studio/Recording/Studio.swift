import Foundation
import Media
import Rigs
import Spatial

/// Records captures of people who do not exist, with all that is true of them.
///
/// Pictures are the same to the bit for the same options, whatever the number of threads. A recording
/// that is broken off goes on where it ended when it is asked for again.
public struct Studio: Sendable {
    public let options: StudioOptions
    let body: CanonicalBody
    let plan: StudioPlan
    private let folder: CaptureFolder
    private let overwrite: Bool

    /// Who was recorded, beside the capture's own files.
    private struct Record: Codable {
        var options: StudioOptions
        var identities: [StudioIdentity]
    }

    /// Thrown where the recording is cancelled; what is finished is kept.
    public struct Interrupted: Error {
        public init() {}
    }

    /// Plans a recording.
    ///
    /// - Parameters:
    ///   - folder: the capture to write.
    ///   - overwrite: whether another recording in the folder is replaced.
    /// - Throws: What `Anny.load` throws; `MediaError.exists` where the folder holds another recording.
    public init(_ options: StudioOptions, into folder: URL, overwrite: Bool = false) throws {
        self.options = options
        self.folder = CaptureFolder(folder)
        let anny = try Anny.load()
        body = CanonicalBody(anny)
        plan = StudioPlan(options, of: anny)
        let file = folder.appendingPathComponent("studio.json")
        let known = (try? Data(contentsOf: file)).flatMap {
            try? JSONDecoder().decode(Record.self, from: $0)
        }
        let isOther =
            known.map { $0.options != options }
            ?? FileManager.default.fileExists(
                atPath: self.folder.manifest.path)
        if isOther, !overwrite { throw MediaError.exists(file: folder.relativePath) }
        self.overwrite = overwrite
    }

    /// The number of pictures that the cameras take.
    public var viewCount: Int { plan.shots.count * plan.cameraNames.count }

    /// Draws and writes everything that is not there yet.
    ///
    /// Each processor draws a frame of its own, while people of later frames are being made.
    ///
    /// - Parameters:
    ///   - listener: is told the views done.
    ///   - isCancelled: asked after each frame.
    /// - Throws: `Interrupted`, what the listener throws, and `MediaError` where a file cannot be
    ///   written.
    public func record(
        listener: any ProgressListener, isCancelled: () -> Bool = { false }
    ) throws -> CaptureManifest {
        let record = Record(options: options, identities: plan.identities)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try AtomicFile.write(
            Array(try encoder.encode(record)),
            to: folder.url.appendingPathComponent("studio.json"), overwrite: true)
        try listener.begin("recording", steps: viewCount)
        let pending = plan.shots.indices.filter { overwrite || !isThere($0) }
        var done = plan.shots.count - pending.count
        if done > 0 { try listener.advance(to: done * plan.cameraNames.count, note: "") }

        let jobs = jobs(for: pending)
        let cast = StudioCast(plan, body: body, size: options.size, shots: pending)
        let crew = StudioCrew(count: min(Threads.count, jobs.count), jobs: jobs.count) {
            let stage = StudioStage(plan, body: body, options: options)
            return { try work(on: jobs[$0], stage, cast) }
        }
        defer { crew.stop() }
        let stage = StudioStage(plan, body: body, options: options)
        var tracks = StudioTracks(plan, body: body)
        for shot in plan.shots { tracks.append(stage.moment(of: shot), shot) }
        for (index, job) in jobs.enumerated() {
            try crew.wait(for: index)
            guard case .shot = job else { continue }
            done += 1
            try listener.advance(to: done * plan.cameraNames.count, note: "")
            if isCancelled(), done < plan.shots.count { throw Interrupted() }
        }
        try tracks.write(to: folder.tracks)
        let manifest = manifest(stage.moment(of: plan.shots[0]).cameras)
        try manifest.write(to: folder.manifest, overwrite: true)
        try listener.end()
        return manifest
    }

    private enum Job: Sendable {
        case person(StudioCast.Role)
        case shot(Int)
    }

    /// What is to be done, in order: a person is made some shots before the first that shows it.
    private func jobs(for pending: [Int]) -> [Job] {
        // Making somebody takes about as long as six frames.
        let (lead, crowd) = (6 * Threads.count, Threads.count + 1)
        var known: Set<StudioCast.Role> = []
        /// The people to be made before each shot, by its place in `pending`.
        var arrivals = [[StudioCast.Role]](repeating: [], count: pending.count)
        var firsts: [Int] = []
        for (place, shot) in pending.enumerated() {
            let role = plan.role(of: plan.shots[shot])
            guard known.insert(role).inserted else { continue }
            // Not so early that many wait.
            let earliest = firsts.count < crowd ? 0 : firsts[firsts.count - crowd]
            arrivals[max(place - lead, earliest)].append(role)
            firsts.append(place)
        }
        return pending.indices.flatMap { arrivals[$0].map(Job.person) + [.shot(pending[$0])] }
    }

    private func work(on job: Job, _ stage: StudioStage, _ cast: StudioCast) throws {
        switch job {
        case .person(let role): stage.make(role, of: cast)
        case .shot(let frame):
            let shot = plan.shots[frame]
            try cast.withPerson(plan.role(of: shot)) { person in
                let pictures = stage.pictures(of: shot, frame: frame, person: person)
                for (camera, picture) in pictures.enumerated() {
                    try write(picture, frame, camera)
                }
            }
        }
    }

    /// Whether all pictures of a frame are there.
    private func isThere(_ frame: Int) -> Bool {
        plan.cameraNames.indices.allSatisfy { camera in
            files(frame, camera).allSatisfy { FileManager.default.fileExists(atPath: $0.path) }
        }
    }

    private func manifest(_ cameras: [Camera]) -> CaptureManifest {
        var manifest = CaptureManifest(
            source: "studio \(options.preset.rawValue), seed \(options.seed)",
            frameRate: plan.frameRate, frameCount: plan.shots.count, rig: "anny",
            cameras: zip(plan.cameraNames, cameras).map { .init(name: $0, camera: $1) },
            provenance: [
                "made by": "likeness studio", "preset": options.preset.rawValue,
                "seed": String(options.seed),
                "depth": plan.sensor == nil
                    ? "true" : "of a noisy sensor; the truth is in true-depth/",
            ])
        manifest.pictures = Dictionary(
            uniqueKeysWithValues: PictureKind.allCases.map { ($0, "png") })
        let last = StudioLabel.names.keys.max() ?? 0
        manifest.partNames = (0...last).map { StudioLabel.names[$0] ?? "" }
        if plan.shots.contains(where: { $0.sequence != nil || $0.caption != nil }) {
            manifest.frames = plan.shots.map { .init(sequence: $0.sequence, caption: $0.caption) }
        }
        manifest.split = plan.split
        return manifest
    }

    private func url(_ kind: PictureKind, _ frame: Int, _ camera: Int) -> URL {
        folder.picture(
            kind, frame: frame,
            camera: plan.cameraNames.count == 1 ? nil : plan.cameraNames[camera], ending: "png")
    }

    /// The files of a view: those of all kinds, and the truth where a sensor's depth is written.
    private func files(_ frame: Int, _ camera: Int) -> [URL] {
        let kinds = PictureKind.allCases.map { url($0, frame, camera) }
        return plan.sensor == nil ? kinds : kinds + [trueDepth(frame, camera)]
    }

    /// Where true depth goes beside the sensor's.
    private func trueDepth(_ frame: Int, _ camera: Int) -> URL {
        let name = url(.depth, frame, camera).lastPathComponent
        var place = folder.url.appendingPathComponent("true-depth")
        if plan.cameraNames.count > 1 { place.appendPathComponent(plan.cameraNames[camera]) }
        return place.appendingPathComponent(name)
    }

    /// Writes the pictures of a view, compressed on all threads.
    private func write(_ picture: StudioFrame, _ frame: Int, _ camera: Int) throws {
        let size = (picture.colour.width, picture.colour.height)
        func grey(_ values: [Float]) -> Image {
            Image(width: size.0, height: size.1, channels: 1, samples: values)
        }
        // A 16-bit sample is a number of millimetres.
        func millimetres(_ depth: Image) -> Image {
            grey(depth.samples.map { min(max(($0 * 1000).rounded(), 0), 65535) / 65535 })
        }
        var jobs: [(URL, Image, Int)] = [
            (url(.colour, frame, camera), picture.colour, 8),
            (url(.mask, frame, camera), picture.mask, 8),
            (url(.albedo, frame, camera), picture.albedo, 8),
            (
                url(.parts, frame, camera), grey(picture.labels.map { Float($0) / 255 }), 8
            ),
            (url(.normal, frame, camera), Self.encoded(picture.normal), 8),
        ]
        if let sensor = plan.sensor {
            let seed = UInt32(truncatingIfNeeded: options.seed) &+ UInt32(frame) &* 7919
            jobs.append(
                (url(.depth, frame, camera), millimetres(sensor.measure(picture, seed: seed)), 16))
            jobs.append((trueDepth(frame, camera), millimetres(picture.depth), 16))
        } else {
            jobs.append((url(.depth, frame, camera), millimetres(picture.depth), 16))
        }
        var bytes = [[UInt8]](repeating: [], count: jobs.count)
        bytes.withUnsafeMutableBufferPointer { bytes in
            nonisolated(unsafe) let bytes = bytes
            parallelFor(jobs.count) { job, _ in
                bytes[job] = jobs[job].1.pngBytes(bitDepth: jobs[job].2, compression: 1)
            }
        }
        for (job, content) in zip(jobs, bytes) {
            try AtomicFile.write(content, to: job.0, overwrite: true)
        }
    }

    /// Unit normals as (n + 1)/2; black where there is none.
    private static func encoded(_ normal: Image) -> Image {
        var result = normal
        let plane = normal.pixelCount
        result.samples.withUnsafeMutableBufferPointer { samples in
            for i in 0..<plane {
                let n = Vector3(samples[i], samples[plane + i], samples[2 * plane + i])
                if n == .zero { continue }
                let code = n * 0.5 + 0.5
                (samples[i], samples[plane + i], samples[2 * plane + i]) = (code.x, code.y, code.z)
            }
        }
        return result
    }
}
