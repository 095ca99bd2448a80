import Foundation
import Media
import Spatial

/// Reads a subject of X-Humans (Shen et al. 2023): `train/` and `test/` with takes, each with
/// `render/image/color_000001.png`, `render/depth/depth_000001.tiff`, `render/cameras.npz` (`intrinsic`
/// 3×3, `extrinsic` N×4×4 from the world to the camera) and `SMPLX/mesh-f00001_smplx.pkl`.
///
/// Depth is greatest where there is nobody; that is the mask.
enum XHumansReader {
    struct Take {
        var part: CaptureView.Part
        var name: String
        var folder: URL
    }

    /// The takes of a subject's folder.
    static func takes(in url: URL) -> [Take] {
        let parts: [(String, CaptureView.Part)] = [("train", .train), ("test", .test)]
        return parts.flatMap { name, part in
            let folder = url.appendingPathComponent(name)
            return LayoutSupport.folders(in: folder).map {
                Take(part: part, name: "\(name)/\($0)", folder: folder.appendingPathComponent($0))
            }
        }.filter {
            Place($0.folder).has("render/image") && Place($0.folder).has("render/cameras.npz")
        }
    }

    static func read(_ url: URL) throws -> Capture {
        var capture = Capture(layout: .xHumans, url: url)
        capture.frameRate = 30
        capture.splitRule = "takes in test/ are held out"
        var files: [(colour: URL, depth: URL, fit: URL)] = []
        var table = CameraTable()
        for take in takes(in: url) { try add(take, to: &capture, &table, &files) }
        guard !files.isEmpty else {
            throw CaptureError.incomplete(
                path: url.relativePath, layout: .xHumans, missing: "its takes have no pictures")
        }
        capture.cameras = table.cameras
        capture.kinds = [.colour, .depth, .mask]
        capture.locate = { [files] kind, view in
            switch kind {
            case .colour: PictureFile(.image(files[view].colour))
            case .depth: PictureFile(.tiff(files[view].depth), coding: .depthBeforeNothing)
            case .mask: PictureFile(.tiff(files[view].depth), coding: .somethingByDepth)
            default: nil
            }
        }
        try addTracks(files.map(\.fit), to: &capture)
        if let gender = try? LayoutSupport.lines(url.appendingPathComponent("gender.txt")).first {
            capture.provenance["gender"] = String(gender)
        }
        return capture
    }

    private static func add(
        _ take: Take, to capture: inout Capture, _ table: inout CameraTable,
        _ files: inout [(colour: URL, depth: URL, fit: URL)]
    ) throws {
        let images = take.folder.appendingPathComponent("render/image")
        let names = LayoutSupport.names(in: images, endings: ["png"])
        guard let first = names.first else { return }
        let cameraFile = take.folder.appendingPathComponent("render/cameras.npz")
        let cameras = try NPZFile(contentsOf: cameraFile)
        let k = try cameras.tensor("intrinsic")
        let places = try cameras.tensor("extrinsic")
        guard k.count == 9, places.shape.count == 3, places.shape[0] >= names.count,
            places.shape[1] >= 3, places.shape[2] == 4
        else {
            throw MediaError.damaged(
                file: cameraFile.relativePath,
                found: "an intrinsic of \(k.shape) and an extrinsic of \(places.shape)",
                expected: "3 × 3, and \(names.count) or more of 4 × 4")
        }
        let lens = k.floats()
        let matrices = places.floats()
        let header = try ImageHeader(contentsOf: images.appendingPathComponent(first))
        for (index, name) in names.enumerated() {
            let start = index * places.shape[1] * 4
            let camera = try LayoutSupport.camera(
                Intrinsics(fx: lens[0], fy: lens[4], cx: lens[2], cy: lens[5]),
                width: header.width, height: header.height,
                viewMatrix: AffineTransform(rowMajor: matrices[start..<start + 12]),
                file: cameraFile)
            let number = LayoutSupport.number(in: LayoutSupport.stem(name)) ?? index
            capture.frames.append(
                CaptureFrame(
                    name: LayoutSupport.stem(name), time: Double(index) / 30, sequence: take.name))
            capture.views.append(
                CaptureView(
                    frame: files.count,
                    cameraIndex: table.index(of: CaptureCamera(name: "", camera: camera)),
                    camera: camera, part: take.part))
            files.append(
                (
                    images.appendingPathComponent(name),
                    take.folder.appendingPathComponent(
                        "render/depth/depth_\(padded(number, 6)).tiff"),
                    take.folder.appendingPathComponent("SMPLX/mesh-f\(padded(number, 5))_smplx.pkl")
                ))
        }
    }

    private static func padded(_ number: Int, _ digits: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    private static func addTracks(_ fits: [URL], to capture: inout Capture) throws {
        var shared: [String: TensorData] = [:]
        for folder in [capture.url, capture.url.appendingPathComponent("train")] {
            let mean = folder.appendingPathComponent("mean_shape_smplx.npy")
            guard FileManager.default.fileExists(atPath: mean.path) else { continue }
            shared["betas"] = try NumPyArray.read(contentsOf: mean).tensor
        }
        guard fits.contains(where: { FileManager.default.fileExists(atPath: $0.path) }) else {
            return
        }
        capture.tracks = CaptureTracks(rig: "smplx", shared: shared, files: fits) { file in
            let fit = try Pickle.read(contentsOf: file, unknownObjects: .keep)
            var values: [String: TensorData] = [:]
            for (name, tensor) in fit.namedTensors() { values[name] = try tensor.read() }
            return values
        }
    }
}
