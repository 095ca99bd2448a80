import Spatial

/// Saved tensors that do not fit what they are loaded into.
public struct CheckpointError: InputError, Equatable {
    /// A tensor whose shape is not what the module has.
    public struct Mismatch: Equatable, Sendable {
        public let name: String
        public let found: [Int]
        public let expected: [Int]
    }

    /// The file, or what stands for it.
    public let source: String
    /// What the module has and the file does not.
    public var missing: [String] = []
    /// What the file has and the module does not.
    public var unexpected: [String] = []
    public var mismatched: [Mismatch] = []

    var isEmpty: Bool { missing.isEmpty && unexpected.isEmpty && mismatched.isEmpty }

    public var description: String {
        var parts: [String] = []
        if !missing.isEmpty { parts.append("\(listed(missing)) missing") }
        if !unexpected.isEmpty { parts.append("\(listed(unexpected)) not expected") }
        if !mismatched.isEmpty {
            let shapes = mismatched.map { "\($0.name) of \($0.found) instead of \($0.expected)" }
            parts.append(listed(shapes))
        }
        return "\(source) holds another model's tensors (\(parts.joined(separator: "; "))); "
            + "give the file that was saved for this model."
    }

    /// The first few, and how many more there are.
    private func listed(_ names: [String]) -> String {
        let shown = names.prefix(4).joined(separator: ", ")
        return names.count > 4 ? "\(shown) and \(names.count - 4) more" : shown
    }
}
