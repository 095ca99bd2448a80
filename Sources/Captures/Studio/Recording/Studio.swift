import Foundation
import Media
import Rigs
import Spatial

/// Records captures of people who do not exist, with all that is true of them.
///
/// Pictures are the same to the bit for the same options, whatever the number of threads. A recording
/// that is broken off goes on where it ended when it is asked for again.
public struct Studio {
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

    /// Thrown where the listener wants no more; what is finished is kept.
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
    /// - Parameter progress: is told the views done; false breaks off.
    /// - Throws: `Interrupted`, and `MediaError` where a file cannot be written.
    public func record(
        progress: (_ done: Int, _ total: Int) -> Bool = { _, _ in true }
    ) throws -> CaptureManifest {
        let record = Record(options: options, identities: plan.identities)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try AtomicFile.write(
            Array(try encoder.encode(record)),
            to: folder.url.appendingPathComponent("studio.json"), overwrite: true)
        let stage = StudioStage(plan, body: body, size: options.size, seed: options.seed)
        var tracks = StudioTracks(plan, body: body)
        let cameraCount = plan.cameraNames.count
        for (frame, shot) in plan.shots.enumerated() {
            tracks.append(stage.moment(of: shot), shot)
            let isThere =
                !overwrite
                && (0..<cameraCount).allSatisfy { camera in
                    files(frame, camera).allSatisfy {
                        FileManager.default.fileExists(atPath: $0.path)
                    }
                }
            if !isThere {
                for (camera, picture) in stage.pictures(of: shot, frame: frame).enumerated() {
                    try write(picture, frame, camera)
                    guard progress(frame * cameraCount + camera + 1, viewCount) else {
                        throw Interrupted()
                    }
                }
            } else if !progress((frame + 1) * cameraCount, viewCount) {
                throw Interrupted()
            }
        }
        try tracks.write(to: folder.tracks)
        let manifest = manifest(stage.moment(of: plan.shots[0]).cameras)
        try manifest.write(to: folder.manifest, overwrite: true)
        return manifest
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
        for i in 0..<plane {
            let isEmpty = (0..<3).allSatisfy { normal.samples[$0 * plane + i] == 0 }
            if isEmpty { continue }
            for c in 0..<3 {
                result.samples[c * plane + i] = normal.samples[c * plane + i] * 0.5 + 0.5
            }
        }
        return result
    }
}
