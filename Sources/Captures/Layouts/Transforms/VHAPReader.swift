import Foundation
import Media

/// Reads a head that VHAP tracked, as GaussianAvatars takes it: `transforms_train.json`, `_val` and `_test`,
/// whose frames have `timestep_index`, `camera_index`, `flame_param_path` (an .npz of FLAME's parameters a
/// moment) and `fg_mask_path`.
enum VHAPReader {
    static func recognises(_ place: Place) -> Bool {
        ["transforms_train.json", "transforms.json"].contains { name in
            guard place.names.contains(name),
                let file = try? FileHandle(
                    forReadingFrom: place.url.appendingPathComponent(name)),
                let start = try? file.read(upToCount: 1 << 16)
            else { return false }
            return start.range(of: Data("\"timestep_index\"".utf8)) != nil
        }
    }

    private struct View {
        var frame: TransformsFile.Frame
        var file: TransformsFile
        var part: CaptureView.Part
        var timestep: Int
        var camera: Int
    }

    static func read(_ url: URL) throws -> Capture {
        var capture = Capture(layout: .gaussianAvatars, url: url)
        var views: [View] = []
        let parts = NerfstudioReader.parts.filter { Place(url).names.contains($0.file) }
        for (name, part) in parts.isEmpty ? [("transforms.json", .train)] : parts {
            let file = try TransformsFile(url.appendingPathComponent(name))
            for frame in file.frames {
                guard let timestep = frame.timestepIndex, let camera = frame.cameraIndex else {
                    throw MediaError.damaged(
                        file: file.url.relativePath,
                        found:
                            "no timestep_index or camera_index of \"\(frame.filePath.prefix(60))\"",
                        expected: "both")
                }
                views.append(
                    View(frame: frame, file: file, part: part, timestep: timestep, camera: camera))
            }
        }
        guard !views.isEmpty else {
            throw CaptureError.incomplete(
                path: url.relativePath, layout: .gaussianAvatars, missing: "it has no frames")
        }
        views.sort { ($0.timestep, $0.camera) < ($1.timestep, $1.camera) }
        try fill(&capture, views)
        if parts.isEmpty {
            capture.splitByRule()
        } else {
            capture.splitRule = "as the files transforms_… say"
        }
        let hasMasks = views.contains { $0.frame.anyMaskPath != nil }
        capture.kinds = hasMasks ? [.colour, .mask] : [.colour]
        let files = views.map { view in
            (
                colour: view.file.picture(view.frame),
                mask: view.frame.anyMaskPath.map(view.file.file)
            )
        }
        capture.locate = { kind, view in
            switch kind {
            case .colour: PictureFile(.image(files[view].colour))
            case .mask: files[view].mask.map { PictureFile(.image($0)) }
            default: nil
            }
        }
        return capture
    }

    private static func fill(_ capture: inout Capture, _ views: [View]) throws {
        let cameras = Set(views.map(\.camera)).sorted()
        let indices = Dictionary(uniqueKeysWithValues: cameras.enumerated().map { ($1, $0) })
        var known = [CaptureCamera?](repeating: nil, count: cameras.count)
        var fits: [URL?] = []
        for view in views {
            if capture.frames.last?.name != "\(view.timestep)" {
                capture.frames.append(CaptureFrame(name: "\(view.timestep)"))
                fits.append(view.frame.flameParamPath.map(view.file.file))
            }
            let index = indices[view.camera]!
            var camera = try view.file.camera(view.frame)
            camera.name = "\(view.camera)"
            if known[index] == nil { known[index] = camera }
            capture.views.append(
                CaptureView(
                    frame: capture.frames.count - 1, cameraIndex: index, camera: camera.camera,
                    part: view.part))
        }
        capture.cameras = known.compactMap { $0 }
        guard fits.contains(where: { $0 != nil }) else { return }
        try addTracks(&capture, fits)
    }

    /// What VHAP keeps with every moment though it holds for all.
    private static let sharedNames: Set = ["shape", "static_offset"]

    private static func addTracks(_ capture: inout Capture, _ fits: [URL?]) throws {
        var shared: [String: TensorData] = [:]
        let canonical = capture.url.appendingPathComponent("canonical_flame_param.npz")
        let places = [canonical] + fits.compactMap { $0 }.prefix(1)
        for place in places where FileManager.default.fileExists(atPath: place.path) {
            for (name, tensor) in try NPZFile(contentsOf: place).tensors()
            where sharedNames.contains(name) && shared[name] == nil { shared[name] = tensor }
        }
        capture.tracks = CaptureTracks(rig: "flame", shared: shared, files: fits) { file in
            try NPZFile(contentsOf: file).tensors().filter { !sharedNames.contains($0.key) }
                .mapValues { $0.shape.first == 1 ? $0.row(0) : $0 }
        }
    }
}
