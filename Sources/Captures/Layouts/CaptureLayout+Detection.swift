import Foundation

extension CaptureLayout {
    /// The layout of what lies at a path, by the names of its files.
    ///
    /// - Throws: `CaptureError.unknown` where it is none that is known.
    public init(of url: URL) throws {
        let place = Place(url)
        guard let layout = Self.allCases.first(where: { $0.recognises(place) }) else {
            throw CaptureError.unknown(path: url.relativePath, found: place.names.sorted())
        }
        self = layout
    }

    private func recognises(_ place: Place) -> Bool {
        switch self {
        case .likeness: place.has("capture.json") && !place.has("videos")
        default: false
        }
    }
}

/// A file or folder that is looked at.
struct Place {
    let url: URL
    /// The names in a folder that are not hidden.
    let names: Set<String>
    let isFolder: Bool

    init(_ url: URL) {
        self.url = url
        let all = try? FileManager.default.contentsOfDirectory(atPath: url.path)
        isFolder = all != nil
        names = Set((all ?? []).filter { !$0.hasPrefix(".") })
    }

    func has(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: url.appendingPathComponent(path).path)
    }
}
