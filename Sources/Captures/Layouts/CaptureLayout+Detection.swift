import Foundation

extension CaptureLayout {
    /// The layout of what lies at a path, by the names of its files.
    ///
    /// - Throws: `CaptureError.unknown` where it is none that is known.
    public init(of url: URL) throws {
        guard let layout = Self.layout(of: Place(url)) else { throw Self.refusal(of: url) }
        self = layout
    }

    private static func layout(of place: Place) -> CaptureLayout? {
        allCases.first { $0.recognises(place) }
    }

    /// The error that says what a path is instead of a capture; the folder of a data set has captures in
    /// it.
    private static func refusal(of url: URL) -> CaptureError {
        let place = Place(url)
        let names = place.names.sorted(by: LayoutSupport.isBefore)
        guard place.isFolder else {
            return .unknown(
                path: url.relativePath,
                found: url.pathExtension.isEmpty
                    ? "a file" : "a file that ends in .\(url.pathExtension.prefix(20))",
                inside: nil)
        }
        let inside = names.prefix(64).lazy.compactMap { name -> String? in
            let inner = Place(url.appendingPathComponent(name))
            guard inner.isFolder else { return nil }
            return layout(of: inner).map { "\(name), \($0.title)" }
        }.first
        let shown = names.prefix(5).joined(separator: ", ")
        let found =
            names.isEmpty
            ? "an empty folder"
            : "a folder of \(shown)" + (names.count > 5 ? " and \(names.count - 5) more" : "")
        return .unknown(path: url.relativePath, found: found, inside: inside)
    }

    private func recognises(_ place: Place) -> Bool {
        switch self {
        case .likeness: place.has("capture.json") && !place.has("cameras.json")
        case .xHumans: XHumansReader.takes(in: place.url).isEmpty == false
        case .neuMan:
            place.has("images") && place.has("segmentations") && place.has("sparse")
        case .actorsHQ: ActorsHQReader.folder(in: place) != nil
        case .dreams: place.has("cameras.json") && place.has("videos")
        case .persona: PersonaReader.splits(in: place.url).isEmpty == false
        case .gaussianAvatars: VHAPReader.recognises(place)
        case .gagAvatar: place.has("img_lmdb") && GAGAvatarReader.records(in: place) != nil
        case .colmap: COLMAPReader.model(in: place) != nil
        case .nerfstudio:
            place.has("transforms.json") || place.has("transforms_train.json")
                || place.url.lastPathComponent.hasPrefix("transforms")
                    && place.url.pathExtension == "json" && !place.isFolder
        case .rgbd: RGBDReader.colours(in: place) != nil
        case .images: place.hasFile(endingIn: LayoutSupport.pictureEndings)
        case .video:
            !place.isFolder
                && LayoutSupport.videoEndings.contains(place.url.pathExtension.lowercased())
        case .pointCloud: !place.isFolder && place.url.pathExtension.lowercased() == "ply"
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

    /// Whether it is, or a folder that holds, a file that ends so.
    func hasFile(endingIn endings: Set<String>) -> Bool {
        let names = isFolder ? names : [url.lastPathComponent]
        return names.contains { endings.contains(LayoutSupport.ending(of: $0).lowercased()) }
    }

    func has(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: url.appendingPathComponent(path).path)
    }
}
