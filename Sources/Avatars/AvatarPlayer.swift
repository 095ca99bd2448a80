import Foundation
import Rigs
import Spatial
import Splatting

/// Plays an avatar: a pose and an expression in, a posed cloud or a picture out.
///
/// A Gaussian's centre is the posed place on its face plus its offset turned by the skinning of that
/// face, so that what stands off the body (hair, clothes) follows the bones and does not flutter
/// with the skin's wrinkles. Its axes turn with the face's frame, and its deviations stretch with
/// the face, so that skin which unfolds (a lid that closes) stays covered. Cost: O(V + F + N), then
/// the rasteriser's.
///
/// Nothing is allocated from frame to frame. One player is used by one thread at a time; it works on
/// all threads itself.
public final class AvatarPlayer {
    public let avatar: Avatar
    /// The Gaussians as posed last, world space.
    public private(set) var cloud: GaussianCloud

    private var workspace: PoseWorkspace
    private let restFrames: [FaceFrame]
    private var poses: [FacePose]
    private let rasteriser = Rasteriser()
    private var frame = RenderedFrame()

    /// What posing did to one face.
    private struct FacePose {
        /// Rotation of the posed frame.
        var rotation: Quaternion
        /// The stretch within the face's plane.
        var xx: Float
        var xy: Float
        var yy: Float
        /// The linear part of the skinning.
        var skin: Matrix3
    }

    public init(_ avatar: Avatar) {
        self.avatar = avatar
        let gaussians = avatar.gaussians
        let vertices = avatar.rig.vertices
        workspace = PoseWorkspace(for: avatar.rig)
        restFrames = avatar.faces.map {
            FaceFrame(vertices[Int($0.x)], vertices[Int($0.y)], vertices[Int($0.z)])
        }
        poses = [FacePose](
            repeating: FacePose(rotation: .identity, xx: 1, xy: 0, yy: 1, skin: .identity),
            count: avatar.faces.count)
        cloud = GaussianCloud(
            means: [Float](repeating: 0, count: 3 * gaussians.count),
            logScales: gaussians.logScales, quaternions: gaussians.rotations,
            opacityLogits: gaussians.opacityLogits, colours: .display(gaussians.colours))
    }

    /// The posed vertices of the rig, V, as posed last.
    public var vertices: [Vector3] { workspace.vertices }

    /// Poses the avatar; the result is in `cloud` and `vertices`.
    public func pose(_ pose: Pose, expression: Expression = .neutral) {
        avatar.rig.pose(
            pose, expression: expression, into: &workspace, wantsVertexTransforms: true)
        poseFaces()
        poseGaussians()
    }

    /// Draws the avatar.
    ///
    /// - Parameters:
    ///   - view: the camera, the pose and the expression.
    ///   - background: display sRGB.
    /// - Returns: the frame, valid until the next call: colour over the background, and alpha.
    public func render(_ view: AvatarView, background: Vector3 = Vector3(1, 1, 1))
        -> RenderedFrame
    {
        pose(view.pose, expression: view.expression)
        return render(camera: view.camera, background: background)
    }

    /// Draws the avatar as it was posed last.
    public func render(camera: Camera, background: Vector3 = Vector3(1, 1, 1)) -> RenderedFrame {
        rasteriser.render(
            cloud, camera: camera, settings: RenderSettings(background: background), into: &frame)
        return frame
    }

    private func poseFaces() {
        let vertices = workspace.vertices
        let transforms = workspace.vertexTransforms
        poses.withUnsafeMutableBufferPointer { poses in
            nonisolated(unsafe) let poses = poses
            avatar.faces.withUnsafeBufferPointer { faces in
                parallelFor(faces.count, grain: 2048) { range, _ in
                    for i in range {
                        let face = faces[i]
                        let (a, b, c) = (Int(face.x), Int(face.y), Int(face.z))
                        let posed = FaceFrame(vertices[a], vertices[b], vertices[c])
                        let stretch = restFrames[i].stretch(to: posed)
                        let skin =
                            (transforms[a].linear + transforms[b].linear + transforms[c].linear)
                            * (1 / 3)
                        poses[i] = FacePose(
                            rotation: Quaternion(posed.axes), xx: stretch.xx, xy: stretch.xy,
                            yy: stretch.yy, skin: skin)
                    }
                }
            }
        }
    }

    private func poseGaussians() {
        let gaussians = avatar.gaussians
        let vertices = workspace.vertices
        cloud.means.withUnsafeMutableBufferPointer { means in
            cloud.quaternions.withUnsafeMutableBufferPointer { quaternions in
                cloud.logScales.withUnsafeMutableBufferPointer { logScales in
                    nonisolated(unsafe) let (means, quaternions, logScales) = (
                        means, quaternions, logScales
                    )
                    parallelFor(gaussians.count, grain: 4096) { range, _ in
                        for i in range {
                            let faceIndex = Int(gaussians.faces[i])
                            let face = avatar.faces[faceIndex]
                            let pose = poses[faceIndex]
                            let offset = Vector3(
                                gaussians.offsets[3 * i], gaussians.offsets[3 * i + 1],
                                gaussians.offsets[3 * i + 2])
                            let place =
                                vertices[Int(face.x)] * gaussians.barycentrics[3 * i]
                                + vertices[Int(face.y)] * gaussians.barycentrics[3 * i + 1]
                                + vertices[Int(face.z)] * gaussians.barycentrics[3 * i + 2]
                            let mean = place + pose.skin * offset
                            let local = Quaternion(
                                w: gaussians.rotations[4 * i], x: gaussians.rotations[4 * i + 1],
                                y: gaussians.rotations[4 * i + 2], z: gaussians.rotations[4 * i + 3]
                            )
                            let rotation = (pose.rotation * local).components
                            let axes = local.matrix
                            for k in 0..<3 {
                                means[3 * i + k] = mean[k]
                                let axis =
                                    k == 0 ? axes.columns.x : k == 1 ? axes.columns.y : axes.columns.z
                                let x = pose.xx * axis.x + pose.xy * axis.y
                                let y = pose.yy * axis.y
                                let squared = x * x + y * y + axis.z * axis.z
                                logScales[3 * i + k] =
                                    gaussians.logScales[3 * i + k] + 0.5 * log(max(squared, 1e-8))
                            }
                            for k in 0..<4 { quaternions[4 * i + k] = rotation[k] }
                        }
                    }
                }
            }
        }
    }
}
