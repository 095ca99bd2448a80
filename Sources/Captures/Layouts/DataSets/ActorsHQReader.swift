import Foundation
import Media
import Spatial

/// Reads a sequence of ActorsHQ (Işık et al. 2023), here or in `1x`, `2x` or `4x`: `calibration.csv`
/// (name, w, h, rx, ry, rz, tx, ty, tz, fx, fy, px, py; the axis-angle and the place of the camera in the
/// world; focal lengths and principal point in shares of the size), `rgbs/Cam001/Cam001_rgb000000.jpg`,
/// `masks/Cam001/Cam001_mask000000.png`, `smpl_params.npz` as AnimatableGaussians fits it, and `dpe-codes.pt`
/// as DEGAS adds it.
enum ActorsHQReader {
    /// The folder with the calibration: the finest scale.
    static func folder(in place: Place) -> URL? {
        [".", "1x", "2x", "4x"].map { $0 == "." ? place.url : place.url.appendingPathComponent($0) }
            .first { Place($0).names.isSuperset(of: ["calibration.csv", "rgbs"]) }
    }

    static func read(_ url: URL) throws -> Capture {
        guard let folder = folder(in: Place(url)) else {
            throw CaptureError.incomplete(
                path: url.relativePath, layout: .actorsHQ,
                missing: "it has no calibration.csv beside rgbs/")
        }
        var capture = Capture(layout: .actorsHQ, url: url)
        capture.frameRate = 25
        capture.cameras = try cameras(folder.appendingPathComponent("calibration.csv"))
        let pictures = folder.appendingPathComponent("rgbs")
        let masks = folder.appendingPathComponent("masks")
        let present = Set(LayoutSupport.folders(in: pictures))
        capture.cameras.removeAll { !present.contains($0.name) }
        guard let first = capture.cameras.first else {
            throw CaptureError.incomplete(
                path: url.relativePath, layout: .actorsHQ,
                missing: "rgbs/ has a folder of no camera of calibration.csv")
        }
        let numbers = LayoutSupport.names(
            in: pictures.appendingPathComponent(first.name), endings: ["jpg", "png"]
        ).compactMap { LayoutSupport.number(in: LayoutSupport.stem($0)) }
        for (frame, number) in numbers.enumerated() {
            capture.frames.append(CaptureFrame(name: "\(number)", time: Double(number) / 25))
            for (index, camera) in capture.cameras.enumerated() {
                capture.views.append(
                    CaptureView(frame: frame, cameraIndex: index, camera: camera.camera))
            }
        }
        let names = capture.cameras.map(\.name)
        let ending =
            LayoutSupport.names(
                in: pictures.appendingPathComponent(first.name), endings: ["jpg"]
            ).isEmpty ? "png" : "jpg"
        capture.kinds = Place(folder).names.contains("masks") ? [.colour, .mask] : [.colour]
        capture.locate = { kind, view in
            let (frame, camera) = view.quotientAndRemainder(dividingBy: names.count)
            let name = names[camera]
            let digits = String(numbers[frame])
            let number = String(repeating: "0", count: max(0, 6 - digits.count)) + digits
            switch kind {
            case .colour:
                return PictureFile(
                    .image(
                        pictures.appendingPathComponent("\(name)/\(name)_rgb\(number).\(ending)")))
            case .mask:
                return PictureFile(
                    .image(masks.appendingPathComponent("\(name)/\(name)_mask\(number).png")))
            default: return nil
            }
        }
        capture.splitByRule()
        for place in [url, folder, url.deletingLastPathComponent()] {
            let fits = place.appendingPathComponent("smpl_params.npz")
            guard FileManager.default.fileExists(atPath: fits.path) else { continue }
            // Its rows are frames by their numbers.
            capture.tracks = try CaptureTracks(rig: "smplx", npz: fits, rows: numbers)
            break
        }
        for place in [url, folder, url.deletingLastPathComponent()] {
            let codes = try FaceCodes(
                actorsHQ: place.appendingPathComponent("dpe-codes.pt"), numbers: numbers)
            guard let codes else { continue }
            capture.add(codes)
            break
        }
        return capture
    }

    private static func cameras(_ url: URL) throws -> [CaptureCamera] {
        let lines = try LayoutSupport.lines(url).filter { !$0.isEmpty }
        let columns = ["w", "h", "rx", "ry", "rz", "tx", "ty", "tz", "fx", "fy", "px", "py"]
        func damaged(_ found: String, _ expected: String) -> MediaError {
            .damaged(file: url.relativePath, found: found, expected: expected)
        }
        let header = (lines.first ?? "").split(separator: ",", omittingEmptySubsequences: false)
            .map { $0.trimmingCharacters(in: .whitespaces) }
        let places = columns.compactMap { header.firstIndex(of: $0) }
        guard let nameColumn = header.firstIndex(of: "name"), places.count == columns.count else {
            throw damaged("other columns", "name, \(columns.joined(separator: ", "))")
        }
        return try lines.dropFirst().map { line in
            let fields = line.split(separator: ",", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }
            let v = places.compactMap { $0 < fields.count ? Float(fields[$0]) : nil }
            guard fields.count > nameColumn, v.count == columns.count, v.allSatisfy(\.isFinite)
            else {
                throw damaged("the line \"\(line.prefix(60))\"", "a name and 12 numbers")
            }
            let name = fields[nameColumn]
            guard !name.isEmpty, !name.contains("/"), name != ".." else {
                throw damaged("the camera \"\(name.prefix(40))\"", "a name without \"/\"")
            }
            let toWorld = AffineTransform(
                linear: Quaternion(axisAngle: Vector3(v[2], v[3], v[4])).matrix,
                translation: Vector3(v[5], v[6], v[7]))
            return CaptureCamera(
                name: name,
                camera: try LayoutSupport.camera(
                    Intrinsics(
                        fx: v[8] * v[0], fy: v[9] * v[1], cx: v[10] * v[0], cy: v[11] * v[1]),
                    width: LayoutSupport.pixels(v[0]), height: LayoutSupport.pixels(v[1]),
                    viewMatrix: toWorld.rigidInverse, file: url))
        }
    }
}
