import Foundation
import Media
import Spatial

/// Where pictures come from: a photograph, a folder of photographs, or a video.
public enum TrackingSource: Sendable {
    case photo(URL)
    /// The photographs of a folder, by name.
    case folder(URL, photos: [URL])
    case video(URL, VideoReader)

    /// The endings of the pictures that are taken out of a folder.
    private static let endings: Set<String> = ["png", "jpg", "jpeg", "webp"]

    /// How the name of a depth picture ends, before its ending: me_depth.png is that of me.jpg.
    static let depthMark = "_depth"

    /// Looks at what there is at `url`: the content of a file tells what it is.
    ///
    /// - Throws: `MediaError` where there is nothing, or nothing that is a picture or a video;
    ///   `TrackingError.folderWithoutPictures`.
    public init(contentsOf url: URL) async throws {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
            throw MediaError.notFound(file: url.relativePath)
        }
        if isFolder.boolValue {
            let photos =
                try FileManager.default.contentsOfDirectory(
                    at: url, includingPropertiesForKeys: nil, options: .skipsHiddenFiles
                ).filter { Self.endings.contains($0.pathExtension.lowercased()) }
                .filter { !$0.deletingPathExtension().lastPathComponent.hasSuffix(Self.depthMark) }
                .sorted { $0.lastPathComponent < $1.lastPathComponent }
            guard !photos.isEmpty else {
                throw TrackingError.folderWithoutPictures(name: url.relativePath)
            }
            self = .folder(url, photos: photos)
            return
        }
        let handle = try? FileHandle(forReadingFrom: url)
        let start = (try? handle?.read(upToCount: 32)).map { Array($0) } ?? []
        try? handle?.close()
        self =
            if ImageFormat(of: start) != nil {
                .photo(url)
            } else {
                .video(url, try await VideoReader(contentsOf: url))
            }
    }

    /// Whether the pictures follow one another.
    public var isVideo: Bool {
        if case .video = self { true } else { false }
    }

    /// About how many pictures there are; nil where a video does not say.
    public var count: Int? {
        switch self {
        case .photo: 1
        case .folder(_, let photos): photos.count
        case .video(_, let reader): reader.frameCount
        }
    }

    /// Gives the pictures in order: RGB, upright; what is transparent is white.
    ///
    /// - Parameter body: Gets the picture's file, where each has its own in a folder, its time in
    ///   seconds (0 for photographs), and the picture.
    /// - Throws: `MediaError` where one cannot be read; what `body` throws.
    public nonisolated(nonsending) func forEach(
        _ body: (_ file: URL?, _ time: Double, _ picture: Image) async throws -> Void
    ) async throws {
        switch self {
        case .photo(let url): try await body(nil, 0, try Image.read(contentsOf: url).flattened())
        case .folder(_, let photos):
            for photo in photos {
                try await body(photo, 0, try Image.read(contentsOf: photo).flattened())
            }
        case .video(_, let reader):
            try await reader.readTimedFrames { _, time, frame in try await body(nil, time, frame) }
        }
    }
}
