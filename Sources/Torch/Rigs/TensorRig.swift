import Rigs
import Spatial

/// A shaped rig as tensors: the same function as `ShapedRig.pose`, differentiable, for many poses at
/// once.
///
/// Cost for B poses of V vertices, J bones and R face units: O(B·V·(J + R)), with pose correctives
/// O(B·V·J·9) more; memory O(B·V).
public final class TensorRig {
    /// The rig it was made of.
    public let rig: ShapedRig

    /// The rest shape [V, 3], metres; a gradient may be asked for.
    public var vertices: Tensor
    /// The bones' heads at rest [J, 3], metres.
    public var heads: Tensor

    private let skeleton: TensorSkeleton
    private let restToReference: Tensor
    /// Dense skinning weights [V, J].
    private let weights: Tensor
    /// The face units [52, 3V]; the pose correctives [9·(J − 1), 3V].
    private let faceUnits: Tensor
    private let correctives: Tensor?
    /// What the units turn [52, 3J], and which bones they are.
    private let unitTurns: Tensor?

    public init(_ rig: ShapedRig) {
        self.rig = rig
        let (bones, count) = (rig.skeleton.count, rig.vertices.count)
        skeleton = TensorSkeleton(rig.skeleton)
        vertices = Tensor(rig.vertices.flatMap { [$0.x, $0.y, $0.z] }, shape: [count, 3])
        heads = Tensor(rig.boneHeads.flatMap { [$0.x, $0.y, $0.z] }, shape: [bones, 3])
        let frames = zip(rig.skeleton.referenceOrientations, rig.boneOrientations).map {
            $0 * $1.transposed
        }
        restToReference = Tensor(
            frames.flatMap { m in (0..<3).flatMap { row in (0..<3).map { m[row, $0] } } },
            shape: [bones, 3, 3])

        var dense = [Float](repeating: 0, count: count * bones)
        for vertex in 0..<count {
            for slot in vertex * rig.skin.slots..<(vertex + 1) * rig.skin.slots {
                dense[vertex * bones + Int(rig.skin.bones[slot])] += rig.skin.weights[slot]
            }
        }
        weights = Tensor(dense, shape: [count, bones])

        var units = [Float](repeating: 0, count: FaceUnit.count * 3 * count)
        for row in 0..<FaceUnit.count {
            for entry in rig.faceUnits.starts[row]..<rig.faceUnits.starts[row + 1] {
                let first = 3 * (row * count + Int(rig.faceUnits.vertices[entry]))
                for k in 0..<3 { units[first + k] += rig.faceUnits.offsets[entry][k] }
            }
        }
        faceUnits = Tensor(units, shape: [FaceUnit.count, 3 * count])
        correctives = rig.poseCorrectives.map {
            Tensor($0.directions, shape: [9 * (bones - 1), 3 * count])
        }
        if rig.unitTurns.isEmpty {
            unitTurns = nil
        } else {
            var turns = [Float](repeating: 0, count: FaceUnit.count * 3 * bones)
            for turn in rig.unitTurns {
                let first = 3 * (turn.unit.rawValue * bones + turn.bone)
                for k in 0..<3 { turns[first + k] += turn.axisAngle[k] }
            }
            unitTurns = Tensor(turns, shape: [FaceUnit.count, 3 * bones])
        }
    }

    /// The posed vertices [B, V, 3] and the posed bones' heads [B, J, 3], world space, metres.
    ///
    /// - Parameters:
    ///   - rotations: a rotation a bone [B, J, 3, 3], as in `Pose`; see `Tensor.rotationMatrices`.
    ///   - rootTranslation: the roots' positions [B, 3], metres.
    ///   - expression: face units [B, 52]; neutral if left out.
    public func callAsFunction(
        rotations: Tensor, rootTranslation: Tensor, expression: Tensor? = nil
    ) -> (vertices: Tensor, joints: Tensor) {
        let (batch, bones, count) = (rotations.size(0), rig.skeleton.count, rig.vertices.count)
        precondition(rotations.shape == [batch, bones, 3, 3], "a rotation a bone")
        var rotations = rotations
        var rest = vertices.flattened().unsqueezed(0)
        if let expression {
            precondition(expression.shape == [batch, FaceUnit.count], "52 face units")
            rest = rest + expression.matmul(faceUnits)
            if let unitTurns {
                let turns = expression.matmul(unitTurns).reshaped(batch, bones, 3)
                rotations = rotations.matmul(turns.rotationMatrices())
            }
        }
        if let correctives {
            let features = (rotations.narrow(1, 1, bones - 1) - Tensor.eye(3)).reshaped(batch, -1)
            rest = rest + features.matmul(correctives)
        }
        let posed = skeleton.posed(
            rotations: rotations, rootTranslation: rootTranslation, heads: heads,
            restToReference: restToReference)
        return (
            posed.skinned(rest.reshaped(-1, count, 3), weights: weights), posed.joints
        )
    }
}
