import Foundation
import Media
import Rigs
import Spatial

/// The `.likeness` file: a zip of
///
/// - `manifest.json`: `AvatarManifest`;
/// - `rig.safetensors`: the posable rig, the covered faces and their parts;
/// - `gaussians.safetensors`: the bound Gaussians;
/// - `portrait.safetensors`: camera, pose and expression of the source photograph;
/// - `preview.png`.
///
/// The same avatar gives the same bytes. A reader refuses what no avatar holds: rotations that are
/// none, places beyond 100 m, entries beyond 256 MB, a portrait beyond `ImageFile.pixelLimit`.
extension Avatar {
    /// Writes the avatar, under a temporary name until it is complete.
    ///
    /// Geometry of the Gaussians is rounded to half precision and colours to 8 bits: `encoded`
    /// followed by `init(bytes:)` shows what a reader will see.
    ///
    /// - Throws: `MediaError.exists` unless `overwrite`, `MediaError.unwritable`.
    public func write(to url: URL, overwrite: Bool) throws {
        try AtomicFile.write(try encoded(), to: url, overwrite: overwrite)
    }

    /// The bytes of the file.
    public func encoded() throws -> [UInt8] {
        var bytes: [UInt8] = []
        try withoutActuallyEscaping({ (part: [UInt8]) in bytes += part }) { sink in
            var writer = ZipWriter(sink: sink)
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            try writer.add(
                "manifest.json", Array(try encoder.encode(manifest)), compression: .deflated())
            var (rigTensors, rigMetadata) = rig.tensors()
            rigTensors["faces"] = TensorData(
                faces.flatMap { [$0.x, $0.y, $0.z] }, shape: [faces.count, 3])
            rigTensors["face_parts"] = TensorData(faceParts.map(\.rawValue))
            try writer.add(
                "rig.safetensors", SafetensorsFile.encode(rigTensors, metadata: rigMetadata),
                compression: .deflated(level: 4))
            try writer.add(
                "gaussians.safetensors", SafetensorsFile.encode(gaussians.tensors()),
                compression: .deflated(level: 4))
            try writer.add(
                "portrait.safetensors", SafetensorsFile.encode(portrait.tensors()),
                compression: .deflated())
            try writer.add("preview.png", preview.pngBytes())
            try writer.finish()
        }
        return bytes
    }

    /// Reads an avatar's file.
    ///
    /// - Throws: `AvatarError`, or `MediaError` where the zip or a tensor file is damaged.
    public init(contentsOf url: URL) throws {
        try self.init(
            try ZipArchive(contentsOf: url, limits: Self.limits), name: url.relativePath)
    }

    /// Reads an avatar from the bytes of its file; `name` is for errors.
    public init(bytes: [UInt8], name: String) throws {
        try self.init(
            try ZipArchive(bytes: bytes, name: name, limits: Self.limits), name: name)
    }

    private static let limits = {
        var limits = ZipArchive.Limits()
        limits.inflatedSize = 1 << 28
        limits.entryCount = 1000
        return limits
    }()

    private init(_ archive: ZipArchive, name: String) throws {
        func tensors(_ entry: String) throws -> SafetensorsFile {
            try SafetensorsFile(bytes: try archive.read(entry), name: "\(name)/\(entry)")
        }
        struct Version: Decodable {
            let formatVersion: Int
        }
        let json = Data(try archive.read("manifest.json"))
        guard let version = try? JSONDecoder().decode(Version.self, from: json) else {
            throw AvatarError.invalid(
                file: name, found: "no format version", expected: "the manifest of an avatar")
        }
        guard version.formatVersion <= AvatarManifest.currentVersion else {
            throw AvatarError.newerVersion(file: name, found: version.formatVersion)
        }
        guard version.formatVersion >= 1,
            let manifest = try? JSONDecoder().decode(AvatarManifest.self, from: json)
        else {
            throw AvatarError.invalid(
                file: name, found: "other keys in manifest.json", expected: "an avatar's manifest")
        }
        let rigFile = try tensors("rig.safetensors")
        let rig = try ShapedRig(rigFile, name: name)
        let reader = TensorReader(file: rigFile, name: name)
        let corners = try reader.integers("faces", shape: [nil, 3])
        let parts = try reader.integers("face_parts", shape: [corners.count / 3])
            .compactMap { UInt8(exactly: $0).flatMap(BodyPart.init(rawValue:)) }
        try reader.require(
            corners.allSatisfy((0..<rig.vertices.count).contains)
                && parts.count == corners.count / 3,
            found: "faces of other vertices or unknown parts",
            expected: "faces of \(rig.vertices.count) vertices")
        let faces = stride(from: 0, to: corners.count, by: 3).map { i -> SIMD3<Int32> in
            let corner = corners[i..<i + 3].map(Int32.init)
            return SIMD3(corner[0], corner[1], corner[2])
        }
        let preview = try Image(
            decoding: try archive.read("preview.png"), name: name + "/preview.png")
        try reader.require(
            preview.channels == 3, found: "a preview of \(preview.channels) channels",
            expected: "a preview of 3")
        self.init(
            manifest: manifest, rig: rig,
            faces: faces, faceParts: parts,
            gaussians: try BoundGaussians(
                try tensors("gaussians.safetensors"), faceCount: parts.count, name: name),
            portrait: try AvatarView(
                try tensors("portrait.safetensors"), boneCount: rig.skeleton.count, name: name),
            preview: preview)
    }
}

extension BoundGaussians {
    fileprivate func tensors() -> [String: TensorData] {
        [
            "faces": TensorData(faces),
            "barycentrics": TensorData(barycentrics, shape: [count, 3], roundedTo: .float16),
            "offsets": TensorData(offsets, shape: [count, 3], roundedTo: .float16),
            "rotations": TensorData(rotations, shape: [count, 4], roundedTo: .float16),
            "log_scales": TensorData(logScales, shape: [count, 3], roundedTo: .float16),
            "opacity_logits": TensorData(opacityLogits, shape: [count], roundedTo: .float16),
            "colours": TensorData(
                colours.map { UInt8((min(max($0, 0), 1) * 255).rounded()) }, shape: [count, 3]),
        ]
    }

    fileprivate init(_ file: SafetensorsFile, faceCount: Int, name: String) throws {
        let reader = TensorReader(file: file, name: name)
        let faces = try reader.integers("faces", shape: [nil])
        let count = faces.count
        try reader.require(
            faces.allSatisfy((0..<faceCount).contains), found: "Gaussians bound to other faces",
            expected: "faces below \(faceCount)")
        let colours = try reader.integers("colours", shape: [count, 3])
        try reader.require(
            colours.allSatisfy((0...255).contains), found: "colours beyond a byte",
            expected: "0 to 255")
        self.init(
            faces: faces.map(Int32.init),
            barycentrics: try reader.floats("barycentrics", shape: [count, 3], within: -1...2),
            offsets: try reader.floats("offsets", shape: [count, 3], within: -100...100),
            rotations: try reader.quaternions("rotations", count: count),
            // A nanometre to some metres.
            logScales: try reader.floats("log_scales", shape: [count, 3], within: -21...3),
            opacityLogits: try reader.floats("opacity_logits", shape: [count], within: -500...500),
            colours: colours.map { Float($0) / 255 })
    }
}

extension AvatarView {
    fileprivate func tensors() -> [String: TensorData] {
        let i = camera.intrinsics
        return [
            "intrinsics": TensorData([i.fx, i.fy, i.cx, i.cy]),
            "size": TensorData([Int32(camera.width), Int32(camera.height)]),
            "view_matrix": TensorData(camera.viewMatrix.rowMajor, shape: [4, 4]),
            "rotations": TensorData(
                pose.rotations.flatMap { [$0.w, $0.x, $0.y, $0.z] },
                shape: [pose.rotations.count, 4]),
            "root_translation": TensorData(flatten([pose.rootTranslation])),
            "expression": TensorData(expression.weights),
        ]
    }

    fileprivate init(_ file: SafetensorsFile, boneCount: Int, name: String) throws {
        let reader = TensorReader(file: file, name: name)
        let intrinsics = try reader.floats("intrinsics", shape: [4], within: -1e7...1e7)
        try reader.require(
            intrinsics[0] > 0 && intrinsics[1] > 0, found: "a focal length that is not positive",
            expected: "a camera")
        let size = try reader.integers("size", shape: [2])
        try reader.require(
            size.allSatisfy((1...ImageFile.pixelLimit).contains)
                && size[0] * size[1] <= ImageFile.pixelLimit,
            found: "a portrait of \(size[0])×\(size[1])",
            expected: "at most \(ImageFile.pixelLimit) pixels")
        let viewMatrix = AffineTransform(
            rowMajor: try reader.floats("view_matrix", shape: [4, 4]))
        try reader.require(
            TensorReader.isRotation(viewMatrix.linear), found: "a view that distorts",
            expected: "a rotation")
        let rotations = try reader.quaternions("rotations", count: boneCount)
        self.init(
            camera: Camera(
                intrinsics: Intrinsics(
                    fx: intrinsics[0], fy: intrinsics[1], cx: intrinsics[2], cy: intrinsics[3]),
                width: size[0], height: size[1],
                viewMatrix: viewMatrix),
            pose: Pose(
                rotations: (0..<boneCount).map {
                    Quaternion(
                        w: rotations[4 * $0], x: rotations[4 * $0 + 1], y: rotations[4 * $0 + 2],
                        z: rotations[4 * $0 + 3])
                },
                rootTranslation: vectors(try reader.floats("root_translation", shape: [3]))[0]),
            expression: FaceExpression(
                weights: try reader.floats(
                    "expression", shape: [FaceUnit.count], within: -10...10)))
    }
}
