import Spatial

/// How the bones of one of Anny's rigs are oriented in a body at rest.
public enum BoneFrames: Equatable, Sendable {
    /// By matrices that blend shapes move linearly: the nearest rotation of each. Precomputed
    /// (`cached` in Anny's words), or the registration of the template's vertices about a bone with
    /// the body's (`procrustes`), whose covariance is linear too.
    case matrices
    /// From head to tail, as Blender orients bones (`blender`): the smallest turn of the axis −z
    /// (Anny's y) to that direction, after a roll about that axis.
    case tails(rolls: [Matrix3], rootIsIdentity: Bool)
    /// By matrices, then turned so that the bones' children lie where they are, with the leaves
    /// oriented as their parents: SOMA's skeleton.
    case refined(ChildOffsets)

    /// The name in a compiled rig.
    var name: String {
        switch self {
        case .matrices: "matrices"
        case .tails(_, let rootIsIdentity): rootIsIdentity ? "tails below identity" : "tails"
        case .refined: "refined"
        }
    }

    /// The orientations of a body's bones, J: matrices whose nearest rotations they are.
    ///
    /// - Parameters:
    ///   - matrices: the linear matrices, J; none for tails.
    ///   - heads: the bones' heads, J.
    ///   - tails: the bones' tails, J; none unless the frames are of tails.
    func orientations(matrices: [Matrix3], heads: [Vector3], tails: [Vector3]) -> [Matrix3] {
        switch self {
        case .matrices: return matrices
        case .tails(let rolls, let rootIsIdentity):
            return heads.indices.map { bone in
                bone == 0 && rootIsIdentity
                    ? .identity : Self.aim(tails[bone] - heads[bone]) * rolls[bone]
            }
        case .refined(let children):
            return children.refined(matrices.map(\.nearestRotation), heads: heads)
        }
    }

    /// The rotation by the smallest angle that turns −z to a direction.
    private static func aim(_ direction: Vector3) -> Matrix3 {
        let d = SIMD3<Double>(direction)
        let y = d / (d * d).sum().squareRoot()
        // About the axis (−z) × y, whose length is the sine, with the cosine −y_z.
        let axis = SIMD3(y.y, -y.x, 0)
        let sine = (axis * axis).sum().squareRoot()
        guard sine > 0 else {
            return Matrix3(rows: Vector3(1, 0, 0), Vector3(0, -1, 0), Vector3(0, 0, -1))
        }
        let k = axis / sine
        let (c, s) = (-y.z, sine)
        func row(_ i: Int) -> Vector3 {
            let cross = [SIMD3(0, -k.z, k.y), SIMD3(k.z, 0, -k.x), SIMD3(-k.y, k.x, 0)][i]
            var row = k * (k[i] * (1 - c)) + cross * s
            row[i] += c
            return Vector3(row)
        }
        return Matrix3(rows: row(0), row(1), row(2))
    }
}

/// Where the children of SOMA's bones lie in the pose that its skin is bound in.
public struct ChildOffsets: Equatable, Sendable {
    /// The children of each bone, J.
    let children: [[Int]]
    /// Where their heads lie, in the bone's axes.
    let offsets: [[Vector3]]
    /// The parent of each bone; −1 for the root.
    let parents: [Int]

    /// The orientations that carry the bound offsets as near as can be to the children's heads: the
    /// smallest turn for one child, the best rotation for several. The root keeps its own, and a leaf
    /// takes its parent's.
    func refined(_ rotations: [Matrix3], heads: [Vector3]) -> [Matrix3] {
        var result = rotations
        for bone in rotations.indices.dropFirst() where !children[bone].isEmpty {
            let targets = children[bone].map { heads[$0] - heads[bone] }
            let sources = offsets[bone].map { rotations[bone] * $0 }
            let turn =
                targets.count == 1
                ? Self.arc(from: sources[0], to: targets[0]) : Self.fit(sources, targets)
            result[bone] = turn * rotations[bone]
        }
        let aimed = result
        for bone in rotations.indices.dropFirst() where children[bone].isEmpty {
            result[bone] = aimed[parents[bone]]
        }
        return result
    }

    /// The rotation that fits directions best, steadied by the normal of the first two.
    private static func fit(_ sources: [Vector3], _ targets: [Vector3]) -> Matrix3 {
        func outer(_ a: Vector3, _ b: Vector3) -> Matrix3 {
            Matrix3(rows: b * a.x, b * a.y, b * a.z)
        }
        var sum = zip(targets, sources).reduce(Matrix3(diagonal: .zero)) { $0 + outer($1.0, $1.1) }
        let target = cross(targets[0], targets[1])
        let source = cross(sources[0], sources[1])
        if target.length > 1e-9, source.length > 1e-9 {
            sum =
                sum
                + outer(
                    target * (targets[0].length / target.length),
                    source * (sources[0].length / source.length))
        }
        return sum.nearestRotation
    }

    /// The smallest turn between two directions.
    private static func arc(from source: Vector3, to target: Vector3) -> Matrix3 {
        let (a, b) = (source / max(source.length, 1e-8), target / max(target.length, 1e-8))
        let cosine = min(max(dot(a, b), -1), 1)
        guard cosine > -1 + 1e-6 else {
            // Opposite: half a turn about an axis across.
            let across = abs(a.x) > 0.6 ? Vector3(0, 1, 0) : Vector3(1, 0, 0)
            let axis = cross(a, across).normalized
            return Matrix3(rows: axis * axis.x * 2, axis * axis.y * 2, axis * axis.z * 2)
                + Matrix3.identity * -1
        }
        let v = cross(a, b)
        let skew = Matrix3(
            rows: Vector3(0, -v.z, v.y), Vector3(v.z, 0, -v.x), Vector3(-v.y, v.x, 0))
        return .identity + skew + (skew * skew) * (1 / (1 + cosine))
    }
}
