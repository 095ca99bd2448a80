import Foundation
import Media
import Spatial

/// Reads a reconstruction of COLMAP: `sparse/0`, `sparse` or the folder itself with the model, and
/// `images/` with the pictures; `masks/NAME.png` where there are some, black where pixels do not count.
enum COLMAPReader {
    /// The folder with the model, if there is one.
    static func model(in place: Place) -> URL? {
        ["sparse/0", "sparse", "."].map {
            $0 == "." ? place.url : place.url.appendingPathComponent($0)
        }
        .first {
            COLMAPModel.file("cameras", in: $0) != nil && COLMAPModel.file("images", in: $0) != nil
        }
    }

    static func read(_ url: URL) throws -> Capture {
        var capture = Capture(layout: .colmap, url: url)
        guard let folder = model(in: Place(url)) else {
            throw CaptureError.incomplete(
                path: url.relativePath, layout: .colmap,
                missing: "it has no cameras and images files")
        }
        let model = try COLMAPModel(folder)
        try fill(&capture, from: model)
        readPoints(&capture, folder)
        let pictures = self.folder("images", beside: folder, url)
        let masks = self.folder("masks", beside: folder, url)
        let names = model.pictures.map(\.name)
        guard let pictures else {
            throw CaptureError.incomplete(
                path: url.relativePath, layout: .colmap, missing: "it has no folder images")
        }
        capture.kinds = masks == nil ? [.colour] : [.colour, .mask]
        capture.locate = { kind, view in
            switch kind {
            case .colour: return PictureFile(.image(pictures.appendingPathComponent(names[view])))
            case .mask:
                guard let masks else { return nil }
                // COLMAP's own way, and the other one that is seen.
                let own = masks.appendingPathComponent(names[view] + ".png")
                let other = masks.appendingPathComponent(LayoutSupport.stem(names[view]) + ".png")
                let isOwn = FileManager.default.fileExists(atPath: own.path)
                return PictureFile(.image(isOwn ? own : other))
            default: return nil
            }
        }
        capture.splitByRule()
        return capture
    }

    /// Fills in frames, cameras and views: each picture is a moment of its own, unless the model says
    /// which were taken by a rig at once.
    static func fill(_ capture: inout Capture, from model: COLMAPModel) throws {
        guard !model.pictures.isEmpty else {
            throw CaptureError.incomplete(
                path: capture.url.relativePath, layout: capture.layout,
                missing: "it has no pictures")
        }
        let ids = Set(model.pictures.map(\.camera)).sorted()
        let indices = Dictionary(uniqueKeysWithValues: ids.enumerated().map { ($1, $0) })
        capture.cameras = ids.map { model.cameras[$0]! }
        var isPlaced = [Bool](repeating: false, count: ids.count)
        for (frame, moment) in model.moments.enumerated() {
            let pictures = model.pictures[moment]
            capture.frames.append(CaptureFrame(name: name(of: pictures)))
            for picture in pictures {
                let index = indices[picture.camera]!
                var camera = capture.cameras[index].camera
                camera.viewMatrix = picture.viewMatrix
                if !isPlaced[index] { capture.cameras[index].camera = camera }
                isPlaced[index] = true
                capture.views.append(CaptureView(frame: frame, cameraIndex: index, camera: camera))
            }
        }
    }

    /// The name of a moment: its pictures', without the folders of their cameras where they differ in
    /// nothing else, as COLMAP wants it.
    private static func name(of pictures: ArraySlice<COLMAPModel.Picture>) -> String {
        let names = pictures.map(\.name)
        let inner = Set(names.map { $0.split(separator: "/").last ?? "" })
        return names.count > 1 && inner.count == 1 ? String(inner.first!) : names[0]
    }

    static func readPoints(_ capture: inout Capture, _ folder: URL) {
        if let points = COLMAPModel.file("points3D", in: folder) {
            capture.readPoints = { try COLMAPModel.points(points) }
        }
    }

    /// A folder in the capture, or beside the model where that was given.
    private static func folder(_ name: String, beside model: URL, _ url: URL) -> URL? {
        var places = [url]
        if model.standardizedFileURL == url.standardizedFileURL {
            places.append(url.deletingLastPathComponent())
            places.append(url.deletingLastPathComponent().deletingLastPathComponent())
        }
        return places.map { $0.appendingPathComponent(name) }
            .first { FileManager.default.fileExists(atPath: $0.path) }
    }
}
