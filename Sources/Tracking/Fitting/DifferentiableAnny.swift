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
    private let levels: [Level]
    private let bonesByDepth: Tensor

    /// Blend shapes as matrices [R, 3S], [R, 3J], [R, 9J].
    private struct BasisRows {
        let vertices: Tensor
        let heads: Tensor
        let orientations: Tensor
    }

    /// The bones of one depth: which, and where their parents are among those of the depth before.
    private struct Level {
        let bones: [Int]
        let parents: Tensor
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

        var depths = [Int](repeating: 0, count: bones)
        for bone in 1..<bones { depths[bone] = depths[anny.skeleton.parents[bone]] + 1 }
        var levels: [Level] = []
        for depth in 0...(depths.max() ?? 0) {
            let here = (0..<bones).filter { depths[$0] == depth }
            let above = levels.last?.bones ?? []
            let parents = here.map { bone in
                Int64(above.firstIndex(of: anny.skeleton.parents[bone]) ?? 0)
            }
            levels.append(Level(bones: here, parents: Tensor(parents)))
        }
        self.levels = levels
        var place = [Int64](repeating: 0, count: bones)
        for (position, bone) in levels.flatMap(\.bones).enumerated() {
            place[bone] = Int64(position)
        }
        bonesByDepth = Tensor(place)
    }

    /// The posed vertices [S, 3] and the posed bones' heads [J, 3], world space, metres.
    func callAsFunction(_ p: Parameters) -> (vertices: Tensor, joints: Tensor) {
        let bones = anny.skeleton.count
        let shape = coefficients(p.phenotypes)
        let changes = Tensor.stack([p.localChanges.relu(), (-p.localChanges).relu()], 1).flattened()
        let rest =
            (template + shape.matmul(phenotypeRows.vertices) + changes.matmul(changeRows.vertices)
            + p.expression.matmul(expressionRows)).reshaped(-1, 3)
        let restHeads =
            (heads + shape.matmul(phenotypeRows.heads) + changes.matmul(changeRows.heads))
            .reshaped(bones, 3)
        let restToReference = noGrad { () -> Tensor in
            let matrices =
                (orientations + shape.matmul(phenotypeRows.orientations)
                + changes.matmul(changeRows.orientations)).reshaped(bones, 3, 3)
            return references.matmul(Self.nearestRotations(matrices).transposed())
        }

        // G_c = G_p D_c; w_c = w_p + G_p A_p (h_c − h_p), A = U Rᵀ with the identity at the root.
        var turns: [Tensor] = []
        var places: [Tensor] = []
        for (depth, level) in levels.enumerated() {
            let index = Tensor(level.bones.map(Int64.init))
            let turn = p.rotations.indexSelect(0, index)
            guard depth > 0 else {
                turns.append(turn)
                places.append(p.rootTranslation.reshaped(1, 3))
                continue
            }
            let parents = Tensor(level.bones.map { Int64(anny.skeleton.parents[$0]) })
            let above = turns[depth - 1].indexSelect(0, level.parents)
            var lever = restHeads.indexSelect(0, index) - restHeads.indexSelect(0, parents)
            if depth > 1 {
                lever = restToReference.indexSelect(0, parents).matmul(lever.unsqueezed(2))
                    .squeezed(2)
            }
            turns.append(above.matmul(turn))
            places.append(
                places[depth - 1].indexSelect(0, level.parents)
                    + above.matmul(lever.unsqueezed(2)).squeezed(2))
        }
        let joints = Tensor.cat(places).indexSelect(0, bonesByDepth)
        let linear = Tensor.cat(turns).indexSelect(0, bonesByDepth).matmul(restToReference)
        let translation = joints - linear.matmul(restHeads.unsqueezed(2)).squeezed(2)

        let blended = skinWeights.matmul(
            Tensor.cat([linear.reshaped(bones, 9), translation], 1))
        let posed =
            blended.narrow(1, 0, 9).reshaped(-1, 3, 3).matmul(rest.unsqueezed(2)).squeezed(2)
            + blended.narrow(1, 9, 3)
        return (posed, joints)
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

/// Rotation matrices [N, 3, 3] of axis-angle vectors [N, 3] (Rodrigues), differentiable, at zero too.
func rotationMatrices(_ axisAngles: Tensor) -> Tensor {
    let count = axisAngles.size(0)
    let angle = (axisAngles.squared().sum(1, keepDim: true) + 1e-12).sqrt()
    let axis = axisAngles / angle
    let (x, y, z) = (axis.select(1, 0), axis.select(1, 1), axis.select(1, 2))
    let zero = Tensor.zeros([count])
    let skew = Tensor.stack([zero, -z, y, z, zero, -x, -y, x, zero], 1).reshaped(count, 3, 3)
    let a = angle.unsqueezed(2)
    return Tensor.eye(3) + a.sin() * skew + (1 - a.cos()) * skew.matmul(skew)
}
