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
        case .xHumans: self = try XHumansReader.read(url)
        case .neuMan: self = try NeuManReader.read(url)
        case .actorsHQ: self = try ActorsHQReader.read(url)
        case .dreams: self = try await DREAMSReader.read(url)
        case .persona: self = try PersonaReader.read(url)
        case .gaussianAvatars: self = try VHAPReader.read(url)
        case .gagAvatar: self = try GAGAvatarReader.read(url)
        case .colmap: self = try COLMAPReader.read(url)
        case .nerfstudio: self = try NerfstudioReader.read(url)
        case .rgbd: self = try RGBDReader.read(url)
        case .images: self = try ImagesReader.read(url)
        case .video: self = try await ImagesReader.read(video: url)
        case .pointCloud: self = try PointCloudReader.read(url)
        }
    }
}
