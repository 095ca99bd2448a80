import Foundation
import Media
import Spatial

/// Reads a capture of our own: what `likeness track` and `likeness studio` write.
enum FolderReader {
    static func read(_ url: URL) throws -> Capture {
        let folder = CaptureFolder(url)
        let manifest = try CaptureManifest(contentsOf: folder.manifest)
        let name = folder.manifest.relativePath
        var capture = Capture(layout: .likeness, url: url)
        capture.frameRate = manifest.frameRate
        capture.cameras = try manifest.cameras.map { try camera($0, file: name) }
        guard Set(manifest.cameras.map(\.name)).count == manifest.cameras.count else {
            throw MediaError.damaged(
                file: name, found: "two cameras of one name", expected: "distinct names")
        }
        guard (1...Limit.frames).contains(manifest.frameCount), !capture.cameras.isEmpty,
            manifest.frameCount * capture.cameras.count <= Limit.views
        else {
            throw MediaError.damaged(
                file: name,
                found: "\(manifest.frameCount) frames of \(capture.cameras.count) cameras",
                expected: "at least one, and at most \(Limit.views) views")
        }
        let notes = manifest.frames ?? []
        capture.frames = (0..<manifest.frameCount).map { index in
            let note = index < notes.count ? notes[index] : .init()
            return CaptureFrame(
                name: String(index),
                time: manifest.frameRate > 0 ? Double(index) / manifest.frameRate : nil,
                sequence: note.sequence ?? "", caption: note.caption)
        }
        capture.events = manifest.events
        capture.provenance = manifest.provenance
        capture.provenance["source"] = manifest.source
        capture.partNames = manifest.partNames ?? []
        let endings = manifest.pictures ?? [.colour: "jpg", .mask: "png"]
        for ending in endings.values where !["jpg", "jpeg", "png", "webp"].contains(ending) {
            throw MediaError.damaged(
                file: name, found: "pictures that end in \"\(ending)\"",
                expected: "jpg, png or webp")
        }
        capture.kinds = Set(endings.keys)
        let file = try tracks(folder, manifest, &capture)
        try fillViews(&capture, manifest, file)
        let names = capture.cameras.count == 1 ? nil : capture.cameras.map(\.name)
        let cameraCount = capture.cameras.count
        capture.locate = { kind, view in
            guard let ending = endings[kind] else { return nil }
            let (frame, camera) = view.quotientAndRemainder(dividingBy: cameraCount)
            return PictureFile(
                .image(
                    folder.picture(
                        kind, frame: frame, camera: names.map { $0[camera] }, ending: ending)),
                coding: kind == .depth ? .depth(metresPerUnit: 0.001) : .plain)
        }
        return capture
    }

    /// What keeps a damaged manifest from filling the memory.
    enum Limit {
        static let frames = 1 << 22
        static let views = 1 << 23
    }

    private static func camera(
        _ fixed: CaptureManifest.FixedCamera, file: String
    ) throws -> CaptureCamera {
        let k = fixed.intrinsics
        // The name is a folder's too.
        guard !fixed.name.isEmpty, fixed.name != ".", fixed.name != "..",
            !fixed.name.contains("/"), (1...1 << 16).contains(fixed.width),
            (1...1 << 16).contains(fixed.height),
            fixed.width * fixed.height <= ImageFile.pixelLimit,
            k.fx > 0, k.fy > 0, (k.fx + k.fy + k.cx + k.cy).isFinite,
            fixed.viewMatrix.count == 16, fixed.viewMatrix.allSatisfy(\.isFinite)
        else {
            throw MediaError.damaged(
                file: file, found: "the camera \"\(fixed.name.prefix(40))\"",
                expected: "a name without \"/\", a size, focal lengths and 4 × 4 numbers")
        }
        return CaptureCamera(
            name: fixed.name,
            camera: Camera(
                intrinsics: k, width: fixed.width, height: fixed.height,
                viewMatrix: AffineTransform(rowMajor: fixed.viewMatrix)),
            distortion: fixed.distortion ?? .none)
    }

    private static func tracks(
        _ folder: CaptureFolder, _ manifest: CaptureManifest, _ capture: inout Capture
    ) throws -> SafetensorsFile? {
        guard FileManager.default.fileExists(atPath: folder.tracks.path) else { return nil }
        let file = try SafetensorsFile(contentsOf: folder.tracks)
        var untracked = IndexSet()
        for event in manifest.events
        where event.kind == .nobody && 0 <= event.first && event.first <= event.last
            && event.last < manifest.frameCount
        {
            untracked.insert(integersIn: event.first...event.last)
        }
        capture.tracks = try CaptureTracks(
            rig: file.metadata["rig"] ?? manifest.rig, file: file, frameCount: manifest.frameCount,
            leavingOut: ["cameras.view_matrices", "cameras.intrinsics"],
            isTracked: { [untracked] in !untracked.contains($0) })
        return file
    }

    private static func fillViews(
        _ capture: inout Capture, _ manifest: CaptureManifest, _ tracks: SafetensorsFile?
    ) throws {
        let (frames, cameras) = (capture.frames.count, capture.cameras.count)
        func numbers(_ name: String, _ shape: [Int]) throws -> [Float]? {
            guard let tracks, tracks.names.contains(name) else { return nil }
            let tensor = try tracks.tensor(name)
            let values = tensor.floats()
            guard tensor.shape == shape, values.allSatisfy(\.isFinite) else {
                throw MediaError.damaged(
                    file: CaptureFolder(capture.url).tracks.relativePath,
                    found: "\"\(name)\" of the shape \(tensor.shape)",
                    expected: "\(shape) finite numbers")
            }
            return values
        }
        let places = try numbers("cameras.view_matrices", [frames, cameras, 4, 4])
        let lenses = try numbers("cameras.intrinsics", [frames, cameras, 4])
        capture.views.reserveCapacity(frames * cameras)
        for frame in 0..<frames {
            for index in 0..<cameras {
                var camera = capture.cameras[index].camera
                let at = frame * cameras + index
                if let places {
                    camera.viewMatrix = AffineTransform(rowMajor: places[16 * at..<16 * at + 12])
                }
                if let lenses {
                    camera.intrinsics = Intrinsics(
                        fx: lenses[4 * at], fy: lenses[4 * at + 1], cx: lenses[4 * at + 2],
                        cy: lenses[4 * at + 3])
                }
                capture.views.append(
                    CaptureView(frame: frame, cameraIndex: index, camera: camera))
            }
        }
        if places != nil || lenses != nil {
            for index in 0..<cameras { capture.cameras[index].camera = capture.views[index].camera }
        }
        guard let split = manifest.split else { return capture.splitByRule() }
        capture.splitRule = "as capture.json says"
        if let validation = split.validation { mark(validation, .validation, &capture) }
        mark(split.test, .test, &capture)
    }

    private static func mark(
        _ portion: CaptureManifest.Portion, _ part: CaptureView.Part, _ capture: inout Capture
    ) {
        let names = Set(portion.cameras)
        let cameras = Set(
            capture.cameras.indices.filter { names.contains(capture.cameras[$0].name) })
        var frames = IndexSet()
        for range in portion.frames
        where range.count == 2 && 0 <= range[0] && range[0] <= range[1]
            && range[1] < capture.frames.count
        {
            frames.insert(integersIn: range[0]...range[1])
        }
        for index in capture.views.indices
        where cameras.contains(capture.views[index].cameraIndex)
            || frames.contains(capture.views[index].frame)
        {
            capture.views[index].part = part
        }
    }
}
