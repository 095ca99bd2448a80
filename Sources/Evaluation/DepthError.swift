/// How far depth is from what it should be, as papers on depth report it (Eigen et al., arXiv
/// 1406.2283, section 4.2).
public struct DepthError: Equatable, Sendable {
    /// The mean of |d − d*|/d*.
    public let absoluteRelative: Double
    /// The root of the mean of (d − d*)², in metres.
    public let rootMeanSquare: Double

    /// - Parameters:
    ///   - depth: metres.
    ///   - reference: as many, all more than 0.
    ///   - isCounted: which of them count; all, if nil.
    public init(_ depth: [Float], _ reference: [Float], where isCounted: [Bool]? = nil) {
        precondition(
            depth.count == reference.count && isCounted?.count ?? depth.count == depth.count)
        var (relative, squares, count) = (0.0, 0.0, 0)
        for i in depth.indices where isCounted?[i] ?? true {
            let difference = Double(depth[i]) - Double(reference[i])
            relative += abs(difference) / Double(reference[i])
            squares += difference * difference
            count += 1
        }
        absoluteRelative = count > 0 ? relative / Double(count) : .nan
        rootMeanSquare = count > 0 ? (squares / Double(count)).squareRoot() : .nan
    }
}
