import Foundation
import Media
import Spatial

/// Reads a subject of PERSONA (Sim and Moon 2025): `captured/`, `generated_0/`, `generated_1/` and `test/`, or
/// one of them, each with `images/N.png`, `masks/`, `depths/N.npy`, `normals/N.npy`, `segs/N_seg.npy`,
/// `cam_params/N.json` (R, t, focal, princpt) and `smplx_optimized/`; of what was captured also
/// `image_intrinsics/N_albedo.png`; of what was generated `frame_idx_list.txt`, the frames that count.
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
        var table = CameraTable()
        let splits = splits(in: url)
        for (name, folder) in splits {
            for number in try numbers(folder) {
                let camera = try camera(folder, number)
                capture.frames.append(CaptureFrame(name: "\(number)", sequence: name))
                capture.views.append(
                    CaptureView(
                        frame: files.count, cameraIndex: table.index(of: camera),
                        camera: camera.camera, part: name == "test" ? .test : .train))
                files.append((folder, number))
            }
        }
        guard !files.isEmpty else {
            throw CaptureError.incomplete(
                path: url.relativePath, layout: .persona,
                missing: "it has no pictures with numbers for names")
        }
        capture.cameras = table.cameras
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
        capture.locate = { [files] kind, view in
            locate(kind, files[view].folder, files[view].number)
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
