import Foundation
import Media
import Spatial

/// Reads colour and depth that lie beside each other: `rgb/` (or `color/`, `colour/`, `image/`, `images/`)
/// and `depth/`, whose 16-bit pictures are in millimetres, paired by the numbers in their names or, where
/// these differ, by their order; `masks/` (or `mask/`) where there are some; or, all in one folder, names
/// as 7-Scenes has them, `frame-000000.color.png`, `.depth.png` and `.pose.txt`.
///
/// The lens is read from `camera_intrinsic.json` or `intrinsic.json` (Open3D: width, height and
/// `intrinsic_matrix` by columns) or from `intrinsics.txt`, `intrinsic.txt` or `camera-intrinsics.txt`
/// (3 × 3 or 4 × 4 by rows), and places from `poses/` or `pose/`, 4 × 4 from the camera to the world.
enum RGBDReader {
    static let colourFolders = ["rgb", "color", "colour", "image", "images"]

    /// The folder of colours that a place has, if it is of this layout.
    static func colours(in place: Place) -> String? {
        if place.names.contains(where: { $0.hasSuffix(".depth.png") }) { return "" }
        guard place.names.contains("depth") else { return nil }
        return colourFolders.first { place.names.contains($0) }
    }

    static func read(_ url: URL) throws -> Capture {
        let place = Place(url)
        var capture = Capture(layout: .rgbd, url: url)
        guard let colours = colours(in: place) else {
            throw CaptureError.incomplete(
                path: url.relativePath, layout: .rgbd, missing: "it has no colours beside its depth"
            )
        }
        let isMixed = colours.isEmpty
        func files(_ folder: String, _ infix: String) -> [URL] {
            let base = isMixed ? url : url.appendingPathComponent(folder)
            return LayoutSupport.names(in: base, endings: LayoutSupport.pictureEndings)
                .filter { !isMixed || $0.contains(".\(infix).") }
                .map(base.appendingPathComponent)
        }
        let pictures = files(colours, "color")
        guard let first = pictures.first else {
            throw CaptureError.incomplete(
                path: url.relativePath, layout: .rgbd, missing: "its folder \(colours) is empty")
        }
        let depths = paired(files("depth", "depth"), with: pictures)
        let maskFolder = ["masks", "mask"].first { place.names.contains($0) }
        let masks = maskFolder.map { paired(files($0, "mask"), with: pictures) }
        let header = try ImageHeader(contentsOf: first)
        let lens = try lens(in: place, width: header.width, height: header.height)
        let camera =
            lens
            ?? LayoutSupport.guess(
                width: header.width, height: header.height, focalLength35mm: header.focalLength35mm)
        let poses = poses(in: place, isMixed: isMixed, pictures)
        capture.cameras = [
            CaptureCamera(name: "camera", camera: camera, isCalibrated: lens != nil)
        ]
        for (frame, picture) in pictures.enumerated() {
            var view = camera
            if let pose = poses[frame] { view.viewMatrix = try self.view(pose) }
            capture.frames.append(
                CaptureFrame(name: LayoutSupport.stem(picture.lastPathComponent)))
            capture.views.append(CaptureView(frame: frame, cameraIndex: 0, camera: view))
        }
        capture.cameras[0].camera = capture.views[0].camera
        capture.kinds = masks == nil ? [.colour, .depth] : [.colour, .depth, .mask]
        capture.locate = { kind, view in
            switch kind {
            case .colour: PictureFile(.image(pictures[view]))
            case .depth:
                depths[view].map {
                    PictureFile(.image($0), coding: .depth(metresPerUnit: 0.001))
                }
            case .mask: masks?[view].map { PictureFile(.image($0)) }
            default: nil
            }
        }
        capture.splitByRule()
        return capture
    }

    /// For each picture the file of the same number, or of the same place in the list where numbers do
    /// not fit and there are as many.
    private static func paired(_ files: [URL], with pictures: [URL]) -> [URL?] {
        func number(_ url: URL) -> Int? {
            LayoutSupport.number(in: LayoutSupport.stem(url.lastPathComponent))
        }
        let byNumber = Dictionary(
            files.compactMap { file in number(file).map { ($0, file) } },
            uniquingKeysWith: { first, _ in first })
        let found = pictures.map { picture in number(picture).flatMap { byNumber[$0] } }
        if byNumber.count == files.count, found.contains(where: { $0 != nil }) { return found }
        return pictures.indices.map {
            $0 < files.count && files.count == pictures.count ? files[$0] : nil
        }
    }

    private struct Open3DLens: Decodable {
        var width: Int
        var height: Int
        var intrinsicMatrix: [Float]
    }

    private static func lens(in place: Place, width: Int, height: Int) throws -> Camera? {
        for name in ["camera_intrinsic.json", "intrinsic.json"] where place.names.contains(name) {
            let file = place.url.appendingPathComponent(name)
            let lens = try LayoutSupport.json(
                Open3DLens.self, file, expected: "width, height and intrinsic_matrix")
            let m = lens.intrinsicMatrix
            guard m.count == 9 else {
                throw MediaError.damaged(
                    file: file.relativePath, found: "\(m.count) numbers", expected: "3 × 3")
            }
            return try LayoutSupport.camera(
                Intrinsics(fx: m[0], fy: m[4], cx: m[6], cy: m[7]), width: lens.width,
                height: lens.height, file: file)
        }
        for name in ["intrinsics.txt", "intrinsic.txt", "camera-intrinsics.txt"]
        where place.names.contains(name) {
            let file = place.url.appendingPathComponent(name)
            let m = try numbers(file)
            guard m.count == 9 || m.count == 16 else {
                throw MediaError.damaged(
                    file: file.relativePath, found: "\(m.count) numbers",
                    expected: "3 × 3 or 4 × 4")
            }
            let stride = m.count == 9 ? 3 : 4
            return try LayoutSupport.camera(
                Intrinsics(fx: m[0], fy: m[stride + 1], cx: m[2], cy: m[stride + 2]),
                width: width, height: height, file: file)
        }
        return nil
    }

    private static func poses(in place: Place, isMixed: Bool, _ pictures: [URL]) -> [URL?] {
        if isMixed {
            return pictures.map { picture in
                let name = picture.lastPathComponent.components(separatedBy: ".color.")[0]
                return place.names.contains("\(name).pose.txt")
                    ? place.url.appendingPathComponent("\(name).pose.txt") : nil
            }
        }
        guard let folder = ["poses", "pose"].first(where: { place.names.contains($0) }) else {
            return pictures.map { _ in nil }
        }
        let base = place.url.appendingPathComponent(folder)
        return paired(
            LayoutSupport.names(in: base, endings: ["txt"]).map(base.appendingPathComponent),
            with: pictures)
    }

    /// The view of a file that maps from the camera to the world.
    private static func view(_ file: URL) throws -> Spatial.AffineTransform {
        let m = try numbers(file)
        guard m.count == 16, let view = AffineTransform(rowMajor: m).inverse else {
            throw MediaError.damaged(
                file: file.relativePath, found: "\(m.count) numbers",
                expected: "4 × 4 of a camera's place")
        }
        return view
    }

    private static func numbers(_ file: URL) throws -> [Float] {
        try LayoutSupport.lines(file).flatMap { line in
            try line.split(whereSeparator: { $0.isWhitespace || $0 == "," }).map { word in
                guard let number = Float(word), number.isFinite else {
                    throw MediaError.damaged(
                        file: file.relativePath, found: "\"\(word.prefix(40))\"",
                        expected: "a finite number")
                }
                return number
            }
        }
    }
}
