import Rigs
import Spatial
import Torch

/// Anny as tensors: some vertices and all bones as differentiable functions of shape, pose and
/// expression.
///
/// The same function as `Anny` followed by `ShapedRig.pose`, for phenotypes at equal shares of the
/// three origins and cup size and firmness of 0.5. The bones' rest orientations follow the shape but
/// pass no gradient to it: they change little, and their derivative is singular for bones of one
/// axis. Cost for S vertices and R blend shapes: O(R·S) a call.
final class DifferentiableAnny {
    let anny: Anny
    /// The vertices that are evaluated, S of them.
    let vertices: [Int]

    private let template: Tensor
    private let heads: Tensor
    private let orientations: Tensor
    private let phenotypeRows: BasisRows
    private let changeRows: BasisRows
    private let expressionRows: Tensor
    private let skinWeights: Tensor
    private let factors: Tensor
    private let references: Tensor
    private let skeleton: TensorSkeleton

    /// Blend shapes as matrices [R, 3S], [R, 3J], [R, 9J].
    private struct BasisRows {
        let vertices: Tensor
        let heads: Tensor
        let orientations: Tensor
    }

    /// What a body does and looks like, as tensors that gradients may flow to.
    struct Parameters {
        /// The six phenotypes of `Phenotype.standard` [6].
        var phenotypes: Tensor
        /// The local changes [L].
        var localChanges: Tensor
        /// The face units [52].
        var expression: Tensor
        /// A rotation a bone [J, 3, 3], as in `Pose`.
        var rotations: Tensor
        /// The root's position [3], metres.
        var rootTranslation: Tensor
    }

    /// - Parameter vertices: the vertices to evaluate, ascending.
    init(_ anny: Anny, vertices: [Int]) {
        self.anny = anny
        self.vertices = vertices
        let bones = anny.skeleton.count
        let slot = Dictionary(uniqueKeysWithValues: vertices.enumerated().map { ($1, $0) })
        let width = 3 * vertices.count

        func picked(_ points: [Vector3]) -> [Float] {
            vertices.flatMap { [points[$0].x, points[$0].y, points[$0].z] }
        }
        func dense(_ offsets: SparseOffsets) -> Tensor {
            var values = [Float](repeating: 0, count: offsets.count * width)
            for row in 0..<offsets.count {
                for entry in offsets.starts[row]..<offsets.starts[row + 1] {
                    guard let column = slot[Int(offsets.vertices[entry])] else { continue }
                    for k in 0..<3 {
                        values[row * width + 3 * column + k] = offsets.offsets[entry][k]
                    }
                }
            }
            return Tensor(values, shape: [offsets.count, width])
        }

        let basis = anny.phenotypes.folded()
        let rows = basis.count
        let columns = vertices.flatMap { [Int64(3 * $0), Int64(3 * $0 + 1), Int64(3 * $0 + 2)] }
        phenotypeRows = BasisRows(
            vertices: Tensor(basis.vertices, shape: [rows, 3 * anny.vertexCount])
                .indexSelect(1, Tensor(columns)),
            heads: Tensor(basis.bones.heads, shape: [rows, 3 * bones]),
            orientations: Tensor(basis.bones.orientations, shape: [rows, 9 * bones]))
        let changes = anny.localChanges
        changeRows = BasisRows(
            vertices: dense(changes.vertices),
            heads: Tensor(changes.bones.heads, shape: [2 * changes.names.count, 3 * bones]),
            orientations: Tensor(
                changes.bones.orientations, shape: [2 * changes.names.count, 9 * bones]))
        expressionRows = dense(anny.faceUnits)
        template = Tensor(picked(anny.template.vertices))
        heads = Tensor(anny.template.heads.flatMap { [$0.x, $0.y, $0.z] })
        orientations = Tensor(Self.rowMajor(anny.template.orientationMatrices))
        references = Tensor(
            Self.rowMajor(anny.skeleton.referenceOrientations), shape: [bones, 3, 3])

        var weights = [Float](repeating: 0, count: vertices.count * bones)
        for (row, vertex) in vertices.enumerated() {
            for slot in vertex * anny.skin.slots..<(vertex + 1) * anny.skin.slots {
                weights[row * bones + Int(anny.skin.bones[slot])] += anny.skin.weights[slot]
            }
        }
        skinWeights = Tensor(weights, shape: [vertices.count, bones])

        // Rows are products of up to as many weights; shorter ones are padded with a weight of 1.
        let longest = basis.factors.map(\.count).max() ?? 0
        let one = PhenotypeWeights.variations.count
        factors = Tensor(
            basis.factors.flatMap { factors in
                (0..<longest).map { Int64($0 < factors.count ? factors[$0] : one) }
            }, shape: [rows, longest])

        skeleton = TensorSkeleton(anny.skeleton)
    }

    /// A body of one shape at rest, ready to be posed many times.
    struct Rest {
        /// The vertices [3S].
        let vertices: Tensor
        /// The bones' heads [J, 3].
        let heads: Tensor
        /// What turns each bone from its rest to its reference orientation [J, 3, 3].
        let toReference: Tensor
    }

    /// The posed vertices [S, 3] and the posed bones' heads [J, 3], world space, metres.
    func callAsFunction(_ p: Parameters) -> (vertices: Tensor, joints: Tensor) {
        let (vertices, joints, _) = pose(
            rest(phenotypes: p.phenotypes, localChanges: p.localChanges),
            expression: p.expression.unsqueezed(0), rotations: p.rotations.unsqueezed(0),
            translation: p.rootTranslation.unsqueezed(0))
        return (vertices.squeezed(0), joints.squeezed(0))
    }

    /// The body at rest of six phenotypes and the local changes [L].
    func rest(phenotypes: Tensor, localChanges: Tensor) -> Rest {
        let bones = anny.skeleton.count
        let shape = coefficients(phenotypes)
        let changes = Tensor.stack([localChanges.relu(), (-localChanges).relu()], 1).flattened()
        let toReference = noGrad { () -> Tensor in
            let matrices =
                (orientations + shape.matmul(phenotypeRows.orientations)
                + changes.matmul(changeRows.orientations)).reshaped(bones, 3, 3)
            return references.matmul(Self.nearestRotations(matrices).transposed())
        }
        return Rest(
            vertices: template + shape.matmul(phenotypeRows.vertices)
                + changes.matmul(changeRows.vertices),
            heads: (heads + shape.matmul(phenotypeRows.heads) + changes.matmul(changeRows.heads))
                .reshaped(bones, 3), toReference: toReference)
    }

    /// The posed vertices [T, S, 3], the posed bones' heads [T, J, 3], and how each bone is turned from
    /// the reference pose [T, J, 3, 3], of T frames.
    ///
    /// - Parameters:
    ///   - expression: The face units [T, 52].
    ///   - rotations: A rotation a bone [T, J, 3, 3].
    ///   - translation: The root's position [T, 3], metres.
    func pose(_ rest: Rest, expression: Tensor, rotations: Tensor, translation: Tensor) -> (
        vertices: Tensor, joints: Tensor, turns: Tensor
    ) {
        let posed = skeleton.posed(
            rotations: rotations, rootTranslation: translation, heads: rest.heads,
            restToReference: rest.toReference)
        let expressed = (rest.vertices + expression.matmul(expressionRows))
            .reshaped(rotations.size(0), -1, 3)
        return (posed.skinned(expressed, weights: skinWeights), posed.joints, posed.turns)
    }

    /// The coefficients of the phenotype rows [R]: products of piecewise linear weights.
    private func coefficients(_ phenotypes: Tensor) -> Tensor {
        var weights: [Tensor] = []
        for phenotype in Phenotype.allCases where !phenotype.anchors.isEmpty {
            let anchors = phenotype.anchors
            let step = anchors[1] - anchors[0]
            let value: Tensor
            if let i = Phenotype.standard.firstIndex(of: phenotype) {
                value = phenotypes.select(0, i).clamped(
                    min: Double(anchors.first!), max: Double(anchors.last!))
            } else {
                value = Tensor(Float(0.5))
            }
            weights.append((1 - ((value - Tensor(anchors)) / step).abs()).relu())
        }
        weights.append(Tensor([1.0 / 3, 1.0 / 3, 1.0 / 3, 1] as [Float]))
        return Tensor.cat(weights).indexSelect(0, factors.flattened()).reshaped(factors.shape)
            .product(1)
    }

    /// The rotations [J, 3, 3] nearest to matrices [J, 3, 3].
    private static func nearestRotations(_ matrices: Tensor) -> Tensor {
        let (u, _, v) = matrices.svd()
        let sign = u.matmul(v).determinant().sign()
        let ones = Tensor.ones([matrices.size(0)])
        let flip = Tensor.stack([ones, ones, sign], 1).diagonalMatrix()
        return u.matmul(flip).matmul(v)
    }

    private static func rowMajor(_ matrices: [Matrix3]) -> [Float] {
        matrices.flatMap { m in (0..<3).flatMap { row in (0..<3).map { m[row, $0] } } }
    }
}
