import Foundation
import Media
import Spatial

/// Reads a capture of DREAMS-Avatar (DEGAS): `cameras.json` (`rigs[i].cameras[0]`: w, h, fx, fy, cx, cy, R
/// and c of a world whose y points down), `videos/cam00.mp4` with colours in the left half and opacity in
/// the right one, `smplx.npz` with a row for each of its `frames`, and `dpe/` with codes of expression.
///
/// The world becomes y up: R·diag(1, −1, −1), −R·c. Cameras 3, 13 and 25 are held out, as DEGAS does; a
/// second session of the same person (P1C2) is a capture of its own.
enum DREAMSReader {
    private struct CameraFile: Decodable {
        struct Rig: Decodable {
            var cameras: [Lens]
        }
        struct Lens: Decodable {
            var w, h, fx, fy, cx, cy: Float
            var rotation: [Float]
            var centre: [Float]

            private enum CodingKeys: String, CodingKey {
                case w, h, fx, fy, cx, cy
                case rotation = "R"
                case centre = "c"
            }
        }
        var rigs: [Rig]
    }

    private struct Conventions: Decodable {
        struct Frames: Decodable {
            var offsetD: Int?
        }
        var frameConvention: Frames?
    }

    static func read(_ url: URL) async throws -> Capture {
        let file = url.appendingPathComponent("cameras.json")
        let content = try LayoutSupport.json(
            CameraFile.self, file, expected: "rigs with cameras of w, h, fx, fy, cx, cy, R, c")
        let conventions = try? LayoutSupport.json(
            Conventions.self, url.appendingPathComponent("capture.json"), expected: "conventions")
        let offset = conventions?.frameConvention?.offsetD ?? 0
        var capture = Capture(layout: .dreams, url: url)
        var videos: [VideoFrames] = []
        for (index, rig) in content.rigs.enumerated() {
            let name = (index < 10 ? "cam0" : "cam") + String(index)
            let video = url.appendingPathComponent("videos/\(name).mp4")
            guard let lens = rig.cameras.first,
                FileManager.default.fileExists(atPath: video.path)
            else {
                capture.problems.append("There is no video \(video.relativePath).")
                continue
            }
            // All are of one length and size: asking each would start as many programs.
            if let first = videos.first {
                videos.append(VideoFrames(video, like: first))
            } else {
                videos.append(try await VideoFrames(contentsOf: video))
            }
            capture.cameras.append(
                try camera(lens, name, width: videos[0].width / 2, height: videos[0].height, file))
        }
        guard let first = videos.first else {
            throw CaptureError.incomplete(
                path: url.relativePath, layout: .dreams, missing: "videos/ has none of its cameras")
        }
        capture.frameRate = first.frameRate
        capture.splitRule = "cameras 3, 13 and 25 are held out, as DEGAS does"
        let heldOut: Set = ["cam03", "cam13", "cam25"]
        for frame in 0..<first.frameCount {
            capture.frames.append(
                CaptureFrame(name: "\(frame)", time: Double(frame) / first.frameRate))
            for (index, camera) in capture.cameras.enumerated() {
                capture.views.append(
                    CaptureView(
                        frame: frame, cameraIndex: index, camera: camera.camera,
                        part: heldOut.contains(camera.name) ? .test : .train))
            }
        }
        if !capture.cameras.contains(where: { heldOut.contains($0.name) }) { capture.splitByRule() }
        capture.kinds = [.colour, .mask]
        capture.locate = { [videos] kind, view in
            let (frame, camera) = view.quotientAndRemainder(dividingBy: videos.count)
            switch kind {
            case .colour: return PictureFile(.video(videos[camera], frame), half: .left)
            case .mask: return PictureFile(.video(videos[camera], frame), half: .right)
            default: return nil
            }
        }
        try addTracks(&capture, offset: offset)
        capture.add(try FaceCodes(dreams: url))
        return capture
    }

    private static func camera(
        _ lens: CameraFile.Lens, _ name: String, width: Int, height: Int, _ file: URL
    ) throws -> CaptureCamera {
        guard lens.rotation.count == 9, lens.centre.count == 3, lens.w > 0, lens.h > 0 else {
            throw MediaError.damaged(
                file: file.relativePath, found: "\(name) with R of \(lens.rotation.count) numbers",
                expected: "9, and 3 of c")
        }
        let r = lens.rotation
        let rotation = Matrix3(
            rows: Vector3(r[0], r[1], r[2]), Vector3(r[3], r[4], r[5]), Vector3(r[6], r[7], r[8]))
        let centre = Vector3(lens.centre[0], lens.centre[1], lens.centre[2])
        // The video may be smaller than what was calibrated.
        let (x, y) = (Float(width) / lens.w, Float(height) / lens.h)
        return CaptureCamera(
            name: name,
            camera: try LayoutSupport.camera(
                Intrinsics(fx: lens.fx * x, fy: lens.fy * y, cx: lens.cx * x, cy: lens.cy * y),
                width: width, height: height,
                viewMatrix: AffineTransform(
                    linear: rotation * Matrix3(diagonal: Vector3(1, -1, -1)),
                    translation: -(rotation * centre)), file: file))
    }

    private static func addTracks(_ capture: inout Capture, offset: Int) throws {
        let url = capture.url.appendingPathComponent("smplx.npz")
        guard FileManager.default.fileExists(atPath: url.path) else { return }
        let file = try NPZFile(contentsOf: url)
        let numbers = file.contains("frames") ? try file.tensor("frames").integers() : nil
        let rows =
            numbers.map {
                Dictionary(
                    $0.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
            } ?? Dictionary(uniqueKeysWithValues: capture.frames.indices.map { ($0, $0) })
        capture.tracks = try CaptureTracks(
            rig: "smplx", npz: url, rows: capture.frames.indices.map { rows[$0 - offset] })
        if let kwargs = try? file.array("smplx_kwargs").text {
            capture.provenance["smplx_kwargs"] = kwargs
        }
    }
}
