import Spatial

/// The bones of a rig: names, hierarchy and the frames that poses are given in. The same for every
/// person.
public struct Skeleton: Equatable, Sendable {
    /// The bones' names, J of them; the first is the root.
    public let names: [String]
    /// The index of each bone's parent, smaller than the bone's own; −1 for the root.
    public let parents: [Int]
    /// The orientation of each bone in the reference pose: the rotation from the bone's axes to
    /// the world's. A pose of identities puts every bone but the root in this orientation, whatever
    /// the person's rest shape.
    public let referenceOrientations: [Matrix3]

    private let indices: [String: Int]

    /// A skeleton of J bones; parents come before their children.
    public init(names: [String], parents: [Int], referenceOrientations: [Matrix3]) {
        precondition(names.count == parents.count && names.count == referenceOrientations.count)
        precondition(
            parents.enumerated().allSatisfy { $0 == 0 ? $1 == -1 : (0..<$0).contains($1) },
            "the first bone is the root, and parents come before children")
        self.names = names
        self.parents = parents
        self.referenceOrientations = referenceOrientations
        indices = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { a, _ in a })
    }

    /// The number of bones, J.
    public var count: Int { names.count }

    /// The index of a bone, or nil if there is none of that name.
    public func index(of name: String) -> Int? { indices[name] }

    /// The direction from a bone's head towards its tail in the reference pose: the bone's own −z
    /// axis (Anny's y).
    public func referenceDirection(of bone: Int) -> Vector3 {
        -referenceOrientations[bone].columns.z
    }

    /// The bones whose name is given or that hang below one that is.
    public func subtree(of name: String) -> [Int] {
        guard let root = index(of: name) else { return [] }
        var inside = [Bool](repeating: false, count: count)
        for bone in root..<count {
            inside[bone] = bone == root || (parents[bone] >= 0 && inside[parents[bone]])
        }
        return inside.indices.filter { inside[$0] }
    }
}
