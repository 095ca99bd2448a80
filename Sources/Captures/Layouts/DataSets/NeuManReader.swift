import Foundation
import Media

/// Reads a sequence of NeuMan (Jiang et al. 2022): `images/`, `segmentations/` of the same names, white where
/// nobody is, a text model of COLMAP in `sparse/`, and the lists `train_split.txt`, `val_split.txt` and
/// `test_split.txt`; fits of SMPL-X in `smplx_optimized/` as ExAvatar makes them, or of SMPL in
/// `4d_humans/smpl_optimized_aligned_scale.npz` as HUGS does.
enum NeuManReader {
    static func read(_ url: URL) throws -> Capture {
        var capture = Capture(layout: .neuMan, url: url)
        guard let folder = COLMAPReader.model(in: Place(url)) else {
            throw CaptureError.incomplete(
                path: url.relativePath, layout: .neuMan, missing: "sparse/ has no model of COLMAP")
        }
        let model = try COLMAPModel(folder)
        try COLMAPReader.fill(&capture, from: model)
        COLMAPReader.readPoints(&capture, folder)
        capture.frameRate = 30
        let names = model.pictures.map(\.name)
        for index in capture.frames.indices {
            let name = LayoutSupport.stem(capture.frames[index].name)
            capture.frames[index].time = LayoutSupport.number(in: name).map { Double($0) / 30 }
        }
        let (images, masks) = (
            url.appendingPathComponent("images"), url.appendingPathComponent("segmentations")
        )
        capture.kinds = [.colour, .mask]
        capture.locate = { kind, view in
            switch kind {
            case .colour: PictureFile(.image(images.appendingPathComponent(names[view])))
            case .mask:
                PictureFile(.image(masks.appendingPathComponent(names[view])), coding: .inverted)
            default: nil
            }
        }
        split(&capture, names)
        try addTracks(&capture)
        return capture
    }

    private static func split(_ capture: inout Capture, _ names: [String]) {
        let lists: [(String, CaptureView.Part)] = [
            ("train_split.txt", .train), ("val_split.txt", .validation), ("test_split.txt", .test),
        ]
        var parts: [String: CaptureView.Part] = [:]
        for (file, part) in lists {
            let lines = (try? LayoutSupport.lines(capture.url.appendingPathComponent(file))) ?? []
            for line in lines {
                let name = line.trimmingCharacters(in: .whitespaces)
                if !name.isEmpty { parts[LayoutSupport.stem(name)] = part }
            }
        }
        guard !parts.isEmpty else { return capture.splitByRule() }
        capture.splitRule = "as train_split.txt, val_split.txt and test_split.txt say"
        for index in capture.views.indices {
            capture.views[index].part = parts[LayoutSupport.stem(names[index])] ?? .train
        }
    }

    private static func addTracks(_ capture: inout Capture) throws {
        let fits = capture.url.appendingPathComponent("smplx_optimized")
        let body = capture.url.appendingPathComponent("4d_humans/smpl_optimized_aligned_scale.npz")
        let numbers = capture.frames.map { LayoutSupport.number(in: LayoutSupport.stem($0.name)) }
        if Place(fits).has("smplx_params") {
            capture.tracks = try SMPLXFiles.tracks(
                person: fits,
                files: numbers.map {
                    fits.appendingPathComponent("smplx_params/\($0 ?? -1).json")
                })
        } else if FileManager.default.fileExists(atPath: body.path) {
            // Its rows are the pictures in order.
            capture.tracks = try CaptureTracks(
                rig: "smpl", npz: body, rows: Array(capture.frames.indices))
        }
    }
}
