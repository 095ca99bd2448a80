import Media

/// One of the rigs and meshes that Anny offers, in the words of its own software.
///
/// Written `RIG` or `RIG:TOPOLOGY`, as in `mixamo`, `makehuman-head:head` or
/// `anny-noeyes:notoes_collapse3pc`. A rig is one of `bases` with modifiers after hyphens:
/// - `pruned noeyes notongue nofacialexpression noexpression notoes nohands nobreasts` take bones
///   away (of `anny` and `makehuman`); what they moved moves with their nearest kept ancestor;
/// - `head hand.L hand.R` keep what hangs from the neck or a wrist, below a new bone `root`;
/// - `blender procrustes rootidentity` choose how bones are oriented at rest (`BoneFrames`).
///
/// A topology is `anny`, `makehuman` (unedited, with all helper vertices), `head`, `hand.L`, `hand.R`
/// (with `noeyes`, `notongue` and `full`, which keeps unused vertices), or one of `otherMeshes`.
/// Meshes are always of triangles.
public struct AnnyVariant: Hashable, Sendable {
    /// The rigs that there are.
    public static let bases = ["anny", "makehuman", "cmu_mb", "game_engine", "mixamo", "soma"]
    /// The meshes that are laid over Anny's surface.
    public static let otherMeshes = [
        "soma", "notoes", "notoes_collapse3pc", "notoes_collapse5pc", "notoes_collapse10pc",
    ]
    /// The rig and the mesh that `anny.Anny()` has.
    public static let standard = AnnyVariant(rig: RigChoice(), mesh: MeshChoice(), name: "anny")

    /// How it was written.
    public let name: String
    let rig: RigChoice
    let mesh: MeshChoice

    /// Which bones there are, and how they lie.
    struct RigChoice: Hashable, Sendable {
        enum Orientation { case cached, tails, registered }

        var base = "anny"
        var orientation = Orientation.cached
        var rootIsIdentity = false
        var removed = AnnyBoneGroups.removedFromAnny
        var subtree: String?
    }

    /// Which faces there are.
    struct MeshChoice: Hashable, Sendable {
        enum Part: String { case body, head, leftHand = "hand.L", rightHand = "hand.R" }

        /// One of `otherMeshes`, or nil for faces of the base mesh.
        var other: String?
        var part = Part.body
        var isEdited = true
        var keepsUnused = false
        var hasEyes = true
        var hasTongue = true
    }

    private init(rig: RigChoice, mesh: MeshChoice, name: String) {
        (self.rig, self.mesh, self.name) = (rig, mesh, name)
    }

    /// Reads `RIG` or `RIG:TOPOLOGY`.
    ///
    /// - Throws: `RigError.unknownName` for a word that Anny does not know there.
    public init(_ text: String) throws {
        let halves = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        rig = try Self.rig(String(halves[0]))
        mesh = try Self.mesh(halves.count > 1 ? String(halves[1]) : "anny")
        name = halves.count > 1 && halves[1] == "anny" ? String(halves[0]) : text
    }

    private static func rig(_ text: String) throws -> RigChoice {
        var words = text.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
        let base = words.removeFirst()
        guard bases.contains(base) else {
            throw RigError.unknownName(kind: "rig of Anny", name: base, available: bases)
        }
        let hasBones = base == "anny" || base == "makehuman"
        var rig = RigChoice()
        rig.base = base
        rig.rootIsIdentity = base != "anny" && base != "soma"
        rig.orientation = base == "anny" || base == "soma" ? .cached : .tails
        rig.removed = base == "anny" ? AnnyBoneGroups.removedFromAnny : []
        let groups = hasBones ? AnnyBoneGroups.modifiers : [:]
        let roots = hasBones ? AnnyBoneGroups.subtreeRoots : [:]
        let orientations = base == "soma" ? [] : ["blender", "procrustes", "rootidentity"]
        for word in words {
            if let group = groups[word] {
                rig.removed.formUnion(group)
            } else if let root = roots[word], rig.subtree == nil {
                rig.subtree = root
            } else if orientations.contains(word) {
                switch word {
                case "procrustes": rig.orientation = .registered
                case "blender":
                    rig.orientation = .tails
                    if !words.contains("rootidentity") { rig.rootIsIdentity = false }
                default: rig.rootIsIdentity = true
                }
            } else {
                throw RigError.unknownName(
                    kind: "modifier of Anny's rig \(base)", name: word,
                    available: groups.keys.sorted() + roots.keys.sorted() + orientations)
            }
        }
        return rig
    }

    private static func mesh(_ text: String) throws -> MeshChoice {
        var words = text.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
        let base = words.removeFirst()
        var mesh = MeshChoice()
        var known = ["noeyes", "notongue", "full", "tris"]
        switch base {
        case "anny": break
        case "makehuman": (mesh.isEdited, mesh.keepsUnused) = (false, true)
        case "head": mesh.part = .head
        case "hand.L", "hand.R":
            mesh.part = MeshChoice.Part(rawValue: base)!
            (mesh.hasEyes, mesh.hasTongue) = (false, false)
        default:
            guard otherMeshes.contains(base) else {
                throw RigError.unknownName(
                    kind: "topology of Anny", name: base,
                    available: ["anny", "makehuman", "head", "hand.L", "hand.R"] + otherMeshes)
            }
            mesh.other = base
            known = ["tris"]
        }
        for word in words {
            guard known.contains(word) else {
                throw RigError.unknownName(
                    kind: "modifier of Anny's topology \(base)", name: word, available: known)
            }
            switch word {
            case "noeyes": mesh.hasEyes = false
            case "notongue": mesh.hasTongue = false
            case "full": mesh.keepsUnused = true
            default: break
            }
        }
        return mesh
    }
}
