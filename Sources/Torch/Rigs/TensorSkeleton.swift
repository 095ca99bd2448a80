import Rigs
import Spatial

/// The forward kinematics of a skeleton as differentiable functions of tensors, for many poses at
/// once.
///
/// One matrix product a depth of the hierarchy, whatever the number of poses and of bones.
public final class TensorSkeleton {
    /// The number of bones, J.
    public let count: Int

    private let levels: [Level]
    private let order: Tensor
    /// From the world of the reference pose to the root's own axes, in which a posed body is given;
    /// nil where they are the same.
    private let toRoot: Tensor?

    /// The bones of one depth, and which of the depth above are their parents.
    private struct Level {
        let bones: Tensor
        let parents: Tensor
        let slots: Tensor
    }

    public init(_ skeleton: Skeleton) {
        count = skeleton.count
        var depths = [Int](repeating: 0, count: count)
        for bone in 1..<max(1, count) { depths[bone] = depths[skeleton.parents[bone]] + 1 }
        var bones: [[Int]] = []
        var levels: [Level] = []
        for depth in 0...(depths.max() ?? 0) {
            let here = (0..<count).filter { depths[$0] == depth }
            let slots = here.map { bone in
                Int64(bones.last?.firstIndex(of: skeleton.parents[bone]) ?? 0)
            }
            levels.append(
                Level(
                    bones: Tensor(here.map(Int64.init)),
                    parents: Tensor(here.map { Int64(max(0, skeleton.parents[$0])) }),
                    slots: Tensor(slots)))
            bones.append(here)
        }
        self.levels = levels
        var place = [Int64](repeating: 0, count: count)
        for (position, bone) in bones.joined().enumerated() { place[bone] = Int64(position) }
        order = Tensor(place)
        let root = skeleton.referenceOrientations[0]
        // Columns of U are rows of its transpose.
        toRoot =
            root == .identity
            ? nil
            : Tensor(
                [root.columns.x, root.columns.y, root.columns.z].flatMap { [$0.x, $0.y, $0.z] },
                shape: [3, 3])
    }

    /// Poses the bones, as `ShapedRig.poseBones` does.
    ///
    /// - Parameters:
    ///   - rotations: a rotation a bone [B, J, 3, 3], as in `Pose`.
    ///   - rootTranslation: the roots' positions [B, 3], metres.
    ///   - heads: the bones' heads at rest [J, 3], or of each pose [B, J, 3].
    ///   - restToReference: U·Rᵀ of the bones' reference and rest orientations [J, 3, 3]; of each pose
    ///     [B, J, 3, 3].
    public func posed(
        rotations: Tensor, rootTranslation: Tensor, heads: Tensor, restToReference: Tensor
    ) -> PosedBones {
        let batch = rotations.size(0)
        let heads = heads.shape.count == 2 ? heads.unsqueezed(0) : heads
        let frames =
            restToReference.shape.count == 3 ? restToReference.unsqueezed(0) : restToReference
        // G_c = G_p D_c; w_c = w_p + G_p A_p (h_c − h_p), A = U Rᵀ with the identity at the root.
        var turns: [Tensor] = []
        var places: [Tensor] = []
        for (depth, level) in levels.enumerated() {
            let turn = rotations.indexSelect(1, level.bones)
            guard depth > 0 else {
                let place = rootTranslation.reshaped(batch, 1, 3)
                turns.append(toRoot.map { $0.matmul(turn) } ?? turn)
                places.append(toRoot.map { place.turned(by: $0) } ?? place)
                continue
            }
            let above = turns[depth - 1].indexSelect(1, level.slots)
            var lever = heads.indexSelect(1, level.bones) - heads.indexSelect(1, level.parents)
            if depth > 1 { lever = lever.turned(by: frames.indexSelect(1, level.parents)) }
            turns.append(above.matmul(turn))
            places.append(
                places[depth - 1].indexSelect(1, level.slots) + lever.turned(by: above))
        }
        let joints = Tensor.cat(places, 1).indexSelect(1, order)
        let turned = Tensor.cat(turns, 1).indexSelect(1, order)
        let linear = turned.matmul(frames)
        return PosedBones(
            joints: joints, turns: turned, linear: linear,
            translation: joints - heads.turned(by: linear))
    }
}

/// The bones of B poses.
public struct PosedBones {
    /// The bones' heads [B, J, 3], metres.
    public let joints: Tensor
    /// How each bone is turned from the reference pose [B, J, 3, 3].
    public let turns: Tensor
    /// The maps from rest to posed space, x ↦ A·x + b: A [B, J, 3, 3].
    public let linear: Tensor
    /// b [B, J, 3].
    public let translation: Tensor

    /// Linear blend skinning.
    ///
    /// - Parameters:
    ///   - rest: vertices at rest [V, 3], or of each pose [B, V, 3].
    ///   - weights: dense skinning weights [V, J].
    /// - Returns: the posed vertices [B, V, 3].
    public func skinned(_ rest: Tensor, weights: Tensor) -> Tensor {
        let (batch, bones) = (joints.size(0), joints.size(1))
        // One product for all poses: [V, J] by [J, B × 12].
        let transforms = Tensor.cat([linear.reshaped(batch, bones, 9), translation], 2)
            .permuted(1, 0, 2).reshaped(bones, batch * 12)
        let blended = weights.matmul(transforms).reshaped(-1, batch, 12).permuted(1, 0, 2)
        let rest = rest.shape.count == 2 ? rest.unsqueezed(0) : rest
        return rest.turned(by: blended.narrow(2, 0, 9).reshaped(batch, -1, 3, 3))
            + blended.narrow(2, 9, 3)
    }
}
