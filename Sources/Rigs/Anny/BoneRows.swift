import Spatial

/// How blend shapes move a rig's bones: rows whose weighted sums are added to the template's.
public struct BoneRows: Equatable, Sendable {
    /// The offsets of the heads, R×J×3, metres.
    public let heads: [Float]
    /// The offsets of the orientation matrices, R×J×3×3; none where bones point to their tails.
    public let orientations: [Float]
    /// The offsets of the tails, R×J×3, metres; none where matrices give the orientations.
    public let tails: [Float]

    /// The rows of this and of another one after them.
    static func + (a: BoneRows, b: BoneRows) -> BoneRows {
        BoneRows(
            heads: a.heads + b.heads, orientations: a.orientations + b.orientations,
            tails: a.tails + b.tails)
    }

    /// Whether no row moves anything.
    var isZero: Bool {
        [heads, orientations, tails].allSatisfy { $0.allSatisfy { $0 == 0 } }
    }

    /// Adds Σ weight · row to the bones of a body.
    func add(weights: [Float], to rest: inout AnnyRest) {
        func add(
            _ rows: [Float], _ width: Int, _ body: (_ bone: Int, _ sum: ArraySlice<Float>) -> Void
        ) {
            guard !rows.isEmpty else { return }
            let sum = Self.sum(rows, weights)
            for bone in 0..<sum.count / width { body(bone, sum[bone * width..<(bone + 1) * width]) }
        }
        add(heads, 3) { rest.heads[$0] += Vector3($1) }
        add(tails, 3) { rest.tails[$0] += Vector3($1) }
        add(orientations, 9) { bone, m in
            let i = m.startIndex
            rest.orientationMatrices[bone] =
                rest.orientationMatrices[bone]
                + Matrix3(
                    rows: Vector3(m[i], m[i + 1], m[i + 2]), Vector3(m[i + 3], m[i + 4], m[i + 5]),
                    Vector3(m[i + 6], m[i + 7], m[i + 8]))
        }
    }

    /// Σ weightᵢ · rowᵢ of as many rows as there are weights.
    static func sum(_ rows: [Float], _ weights: [Float]) -> [Float] {
        guard !weights.isEmpty else { return [] }
        let width = rows.count / weights.count
        precondition(rows.count == weights.count * width)
        var sum = [Float](repeating: 0, count: width)
        sum.withUnsafeMutableBufferPointer { sum in
            rows.withUnsafeBufferPointer { rows in
                for (row, weight) in weights.enumerated() where weight != 0 {
                    let values = rows.baseAddress! + row * width
                    for i in 0..<width { sum[i] += weight * values[i] }
                }
            }
        }
        return sum
    }
}
