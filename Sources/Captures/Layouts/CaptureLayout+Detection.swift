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
