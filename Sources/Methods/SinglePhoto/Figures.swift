import Avatars
import Evaluation
import Foundation
import Rigs
import Spatial
import Splatting
import Tracking

/// How good a single-photo avatar is, as far as the photograph can tell.
public struct Figures: Codable, Sendable {
    /// PSNR of the re-rendered view over the person's pixels, decibels, at 512 px. The photograph was
    /// trained on: this says how well it is reproduced, not how other views look.
    public var psnr: Double
    /// SSIM of the same.
    public var ssim: Double
    /// Mean distance of the rig's face landmarks from the detected ones, in percent of the distance
    /// between the centres of the eyes; nil without a face.
    public var landmarkErrorPercent: Double?
    /// Mean distance of the visible joints from the detected ones, in percent of the person's height
    /// in the picture.
    public var jointErrorPercent = 0.0
    /// Pixels with alpha under 0.95 inside the rig's silhouette, in percent, at yaw ±30° over all 52
    /// face units.
    public var holesPercent: Double
    /// Frames a second of posing and drawing at 512×512.
    public var framesPerSecond: Double
    public var gaussians: Int
    /// The largest memory the process had, megabytes.
    public var peakMemoryMB: Double
    public var peopleFound = 1
    public var secondsByStage: [String: Double] = [:]

    /// How many steps measuring has.
    static let steps = 2 * FaceUnit.count + 30

    /// - Parameters:
    ///   - photo: the view to compare with, its longer side 512 pixels.
    init(
        of avatar: Avatar, photo: WorkingView, progress: (Int) throws -> Void
    ) rethrows {
        let player = AvatarPlayer(avatar)
        var view = avatar.portrait
        view.camera = photo.camera
        let frame = player.render(view, background: Vector3(1, 1, 1))
        // What is around the person is white in both, so that the window of SSIM sees the same there.
        var target = photo.image
        let pixels = photo.mask.pixelCount
        for channel in 0..<3 {
            for i in 0..<pixels {
                let m = photo.mask.samples[i]
                target.samples[channel * pixels + i] =
                    target.samples[channel * pixels + i] * m + 1 - m
            }
        }
        psnr = PSNR.evaluate(frame.image, target, mask: photo.mask)
        ssim = SSIM.evaluate(frame.image, target, mask: photo.mask)
        gaussians = avatar.gaussians.count
        holesPercent = try Self.holes(player, view: view, progress: progress)
        framesPerSecond = try Self.speed(player) { try progress(2 * FaceUnit.count + $0) }
        peakMemoryMB = ProcessMemory.peakMegabytes
    }

    /// The mean distance of the avatar's face landmarks from the observed ones, in percent of the
    /// distance between the centres of the eyes.
    static func landmarkError(
        _ avatar: Avatar, observed: FaceLandmarks, embedding: FaceLandmarkEmbedding, mesh: RigMesh
    ) -> Double {
        let player = AvatarPlayer(avatar)
        player.pose(avatar.portrait.pose, expression: avatar.portrait.expression)
        let places = embedding.points(of: player.vertices, mesh: mesh)
        let seen = observed.points.map { Vector2($0.x, $0.y) }
        let sum = zip(places, seen).reduce(Float(0)) {
            $0 + (avatar.portrait.camera.project($1.0).pixel - $1.1).length
        }
        // Corners of the right and of the left eye.
        let eyes = ((seen[33] + seen[133]) / 2 - (seen[362] + seen[263]) / 2).length
        return 100 * Double(sum / Float(places.count) / eyes)
    }

    /// The share of pixels inside the silhouette of the rig's covered faces that are not opaque.
    private static func holes(
        _ player: AvatarPlayer, view: AvatarView, progress: (Int) throws -> Void
    ) rethrows -> Double {
        let mesh = MeshRasteriser()
        let avatar = player.avatar
        var (open, all) = (0, 0)
        for (i, unit) in FaceUnit.allCases.enumerated() {
            for (side, yaw) in [Float(-30), 30].enumerated() {
                var posed = view
                posed.expression = FaceExpression([unit: 1])
                player.pose(posed.pose, expression: posed.expression)
                let points = avatar.points(of: .body, in: player.vertices)
                let centre = points.reduce(.zero, +) / Float(max(1, points.count))
                let camera = posed.orbited(yaw: yaw * .pi / 180, about: centre).camera
                let frame = player.render(camera: camera)
                let silhouette = mesh.render(
                    positions: player.vertices, faces: avatar.faces, camera: camera)
                for (pixel, face) in silhouette.triangles.enumerated() where face >= 0 {
                    all += 1
                    if frame.alpha[pixel] < 0.95 { open += 1 }
                }
                try progress(2 * i + side + 1)
            }
        }
        return 100 * Double(open) / Double(max(1, all))
    }

    /// Frames a second over a short head turn with a moving mouth.
    private static func speed(
        _ player: AvatarPlayer, progress: (Int) throws -> Void
    ) rethrows -> Double {
        let rig = player.avatar.rig
        var pose = Pose(boneCount: rig.skeleton.count)
        player.pose(pose)
        let camera = Camera(
            showing: player.avatar.points(of: .body, in: player.vertices), width: 512, height: 512)
        let head = rig.skeleton.index(of: "head")
        var seconds = 0.0
        for i in 0..<30 {
            let phase = Float(i) / 30 * 2 * .pi
            if let head {
                pose.rotations[head] = Quaternion(axisAngle: Vector3(0, 0.4 * sin(phase), 0))
            }
            let start = Date()
            player.pose(pose, expression: FaceExpression([.jawOpen: 0.5 + 0.5 * sin(2 * phase)]))
            _ = player.render(camera: camera)
            seconds += Date().timeIntervalSince(start)
            try progress(i + 1)
        }
        return 30 / seconds
    }
}
