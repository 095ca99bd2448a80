import Foundation
import Media
import Spatial

/// Reads a subject of PERSONA (Sim and Moon 2025): `captured/`, `generated_0/`, `generated_1/` and `test/`, or
/// one of them, each with `images/N.png`, `masks/`, `depths/N.npy`, `normals/N.npy`, `segs/N_seg.npy`,
/// `cam_params/N.json` (R, t, focal, princpt) and `smplx_optimized/`; of what was captured also
/// `image_intrinsics/N_albedo.png` and `face_patches/`; of what was generated `frame_idx_list.txt`, the frames
/// that count.
///
/// A face patch, `face_patches/images/N.png`, is the box `face_patches/bbox/N.json` (x, y, width, height) of
/// the picture, enlarged to 256 × 256 by a network that sharpens it: a view of the same frame by a camera
/// "face", which has colours only.
///
/// Keypoints, the fits that PERSONA began from, meshes and unwrapped textures are not read.
///
/// Depth and normals are Sapiens' estimates: the one relative, the others in OpenGL's axes.
enum PersonaReader {
    /// The parts that Sapiens tells apart, by their numbers.
    static let partNames = [
        "background", "apparel", "face and neck", "hair", "left foot", "left hand",
        "left lower arm", "left lower leg", "left shoe", "left sock", "left upper arm",
        "left upper leg", "lower clothing", "right foot", "right hand", "right lower arm",
        "right lower leg", "right shoe", "right sock", "right upper arm", "right upper leg",
        "torso", "upper clothing", "lower lip", "upper lip", "lower teeth", "upper teeth",
        "tongue",
    ]

    /// The folders of a subject that hold pictures with cameras: those below, or the one itself.
    static func splits(in url: URL) -> [(name: String, folder: URL)] {
        func isSplit(_ folder: URL) -> Bool {
            Place(folder).names.isSuperset(of: ["images", "cam_params"])
        }
        if isSplit(url) { return [(url.lastPathComponent, url)] }
        let names = LayoutSupport.folders(in: url).filter {
            $0 == "captured" || $0 == "test" || $0.hasPrefix("generated_")
        }
        return names.map { ($0, url.appendingPathComponent($0)) }.filter { isSplit($0.1) }
    }

    private struct Lens: Decodable {
        var rotation: [[Float]]
        var translation: [Float]
        var focal: [Float]
        var princpt: [Float]

        private enum CodingKeys: String, CodingKey {
            case rotation = "R"
            case translation = "t"
            case focal, princpt
        }
    }

    static func read(_ url: URL) throws -> Capture {
        var capture = Capture(layout: .persona, url: url)
        capture.depthIsMetric = false
        capture.partNames = partNames
        var files: [(folder: URL, number: Int)] = []
        // The frame of each view, and whether it is that of its face.
        var shots: [(frame: Int, isFace: Bool)] = []
        var table = CameraTable()
        var face: CaptureCamera?
        let splits = splits(in: url)
        for (name, folder) in splits {
            for number in try numbers(folder) {
                let camera = try camera(folder, number)
                capture.frames.append(CaptureFrame(name: "\(number)", sequence: name))
                capture.views.append(
                    CaptureView(
                        frame: files.count, cameraIndex: table.index(of: camera),
                        camera: camera.camera, part: name == "test" ? .test : .train))
                shots.append((files.count, false))
                if let patch = try facePatch(folder, number, of: camera.camera) {
                    face = face ?? CaptureCamera(name: "face", camera: patch)
                    // The table's cameras come first, and are not all known yet.
                    capture.views.append(
                        CaptureView(
                            frame: files.count, cameraIndex: -1, camera: patch,
                            part: capture.views.last!.part))
                    shots.append((files.count, true))
                }
                files.append((folder, number))
            }
        }
        guard !files.isEmpty else {
            throw CaptureError.incomplete(
                path: url.relativePath, layout: .persona,
                missing: "it has no pictures with numbers for names")
        }
        capture.cameras = table.cameras + [face].compactMap { $0 }
        for view in capture.views.indices where capture.views[view].cameraIndex < 0 {
            capture.views[view].cameraIndex = table.cameras.count
        }
        if splits.contains(where: { $0.name == "test" }) {
            capture.splitRule = "what lies in test/ is held out"
        } else {
            capture.splitRule = "nothing is held out: there is no test/"
        }
        let present = splits.map { Place($0.folder).names }
        let folders: [(PictureKind, String)] = [
            (.mask, "masks"), (.depth, "depths"), (.normal, "normals"), (.parts, "segs"),
            (.albedo, "image_intrinsics"),
        ]
        capture.kinds = [.colour]
        for (kind, folder) in folders where present.contains(where: { $0.contains(folder) }) {
            capture.kinds.insert(kind)
        }
        capture.locate = { [files, shots] kind, view in
            let (folder, number) = files[shots[view].frame]
            guard shots[view].isFace else { return locate(kind, folder, number) }
            let patch = folder.appendingPathComponent("face_patches/images/\(number).png")
            return kind == .colour ? PictureFile(.image(patch)) : nil
        }
        try addTracks(&capture, splits, files)
        return capture
    }

    private static func locate(_ kind: PictureKind, _ folder: URL, _ number: Int) -> PictureFile {
        func file(_ path: String) -> URL { folder.appendingPathComponent(path) }
        switch kind {
        case .colour: return PictureFile(.image(file("images/\(number).png")))
        case .mask: return PictureFile(.image(file("masks/\(number).png")))
        case .depth: return PictureFile(.array(file("depths/\(number).npy")))
        case .normal:
            return PictureFile(.array(file("normals/\(number).npy")), coding: .openGLNormal)
        case .albedo:
            return PictureFile(.image(file("image_intrinsics/\(number)_albedo.png")))
        case .parts: return PictureFile(.array(file("segs/\(number)_seg.npy")))
        }
    }

    /// The numbers of a split's pictures that count.
    private static func numbers(_ folder: URL) throws -> [Int] {
        let numbers = LayoutSupport.names(
            in: folder.appendingPathComponent("images"), endings: ["png"]
        ).compactMap { Int(LayoutSupport.stem($0)) }
        let list = folder.appendingPathComponent("frame_idx_list.txt")
        guard FileManager.default.fileExists(atPath: list.path) else { return numbers }
        let listed = Set(
            try LayoutSupport.lines(list).compactMap {
                Int($0.trimmingCharacters(in: .whitespaces))
            })
        return numbers.filter(listed.contains)
    }

    private static func camera(_ folder: URL, _ number: Int) throws -> CaptureCamera {
        let file = folder.appendingPathComponent("cam_params/\(number).json")
        let lens = try LayoutSupport.json(Lens.self, file, expected: "R, t, focal and princpt")
        guard lens.rotation.count == 3, lens.rotation.allSatisfy({ $0.count == 3 }),
            lens.translation.count == 3,
            lens.focal.count == 2, lens.princpt.count == 2
        else {
            throw MediaError.damaged(
                file: file.relativePath, found: "other shapes",
                expected: "R of 3 × 3, t of 3, focal and princpt of 2")
        }
        let header = try ImageHeader(
            contentsOf: folder.appendingPathComponent("images/\(number).png"))
        let r = lens.rotation.map { Vector3($0[0], $0[1], $0[2]) }
        return CaptureCamera(
            name: "",
            camera: try LayoutSupport.camera(
                Intrinsics(
                    fx: lens.focal[0], fy: lens.focal[1], cx: lens.princpt[0],
                    cy: lens.princpt[1]), width: header.width, height: header.height,
                viewMatrix: AffineTransform(
                    linear: Matrix3(rows: r[0], r[1], r[2]),
                    translation: Vector3(
                        lens.translation[0], lens.translation[1], lens.translation[2])), file: file)
        )
    }

    /// The camera that sees the face patch of a picture; nil where it has none.
    private static func facePatch(_ folder: URL, _ number: Int, of camera: Camera) throws -> Camera?
    {
        let image = folder.appendingPathComponent("face_patches/images/\(number).png")
        guard FileManager.default.fileExists(atPath: image.path) else { return nil }
        let file = folder.appendingPathComponent("face_patches/bbox/\(number).json")
        let box = try LayoutSupport.json(NumberArray.self, file, expected: "x, y, width and height")
            .tensor.floats()
        guard box.count == 4, box.allSatisfy(\.isFinite), box[2] > 0, box[3] > 0 else {
            throw MediaError.damaged(
                file: file.relativePath, found: "\(box.count) numbers that are no box",
                expected: "x, y, width and height")
        }
        let header = try ImageHeader(contentsOf: image)
        let (x, y) = (Float(header.width) / box[2], Float(header.height) / box[3])
        let k = camera.intrinsics
        return try LayoutSupport.camera(
            Intrinsics(
                fx: k.fx * x, fy: k.fy * y, cx: (k.cx - box[0]) * x, cy: (k.cy - box[1]) * y),
            width: header.width, height: header.height, viewMatrix: camera.viewMatrix, file: file)
    }

    private static func addTracks(
        _ capture: inout Capture, _ splits: [(name: String, folder: URL)],
        _ files: [(folder: URL, number: Int)]
    ) throws {
        // The person is known from what was captured.
        guard
            let person = splits.map({ $0.folder.appendingPathComponent("smplx_optimized") })
                .first(where: { FileManager.default.fileExists(atPath: $0.path) })
        else { return }
        capture.tracks = try SMPLXFiles.tracks(
            person: person,
            files: files.map {
                $0.folder.appendingPathComponent("smplx_optimized/smplx_params/\($0.number).json")
            })
    }
}
