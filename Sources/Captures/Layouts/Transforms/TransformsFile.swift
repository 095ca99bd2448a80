import Foundation
import Media
import Spatial

/// A `transforms.json`: cameras and pictures as instant-ngp and nerfstudio have them (nerfstudio's
/// documentation, "Data conventions"), with what VHAP adds for GaussianAvatars.
///
/// `transform_matrix` maps from the camera to the world, the camera's axes being OpenGL's (x right, y up,
/// z backward). A lens may be given for all frames or for each.
struct TransformsFile {
    /// One picture.
    struct Frame: Decodable {
        var filePath: String
        var transformMatrix: [[Float]]
        var maskPath: String?
        var fgMaskPath: String?
        var depthFilePath: String?
        var timestepIndex: Int?
        var cameraIndex: Int?
        var flameParamPath: String?
        var lens: Lens

        /// The mask under nerfstudio's name, or VHAP's and LAM's.
        var anyMaskPath: String? { maskPath ?? fgMaskPath }

        private enum Keys: String, CodingKey {
            case filePath, transformMatrix, maskPath, fgMaskPath, depthFilePath
            case timestepIndex, cameraIndex, flameParamPath
        }

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: Keys.self)
            filePath = try values.decode(String.self, forKey: .filePath)
            transformMatrix = try values.decode([[Float]].self, forKey: .transformMatrix)
            maskPath = try values.decodeIfPresent(String.self, forKey: .maskPath)
            fgMaskPath = try values.decodeIfPresent(String.self, forKey: .fgMaskPath)
            depthFilePath = try values.decodeIfPresent(String.self, forKey: .depthFilePath)
            timestepIndex = try values.decodeIfPresent(Int.self, forKey: .timestepIndex)
            cameraIndex = try values.decodeIfPresent(Int.self, forKey: .cameraIndex)
            flameParamPath = try values.decodeIfPresent(String.self, forKey: .flameParamPath)
            lens = try Lens(from: decoder)
        }
    }

    /// What is said of a lens, for one frame or for all.
    struct Lens: Decodable {
        var flX, flY, cx, cy, w, h: Float?
        var k1, k2, k3, k4, p1, p2: Float?
        var cameraAngleX, cameraAngleY: Float?
        var cameraModel: String?

        /// This, with what is missing from another.
        func filled(from other: Lens) -> Lens {
            var lens = self
            lens.flX = flX ?? (cameraAngleX == nil ? other.flX : nil)
            lens.flY = flY ?? (flX == nil ? other.flY : nil)
            (lens.cx, lens.cy) = (cx ?? other.cx, cy ?? other.cy)
            (lens.w, lens.h) = (w ?? other.w, h ?? other.h)
            (lens.k1, lens.k2) = (k1 ?? other.k1, k2 ?? other.k2)
            (lens.k3, lens.k4) = (k3 ?? other.k3, k4 ?? other.k4)
            (lens.p1, lens.p2) = (p1 ?? other.p1, p2 ?? other.p2)
            lens.cameraAngleX = cameraAngleX ?? other.cameraAngleX
            lens.cameraAngleY = cameraAngleY ?? other.cameraAngleY
            lens.cameraModel = cameraModel ?? other.cameraModel
            return lens
        }
    }

    private struct Content: Decodable {
        var frames: [Frame]
        var trainFilenames: [String]?
        var valFilenames: [String]?
        var testFilenames: [String]?
        var plyFilePath: String?
        var depthUnitScaleFactor: Float?
    }

    private struct Both: Decodable {
        let content: Content
        let lens: Lens

        init(from decoder: any Decoder) throws {
            (content, lens) = (try Content(from: decoder), try Lens(from: decoder))
        }
    }

    let url: URL
    let frames: [Frame]
    /// Parts of the pictures by their paths, where the file names them.
    let parts: [String: CaptureView.Part]
    let points: URL?
    let metresPerDepth: Float
    private let shared: Lens

    /// Reads a file.
    ///
    /// - Throws: `MediaError`.
    init(_ url: URL) throws {
        self.url = url
        let expected = "a transforms.json with frames of file_path and transform_matrix"
        let both = try LayoutSupport.json(Both.self, url, expected: expected)
        let content = both.content
        var shared = both.lens
        frames = content.frames
        var parts: [String: CaptureView.Part] = [:]
        for name in content.trainFilenames ?? [] { parts[name] = .train }
        for name in content.valFilenames ?? [] { parts[name] = .validation }
        for name in content.testFilenames ?? [] { parts[name] = .test }
        self.parts = parts
        points = content.plyFilePath.map(url.deletingLastPathComponent().appendingPathComponent)
        metresPerDepth = content.depthUnitScaleFactor ?? 0.001
        // Where no size is said pictures are of one size, that of the first.
        if shared.w == nil || shared.h == nil, let first = frames.first, first.lens.w == nil {
            let header = try ImageHeader(contentsOf: Self.picture(first, beside: url))
            (shared.w, shared.h) = (Float(header.width), Float(header.height))
        }
        self.shared = shared
    }

    /// A file that a frame names, beside this one.
    func file(_ path: String) -> URL { Self.file(path, beside: url) }

    /// The picture of a frame: NeRF's synthetic scenes leave its ending away.
    func picture(_ frame: Frame) -> URL { Self.picture(frame, beside: url) }

    private static func file(_ path: String, beside url: URL) -> URL {
        URL(fileURLWithPath: path, relativeTo: url.deletingLastPathComponent()).standardizedFileURL
    }

    private static func picture(_ frame: Frame, beside url: URL) -> URL {
        let url = file(frame.filePath, beside: url)
        return url.pathExtension.isEmpty ? url.appendingPathExtension("png") : url
    }

    /// The camera of a frame.
    ///
    /// - Throws: `MediaError` where its matrix or lens makes no sense.
    func camera(_ frame: Frame) throws -> CaptureCamera {
        func damaged(_ found: String, _ expected: String) -> MediaError {
            .damaged(
                file: url.relativePath, found: "\(found) of \"\(frame.filePath.prefix(60))\"",
                expected: expected)
        }
        let rows = frame.transformMatrix
        guard (3...4).contains(rows.count), rows.allSatisfy({ $0.count == 4 }) else {
            throw damaged("another matrix", "3 or 4 rows of 4 numbers")
        }
        let toWorld = AffineTransform(rowMajor: rows.prefix(3).flatMap { $0 })
        // OpenGL's camera looks along −z with y up; the columns are its axes.
        let axes = toWorld.linear.columns
        let turned = AffineTransform(
            linear: Matrix3(columns: axes.x, -axes.y, -axes.z), translation: toWorld.translation)
        guard let view = turned.inverse else { throw damaged("a flat matrix", "a rotation") }
        let lens = frame.lens.filled(from: shared)
        let (w, h) = (lens.w ?? 0, lens.h ?? 0)
        guard let fx = lens.flX ?? lens.cameraAngleX.map({ w / 2 / tan($0 / 2) }) else {
            throw damaged("no focal length", "fl_x or camera_angle_x")
        }
        let fy = lens.flY ?? lens.cameraAngleY.map { h / 2 / tan($0 / 2) } ?? fx
        return CaptureCamera(
            name: "",
            camera: try LayoutSupport.camera(
                Intrinsics(fx: fx, fy: fy, cx: lens.cx ?? w / 2, cy: lens.cy ?? h / 2),
                width: LayoutSupport.pixels(w), height: LayoutSupport.pixels(h), viewMatrix: view,
                file: url),
            distortion: try distortion(lens))
    }

    private func distortion(_ lens: Lens) throws -> LensDistortion {
        let k = [lens.k1 ?? 0, lens.k2 ?? 0, lens.k3 ?? 0, lens.k4 ?? 0]
        let p = Vector2(lens.p1 ?? 0, lens.p2 ?? 0)
        let model = lens.cameraModel ?? "OPENCV"
        guard model.contains("FISHEYE") || !model.contains("EQUIRECT") else {
            throw MediaError.unsupported(
                file: url.relativePath, found: "a capture of the camera model \(model)",
                expected: "a perspective or fisheye camera")
        }
        if model.contains("FISHEYE") { return .fisheye(radial: k, tangential: p) }
        return k.allSatisfy { $0 == 0 } && p == .zero
            ? .none : .polynomial(radial: Array(k.prefix(3)), tangential: p)
    }
}
