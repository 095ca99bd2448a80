import Spatial

/// What can be wrong with the data of a rig, or with the names a user gives to its parameters.
public enum RigError: InputError, Equatable {
    /// A file of the rig's data does not hold what it should.
    case damaged(file: String, found: String, expected: String)
    /// A compiled rig was written by another version of the compiler.
    case outdated(file: String, found: String, expected: String)
    /// There is no parameter, bone, expression or motion of that name.
    case unknownName(kind: String, name: String, available: [String])
    /// A body model's file does not hold what its format asks for.
    case model(file: String, found: String, expected: String)
    /// A file of a rig's parameters is none.
    case parameters(file: String, found: String, expected: String)
    /// A rig has no map from ARKit's face units to its own expressions.
    case expression(rig: String, name: String, canBeFitted: Bool)
    /// A model's map of face units is not one, or one of another model.
    case expressionMap(file: String, found: String, expected: String)
    /// A map of face units cannot be fitted to a model.
    case unfittable(file: String, found: String, expected: String)
    /// A motion's file is not what its format asks for, or of no format that is read.
    case motion(file: String, found: String, expected: String)
    /// A motion cannot be written in a format that has no place for what it holds.
    case unwritable(motion: String, format: String, reason: String)
    /// A motion cannot be brought to a skeleton, because joints are missing.
    case skeleton(name: String, found: String, expected: String)

    public var description: String {
        switch self {
        case .damaged(let file, let found, let expected):
            "\(file) has \(found) where \(expected) was expected; "
                + "it is damaged or incomplete, so delete it and run scripts/bootstrap."
        case .outdated(let file, let found, let expected):
            "\(file) is a compiled rig of version \(found), and version \(expected) is needed; "
                + "delete it, and it is made again."
        case .unknownName(let kind, let name, let available):
            "There is no \(kind) named \"\(name)\"; choose one of "
                + Self.nearest(to: name, in: available).joined(separator: ", ")
                + (available.count > 8 ? " or one of the \(available.count - 8) others." : ".")
        case .model(let file, let found, let expected):
            "\(file) has \(Self.printable(found)) where \(expected) was expected; "
                + "fetch the model again from those who publish it."
        case .parameters(let file, let found, let expected):
            "\(file) has \(Self.printable(found)) where \(expected) was expected; "
                + "likeness rig mesh --help shows what may stand in it."
        case .expression(let rig, let name, let canBeFitted):
            canBeFitted
                ? "There is no map yet from ARKit's face units, as \"\(Self.printable(name))\", to this "
                    + "\(rig) model; make it once with likeness rig fit-expressions MODEL, or give "
                    + "the model's own coefficients as a list."
                : "\(rig) has no face unit \"\(Self.printable(name))\", because its face does not move; "
                    + "use SMPL-X, FLAME, ICT-FaceKit or Anny."
        case .expressionMap(let file, let found, let expected):
            "\(file) has \(Self.printable(found)) where \(expected) was expected; "
                + "make it anew with likeness rig fit-expressions MODEL --overwrite."
        case .unfittable(let file, let found, let expected):
            "\(file) has \(found), and a map of ARKit's face units is fitted to \(expected); use a model "
                + "of FLAME or SMPL-X with its landmarks beside it."
        case .motion(let file, let found, let expected):
            "\(file) has \(Self.printable(found)) where \(expected) was expected; "
                + "export or fetch the motion again."
        case .unwritable(let motion, let format, let reason):
            "The motion \(Self.printable(motion)) cannot be written as \(format), because \(reason); "
                + "write it as .motion, which holds everything."
        case .skeleton(let name, let found, let expected):
            "The motion \(name) has \(Self.printable(found)), and \(expected) was expected; "
                + "rename the joints as Mixamo, CMU or SMPL-X name them."
        }
    }

    /// Text out of a file, on one line and not longer than a sentence bears.
    private static func printable(_ text: String) -> String {
        let shown = String(
            String.UnicodeScalarView(
                text.unicodeScalars.map {
                    $0.properties.generalCategory == .control ? "\u{fffd}" : $0
                }))
        return shown.count <= 200 ? shown : "\(shown.prefix(199))…"
    }

    /// The eight names that share most with `name`, or all if there are no more.
    private static func nearest(to name: String, in names: [String]) -> [String] {
        guard names.count > 8 else { return names }
        let letters = pairs(name)
        let ranked = names.enumerated().map { (pairs($1).intersection(letters).count, $0) }
        return ranked.sorted { ($0.0, $1.1) > ($1.0, $0.1) }.prefix(8).map { names[$0.1] }
    }

    private static func pairs(_ name: String) -> Set<String> {
        let letters = Array(name.lowercased())
        return Set(zip(letters, letters.dropFirst()).map { "\($0)\($1)" })
    }
}
