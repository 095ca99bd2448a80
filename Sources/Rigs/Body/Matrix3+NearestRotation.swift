import Spatial

extension Matrix3 {
    /// The rotation R that maximises trace(Rᵀ M): the proper rotation nearest to the matrix (special
    /// orthogonal Procrustes problem).
    ///
    /// Found as the quaternion that is the eigenvector of the greatest eigenvalue of Davenport's
    /// symmetric 4×4 matrix (Horn 1987), by Jacobi's method in double precision. Defined wherever that
    /// eigenvalue is simple; the identity for a zero matrix.
    public var nearestRotation: Matrix3 {
        func at(_ row: Int, _ column: Int) -> Double { Double(self[row, column]) }
        let trace = at(0, 0) + at(1, 1) + at(2, 2)
        let curl = SIMD3(at(2, 1) - at(1, 2), at(0, 2) - at(2, 0), at(1, 0) - at(0, 1))
        var k = [[Double]](repeating: [Double](repeating: 0, count: 4), count: 4)
        k[0][0] = trace
        for i in 0..<3 {
            k[0][i + 1] = curl[i]
            k[i + 1][0] = curl[i]
            for j in 0..<3 { k[i + 1][j + 1] = at(i, j) + at(j, i) - (i == j ? trace : 0) }
        }
        let (values, vectors) = Self.eigensystem(of: &k)
        let best = values.indices.max { values[$0] < values[$1] }!
        let q = vectors.map { $0[best] }
        return Quaternion(w: Float(q[0]), x: Float(q[1]), y: Float(q[2]), z: Float(q[3]))
            .normalized.matrix
    }

    /// The eigenvalues of a symmetric 4×4 matrix, and its eigenvectors as columns, by cyclic Jacobi
    /// rotations.
    private static func eigensystem(
        of a: inout [[Double]]
    ) -> (values: [Double], vectors: [[Double]]) {
        var v = (0..<4).map { i in (0..<4).map { $0 == i ? 1.0 : 0 } }
        for _ in 0..<30 {
            var off = 0.0
            var all = 0.0
            for i in 0..<4 {
                all += a[i][i] * a[i][i]
                for j in 0..<i { off += a[i][j] * a[i][j] }
            }
            if off <= 1e-32 * all || off == 0 { break }
            for p in 0..<3 {
                for q in p + 1..<4 where a[p][q] != 0 {
                    let theta = (a[q][q] - a[p][p]) / (2 * a[p][q])
                    let sign = theta < 0 ? -1.0 : 1
                    let t = sign / (abs(theta) + (theta * theta + 1).squareRoot())
                    let c = 1 / (t * t + 1).squareRoot()
                    let s = t * c
                    for k in 0..<4 {
                        (a[k][p], a[k][q]) = (c * a[k][p] - s * a[k][q], s * a[k][p] + c * a[k][q])
                    }
                    for k in 0..<4 {
                        (a[p][k], a[q][k]) = (c * a[p][k] - s * a[q][k], s * a[p][k] + c * a[q][k])
                    }
                    for k in 0..<4 {
                        (v[k][p], v[k][q]) = (c * v[k][p] - s * v[k][q], s * v[k][p] + c * v[k][q])
                    }
                }
            }
        }
        return ((0..<4).map { a[$0][$0] }, v)
    }
}
