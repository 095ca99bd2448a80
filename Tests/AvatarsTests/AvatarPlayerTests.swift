import Foundation
import Rigs
import Spatial
import Splatting
import Testing

@testable import Avatars

@Suite struct AvatarPlayerTests {
    private let avatar = SmallAvatar.make()

    /// A pose of the tube in which every bone is turned.
    private var bent: Pose {
        Pose(
            rotations: [
                Quaternion(axisAngle: Vector3(0.3, -0.4, 0.2)),
                Quaternion(axisAngle: Vector3(-0.5, 0.6, 0.1)),
                Quaternion(axisAngle: Vector3(0.2, 0.3, -0.7)),
            ], rootTranslation: Vector3(0.5, -0.2, 0.3))
    }

    @Test func agreesWithTheReferenceInAnyPose() {
        let player = AvatarPlayer(avatar)
        for (pose, expression) in [
            (Pose(boneCount: 3), FaceExpression.neutral), (bent, .neutral),
            (bent, FaceExpression([.jawOpen: 1, .cheekPuff: 0.5])),
        ] {
            player.pose(pose, expression: expression)
            let expected = ReferencePlayer.pose(avatar, pose, expression)
            for (i, gaussian) in expected.enumerated() {
                expectEqual(player.cloud, i, gaussian, tolerance: 2e-5)
            }
        }
    }

    /// With the bones in their rest orientations nothing moves: centres are on their places, axes as
    /// the frames of the faces have them, deviations as stored.
    @Test func leavesTheRestShapeAlone() {
        // The rest pose: a tube whose bones rest in their reference orientations.
        let rig = avatar.rig
        let resting = ShapedRig(
            skeleton: rig.skeleton, vertices: rig.vertices, skin: rig.skin,
            faceUnits: rig.faceUnits, boneHeads: rig.boneHeads,
            boneOrientations: rig.skeleton.referenceOrientations)
        var still = avatar
        still.rig = resting
        let player = AvatarPlayer(still)
        var pose = Pose(boneCount: 3)
        // The root's frame is its own: undo what it turns, and put its head back.
        pose.rotations[0] = Quaternion(rig.skeleton.referenceOrientations[0])
        player.pose(pose)
        let vertices = rig.vertices
        // Whatever the root did, it did to all vertices alike: distances are as at rest.
        for (a, b) in [(0, 20), (5, 41), (13, 30)] {
            let before = (vertices[a] - vertices[b]).length
            let after = (player.vertices[a] - player.vertices[b]).length
            #expect(abs(before - after) < 1e-5)
        }
        #expect(
            zip(player.cloud.logScales, avatar.gaussians.logScales)
                .allSatisfy { abs($0 - $1) < 1e-3 })
    }

    @Test func theRootCarriesAllRigidly() {
        let player = AvatarPlayer(avatar)
        player.pose(bent)
        let before = player.cloud
        let turn = Quaternion(axisAngle: Vector3(0.4, 1.1, -0.3))
        // In front of the root's rotation: the same turn of everything, in the root's own frame.
        let u = avatar.rig.skeleton.referenceOrientations[0]
        let world = u.transposed * turn.matrix * u
        var turned = bent
        turned.rotations[0] = turn * bent.rotations[0]
        player.pose(turned)
        let root = u.transposed * bent.rootTranslation
        for i in 0..<avatar.gaussians.count {
            let (a, b) = (mean(before, i), mean(player.cloud, i))
            #expect((b - (world * (a - root) + root)).length < 1e-5)
            let (p, q) = (axes(before, i), axes(player.cloud, i))
            for k in 0..<3 {
                let (x, y) = (world * column(p, k), column(q, k))
                #expect((x - y).length < 1e-4)
            }
            for k in 0..<3 {
                #expect(abs(before.logScales[3 * i + k] - player.cloud.logScales[3 * i + k]) < 1e-4)
            }
        }
    }

    /// A triangle drawn to twice its height and 1.5 times its width stretches a Gaussian's deviations
    /// along its axes likewise.
    @Test func aStretchedFaceStretchesTheDeviations() {
        let rest = FaceFrame(.zero, Vector3(1, 0, 0), Vector3(0.3, 1, 0))
        let posed = FaceFrame(.zero, Vector3(1.5, 0, 0), Vector3(0.45, 2, 0))
        let stretch = rest.stretch(to: posed)
        #expect(abs(stretch.xx - 1.5) < 1e-6)
        #expect(abs(stretch.xy) < 1e-6)
        #expect(abs(stretch.yy - 2) < 1e-6)

        var one = SmallAvatar.make(gaussians: 1)
        one.gaussians.faces = [0]
        one.gaussians.rotations = [1, 0, 0, 0]
        let player = AvatarPlayer(one)
        player.pose(Pose(boneCount: 3))
        let before = player.cloud.logScales
        player.pose(Pose(boneCount: 3), expression: FaceExpression([.jawOpen: 1]))
        let change = zip(player.cloud.logScales, before).map { $0 - $1 }
        // The first face's first edge runs along the tube: 10 cm became 18.
        #expect(abs(change[0] - log(1.8)) < 0.01)
        #expect(abs(change[2]) < 1e-5)
    }

    @Test(.serialized, arguments: [1, 2, 3])
    func doesNotDependOnThreads(_ count: Int) {
        let avatar = SmallAvatar.make(gaussians: 20_000, seed: 5)
        func drawn(_ threads: Int) -> (GaussianCloud, [Float]) {
            Threads.limit(to: threads)
            defer { Threads.limit(to: 0) }
            let player = AvatarPlayer(avatar)
            let frame = player.render(avatar.portrait)
            return (player.cloud, frame.colour)
        }
        let (one, several) = (drawn(1), drawn(count))
        #expect(one.0 == several.0)
        #expect(one.1 == several.1)
    }

    @Test func aPlayerForgetsTheLastPose() {
        let (used, new) = (AvatarPlayer(avatar), AvatarPlayer(avatar))
        used.pose(bent, expression: FaceExpression([.jawOpen: 1]))
        used.pose(avatar.standingPose)
        new.pose(avatar.standingPose)
        #expect(used.cloud == new.cloud)
        #expect(used.vertices == new.vertices)
    }

    private func expectEqual(
        _ cloud: GaussianCloud, _ i: Int, _ expected: ReferencePlayer.Posed, tolerance: Double
    ) {
        let axes = axes(cloud, i)
        for k in 0..<3 {
            #expect(abs(Double(cloud.means[3 * i + k]) - expected.mean[k]) < tolerance)
            #expect(abs(Double(cloud.logScales[3 * i + k]) - expected.logScales[k]) < 5e-4)
            for row in 0..<3 {
                #expect(abs(Double(axes[row, k]) - expected.axes[k][row]) < 5e-4)
            }
        }
    }

    private func mean(_ cloud: GaussianCloud, _ i: Int) -> Vector3 {
        Vector3(cloud.means[3 * i], cloud.means[3 * i + 1], cloud.means[3 * i + 2])
    }

    private func axes(_ cloud: GaussianCloud, _ i: Int) -> Matrix3 {
        let q = cloud.quaternions
        return Quaternion(w: q[4 * i], x: q[4 * i + 1], y: q[4 * i + 2], z: q[4 * i + 3])
            .normalized.matrix
    }

    private func column(_ matrix: Matrix3, _ k: Int) -> Vector3 {
        Vector3(matrix[0, k], matrix[1, k], matrix[2, k])
    }
}
