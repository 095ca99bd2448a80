import Foundation
import Media

extension Capture {
    /// Opens a capture.
    ///
    /// - Parameter layout: How its files are laid out; nil to find out.
    /// - Throws: `CaptureError` where it is no capture or incomplete; `MediaError` where a file is
    ///   missing or damaged.
    public init(contentsOf url: URL, layout: CaptureLayout? = nil) async throws {
        guard FileManager.default.fileExists(atPath: url.path) else {
            throw MediaError.notFound(file: url.relativePath)
        }
        switch try layout ?? CaptureLayout(of: url) {
        case .likeness: self = try FolderReader.read(url)
        case let other:
            throw CaptureError.incomplete(
                path: url.relativePath, layout: other, missing: "it has no reader yet")
        }
    }
}
