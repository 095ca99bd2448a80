import Captures
import Evaluation
import Foundation
import Media

/// The pictures of a path that `likeness eval` compares: of a picture, a folder, a capture or a video.
struct EvalSource {
    let pictures: PictureSequence
    /// The masks that a capture has of its pictures, by picture.
    private(set) var masks: [URL: URL] = [:]

    /// - Parameter spool: a folder for a video's frames, so that two videos can be gone through side by
    ///   side.
    /// - Throws: `EvaluationError`, `CaptureError` or `MediaError` where there are no pictures.
    init(_ path: String, spool: URL) async throws {
        let url = URL(fileURLWithPath: path)
        let manifest = CaptureFolder(url).manifest
        if FileManager.default.fileExists(atPath: manifest.path) {
            let capture = try await Capture(contentsOf: url)
            var files: [URL] = []
            for view in capture.views.indices {
                guard let file = capture.file(.colour, of: view) else { continue }
                files.append(file)
                if capture.hasPicture(.mask, of: view) {
                    masks[file] = capture.file(.mask, of: view)
                }
            }
            guard let first = files.first else {
                throw EvaluationError.empty(path: path, expected: "a capture with pictures")
            }
            // Names count from the folder that all of them are in.
            let folder = files.reduce(first.deletingLastPathComponent()) { folder, file in
                var folder = folder
                while !file.path.hasPrefix(folder.path + "/") { folder.deleteLastPathComponent() }
                return folder
            }
            pictures = PictureSequence(files: files, of: folder)
            return
        }
        let ending = url.pathExtension.lowercased()
        guard ["mp4", "mov", "m4v", "webm", "mkv", "avi"].contains(ending) else {
            pictures = try PictureSequence(url)
            return
        }
        try FileManager.default.createDirectory(at: spool, withIntermediateDirectories: true)
        let reader = try await VideoReader(contentsOf: url)
        try await reader.readFrames { index, frame in
            let name = String(format: "%06d.png", index)
            try frame.writePNG(
                to: spool.appendingPathComponent(name), compression: 1, overwrite: true)
        }
        pictures = try PictureSequence(spool)
    }
}
