import Foundation
import Media
import Spatial

/// Reads `transforms.json` of nerfstudio and instant-ngp, or the three files of NeRF's synthetic scenes.
enum NerfstudioReader {
    static let parts: [(file: String, part: CaptureView.Part)] = [
        ("transforms_train.json", .train), ("transforms_val.json", .validation),
        ("transforms_test.json", .test),
    ]

    static func read(_ url: URL) throws -> Capture {
        var capture = Capture(layout: .nerfstudio, url: url)
        let folder = url.pathExtension == "json" ? url.deletingLastPathComponent() : url
        var files: [(TransformsFile, CaptureView.Part?)] = []
        let one = url.pathExtension == "json" ? url : url.appendingPathComponent("transforms.json")
        if FileManager.default.fileExists(atPath: one.path) {
            files = [(try TransformsFile(one), nil)]
        } else {
            for (name, part) in parts {
                let file = folder.appendingPathComponent(name)
                guard FileManager.default.fileExists(atPath: file.path) else { continue }
                files.append((try TransformsFile(file), part))
            }
        }
        guard files.contains(where: { !$0.0.frames.isEmpty }) else {
            throw CaptureError.incomplete(
                path: url.relativePath, layout: .nerfstudio, missing: "it has no frames")
        }
        var places: [Files] = []
        var table = CameraTable()
        for (file, part) in files { try add(file, part, to: &capture, &table, &places) }
        capture.cameras = table.cameras
        if files.count > 1 {
            capture.splitRule = "as the files transforms_… say"
        } else if capture.views.contains(where: { $0.part != .train }) {
            capture.splitRule = "as transforms.json says"
        } else {
            capture.splitByRule()
        }
        if let points = files.lazy.compactMap(\.0.points).first,
            FileManager.default.fileExists(atPath: points.path)
        {
            capture.readPoints = { try ColouredMesh(plyAt: points) }
        }
        capture.kinds = [.colour]
        // Without masks the person is where a picture is opaque.
        let hasAlpha =
            places.allSatisfy { $0.mask == nil }
            && (try? ImageHeader(contentsOf: places[0].colour).hasAlpha) == true
        if hasAlpha || places.contains(where: { $0.mask != nil }) { capture.kinds.insert(.mask) }
        if places.contains(where: { $0.depth != nil }) { capture.kinds.insert(.depth) }
        capture.locate = { [places] kind, view in
            let files = places[view]
            switch kind {
            case .colour: return PictureFile(.image(files.colour))
            case .mask:
                if hasAlpha { return PictureFile(.image(files.colour), coding: .alpha) }
                return files.mask.map { PictureFile(.image($0)) }
            case .depth:
                return files.depth.map {
                    let place: PictureFile.Place =
                        $0.pathExtension == "npy" ? .array($0) : .image($0)
                    return PictureFile(place, coding: .depth(metresPerUnit: files.metresPerDepth))
                }
            default: return nil
            }
        }
        return capture
    }

    private struct Files {
        var colour: URL
        var mask: URL?
        var depth: URL?
        var metresPerDepth: Float
    }

    /// Adds a file's frames, each a moment of its own.
    private static func add(
        _ file: TransformsFile, _ part: CaptureView.Part?, to capture: inout Capture,
        _ table: inout CameraTable, _ places: inout [Files]
    ) throws {
        for frame in file.frames {
            let camera = try file.camera(frame)
            capture.frames.append(CaptureFrame(name: LayoutSupport.stem(frame.filePath)))
            capture.views.append(
                CaptureView(
                    frame: capture.frames.count - 1, cameraIndex: table.index(of: camera),
                    camera: camera.camera, part: part ?? file.parts[frame.filePath] ?? .train))
            places.append(
                Files(
                    colour: file.picture(frame), mask: frame.anyMaskPath.map(file.file),
                    depth: frame.depthFilePath.map(file.file),
                    metresPerDepth: file.metresPerDepth))
        }
    }
}
