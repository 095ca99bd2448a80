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

    /// The linear part of the skinning of a face, from rest to posed space, as posed last: what turns
    /// the offsets of its Gaussians.
    public func skinning(ofFace face: Int) -> Matrix3 { poses[face].skin }

    /// Poses the avatar; the result is in `cloud` and `vertices`.
    public func pose(_ pose: Pose, expression: FaceExpression = .neutral) {
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
        let vertices = workspace.vertices
        let poses = self.poses
        // The arrays are taken out while they are written: a class's property is locked as a whole.
        var posed = GaussianCloud(
            means: [], logScales: [], quaternions: [], opacityLogits: [], colours: .display([]))
        swap(&posed, &cloud)
        defer { swap(&posed, &cloud) }
        Self.pose(
            avatar, poses, vertices, means: &posed.means, quaternions: &posed.quaternions,
            logScales: &posed.logScales)
    }

    private static func pose(
        _ avatar: Avatar, _ poses: [FacePose], _ vertices: [Vector3], means: inout [Float],
        quaternions: inout [Float], logScales: inout [Float]
    ) {
        let gaussians = avatar.gaussians
        means.withUnsafeMutableBufferPointer { means in
            quaternions.withUnsafeMutableBufferPointer { quaternions in
                logScales.withUnsafeMutableBufferPointer { logScales in
                    // Each Gaussian writes its own elements.
                    nonisolated(unsafe) let target = (means, quaternions, logScales)
                    parallelFor(gaussians.count, grain: 4096) { range, _ in
                        for i in range {
                            let index = Int(gaussians.faces[i])
                            let posed = Self.pose(
                                gaussians, i, avatar.faces[index], poses[index], vertices)
                            for k in 0..<3 {
                                target.0[3 * i + k] = posed.mean[k]
                                target.2[3 * i + k] = posed.logScales[k]
                            }
                            for k in 0..<4 { target.1[4 * i + k] = posed.rotation[k] }
                        }
                    }
                }
            }
        }
    }

    /// Poses one Gaussian.
    @inline(__always)
    private static func pose(
        _ gaussians: BoundGaussians, _ i: Int, _ face: SIMD3<Int32>, _ pose: FacePose,
        _ vertices: [Vector3]
    ) -> (mean: Vector3, rotation: SIMD4<Float>, logScales: Vector3) {
        let offset = Vector3(
            gaussians.offsets[3 * i], gaussians.offsets[3 * i + 1], gaussians.offsets[3 * i + 2])
        let place =
            vertices[Int(face.x)] * gaussians.barycentrics[3 * i]
            + vertices[Int(face.y)] * gaussians.barycentrics[3 * i + 1]
            + vertices[Int(face.z)] * gaussians.barycentrics[3 * i + 2]
        let local = Quaternion(
            w: gaussians.rotations[4 * i], x: gaussians.rotations[4 * i + 1],
            y: gaussians.rotations[4 * i + 2], z: gaussians.rotations[4 * i + 3])
        // The stretched length of each principal axis: rows of the local rotation's columns.
        let axes = local.matrix.transposed.columns
        let x = axes.x * pose.xx + axes.y * pose.xy
        let y = axes.y * pose.yy
        let squared = x * x + y * y + axes.z * axes.z
        let logScales = Vector3(
            gaussians.logScales[3 * i], gaussians.logScales[3 * i + 1],
            gaussians.logScales[3 * i + 2])
        let stretch = Vector3(
            log(max(squared.x, 1e-8)), log(max(squared.y, 1e-8)), log(max(squared.z, 1e-8)))
        return (
            place + pose.skin * offset, (pose.rotation * local).components,
            logScales + stretch * 0.5
        )
    }
}
