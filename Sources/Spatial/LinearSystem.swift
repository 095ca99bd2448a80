/// Solves A X = B by Gaussian elimination with partial pivoting, in double precision.
///
/// Cost O(n³ + n²m); for systems of some hundred unknowns, as those of a warp or of a least-squares
/// fit of few parameters. Larger ones are torch's.
///
/// - Parameters:
///   - a: the matrix [n, n], row-major.
///   - b: the right-hand sides [n, m], row-major.
/// - Returns: X [n, m], row-major; nil where the matrix is singular to working precision or holds
///   what is no number.
public func solveLinearSystem(_ a: [Double], _ b: [Double], unknowns n: Int) -> [Double]? {
    precondition(a.count == n * n && n > 0 && b.count % n == 0)
    let m = b.count / n
    var (a, b) = (a, b)
    let scale = a.reduce(0) { max($0, abs($1)) }
    for column in 0..<n {
        let pivot = (column..<n).max { abs(a[$0 * n + column]) < abs(a[$1 * n + column]) }!
        guard abs(a[pivot * n + column]) > 1e-14 * scale else { return nil }
        if pivot != column {
            for j in column..<n { a.swapAt(pivot * n + j, column * n + j) }
            for j in 0..<m { b.swapAt(pivot * m + j, column * m + j) }
        }
        for row in column + 1..<n {
            let factor = a[row * n + column] / a[column * n + column]
            guard factor != 0 else { continue }
            for j in column..<n { a[row * n + j] -= factor * a[column * n + j] }
            for j in 0..<m { b[row * m + j] -= factor * b[column * m + j] }
        }
    }
    for row in stride(from: n - 1, through: 0, by: -1) {
        for j in 0..<m {
            var sum = b[row * m + j]
            for k in row + 1..<n { sum -= a[row * n + k] * b[k * m + j] }
            b[row * m + j] = sum / a[row * n + row]
        }
    }
    return b
}
