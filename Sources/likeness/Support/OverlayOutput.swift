import ArgumentParser
import Foundation
import Media
import Spatial
import Tracking

/// Where overlays go: one video, one picture, or a picture for each photograph of a folder.
struct OverlayOutput: CustomStringConvertible {
    private enum Kind {
        case video(URL, VideoReader)
        case pictures
    }
    private let kind: Kind
    private let folder: String
    private let overwrite: Bool

    /// What is written, for the report.
    let description: String

    /// Refuses what could not be written.
    ///
    /// - Throws: `MediaError.exists` or `.unwritable`.
    init(folder: String, source: TrackingSource, quietly: Bool, overwrite: Bool) throws {
        (self.folder, self.overwrite) = (folder, overwrite)
        let place = folder.hasSuffix("/") ? folder : folder + "/"
        func target(_ name: String) throws -> URL {
            try requireWritable(place + name, overwrite: overwrite)
        }
        switch source {
        case .video(_, let reader):
            kind = .video(try target("overlay.mp4"), reader)
            description = place + "overlay.mp4"
        case .photo:
            _ = try target("overlay.png")
            kind = .pictures
            description = place + "overlay.png"
        case .folder(_, let photos):
            for photo in photos { _ = try target(Self.name(of: photo.lastPathComponent)) }
            kind = .pictures
            description = place + "*-overlay.png"
        }
    }

    /// The overlay's name of a folder's photograph.
    fileprivate static func name(of photo: String) -> String { "\(photo)-overlay.png" }

    /// Writes what `body` appends.
    func write(_ body: (OverlaySink) async throws -> Void) async throws {
        switch kind {
        case .pictures:
            try await body(
                OverlaySink(folder: URL(fileURLWithPath: folder), overwrite: overwrite))
        case .video(let url, let reader):
            try await VideoWriter.write(
                to: url, width: reader.width, height: reader.height,
                options: .init(frameRate: reader.frameRate, quality: 20, preset: "veryfast"),
                overwrite: overwrite
            ) { video in
                try await body(OverlaySink(video: video, frameRate: reader.frameRate))
            }
        }
    }
}

/// Takes overlays one by one.
final class OverlaySink {
    private let drawing = LandmarkOverlay()
    private var video: VideoWriter?
    private var frameRate = 0.0
    private var folder: URL?
    private var overwrite = false
    /// The video's last picture, which is shown until the next one's time.
    private var last: Image?

    init(video: VideoWriter, frameRate: Double) {
        (self.video, self.frameRate) = (video, frameRate)
    }

    init(folder: URL, overwrite: Bool) {
        (self.folder, self.overwrite) = (folder, overwrite)
    }

    /// Draws what was found and writes it, photographs only where there is something; in a video at its time, though those of the input may come
    /// at any and the output's at a constant rate.
    func append(_ frame: TrackedFrame, over picture: Image, named name: String?) async throws {
        let image = drawing.draw(frame, over: picture)
        guard let video else {
            if frame.isEmpty { return }
            let name = name.map(OverlayOutput.name(of:)) ?? "overlay.png"
            try folder.map {
                try image.write(to: $0.appendingPathComponent(name), overwrite: overwrite)
            }
            return
        }
        // A damaged file may name any time.
        let time = min(max(frame.time, 0), 1e7)
        let due = min(Int((time * frameRate).rounded()), video.frameCount + Int(10 * frameRate) + 1)
        while let last, video.frameCount < due { try await video.append(last) }
        last = image
    }

    /// Writes what is left.
    func finish() async throws {
        if let video, let last { try await video.append(last) }
        last = nil
    }
}
