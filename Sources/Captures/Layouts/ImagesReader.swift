import Foundation
import Media
import Spatial

/// Reads a folder of images, one image, or a video: nobody knows where the camera stood, nor its lens
/// but for what EXIF says.
enum ImagesReader {
    static func read(_ url: URL) throws -> Capture {
        let place = Place(url)
        let folder = place.isFolder ? url : url.deletingLastPathComponent()
        let names =
            place.isFolder
            ? LayoutSupport.names(in: url, endings: LayoutSupport.pictureEndings)
            : [url.lastPathComponent]
        var capture = Capture(layout: .images, url: url)
        var table = CameraTable()
        var files: [URL] = []
        var hasAlpha = false
        for name in names {
            let file = folder.appendingPathComponent(name)
            let header: ImageHeader
            do {
                header = try ImageHeader(contentsOf: file)
            } catch let error as MediaError {
                capture.problems.append(error.description)
                continue
            }
            let camera = CaptureCamera(
                name: "",
                camera: LayoutSupport.guess(
                    width: header.width, height: header.height,
                    focalLength35mm: header.focalLength35mm), isCalibrated: false)
            capture.frames.append(CaptureFrame(name: LayoutSupport.stem(name)))
            capture.views.append(
                CaptureView(
                    frame: files.count, cameraIndex: table.index(of: camera), camera: camera.camera)
            )
            files.append(file)
            hasAlpha = hasAlpha || header.hasAlpha
        }
        guard !files.isEmpty else {
            throw CaptureError.incomplete(
                path: url.relativePath, layout: .images,
                missing: capture.problems.isEmpty
                    ? "it has no pictures" : "none of its pictures can be read")
        }
        capture.cameras = table.cameras
        capture.kinds = hasAlpha ? [.colour, .mask] : [.colour]
        capture.locate = { [files, hasAlpha] kind, view in
            switch kind {
            case .colour: PictureFile(.image(files[view]))
            case .mask where hasAlpha: PictureFile(.image(files[view]), coding: .alpha)
            default: nil
            }
        }
        capture.splitByRule()
        return capture
    }

    /// Reads a video; its frames are decoded when asked for.
    static func read(video url: URL) async throws -> Capture {
        let video = try await VideoFrames(contentsOf: url)
        var capture = Capture(layout: .video, url: url)
        let camera = LayoutSupport.guess(width: video.width, height: video.height)
        capture.frameRate = video.frameRate
        capture.cameras = [CaptureCamera(name: "camera", camera: camera, isCalibrated: false)]
        for index in 0..<video.frameCount {
            capture.frames.append(
                CaptureFrame(name: "\(index)", time: Double(index) / video.frameRate))
            capture.views.append(CaptureView(frame: index, cameraIndex: 0, camera: camera))
        }
        capture.kinds = [.colour]
        capture.locate = { kind, view in
            kind == .colour ? PictureFile(.video(video, view)) : nil
        }
        capture.splitByRule()
        return capture
    }
}
