import Spatial

/// What can be wrong with a diffusion model's folder, or with what it is asked to do.
public enum DiffusionError: InputError, Equatable {
    /// Something that a folder should hold is not there.
    case missing(folder: String, item: String)
    /// A file of the model is not what its format asks for.
    case damaged(file: String, found: String, expected: String)
    /// A model's class or architecture is another one than is needed.
    case architecture(file: String, found: String, expected: String)
    /// A key of a configuration has a value that cannot be honoured.
    case setting(file: String, key: String, found: String, expected: String)
    /// Keys of a configuration that nobody here knows.
    case unknownSettings(file: String, keys: [String])
    /// What is given to a model does not fit it.
    case input(name: String, found: String, expected: String)

    public var description: String {
        switch self {
        case .missing(let folder, let item):
            "\(folder) has no \(item); give the whole folder that diffusers' save_pretrained wrote."
        case .damaged(let file, let found, let expected):
            "\(file) has \(Self.printable(found)) where \(expected) was expected; "
                + "it is damaged or incomplete, so fetch or export it again."
        case .architecture(let file, let found, let expected):
            "\(file) describes \(Self.printable(found)), and \(expected) is needed; "
                + "give another model."
        case .setting(let file, let key, let found, let expected):
            "\(file) sets \(key) to \(Self.printable(found)), and only \(expected) is supported; "
                + "give another model."
        case .unknownSettings(let file, let keys):
            "\(file) sets \(Self.printable(keys.prefix(4).joined(separator: ", ")))"
                + (keys.count > 4 ? " and \(keys.count - 4) more keys" : "")
                + ", of which nothing is known here; give another model, "
                + "or remove what makes no difference."
        case .input(let name, let found, let expected):
            "The \(name) is \(Self.printable(found)), and \(expected) is needed."
        }
    }

    /// Text out of a file, on one line and not longer than a sentence bears.
    private static func printable(_ text: String) -> String {
        var shown = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(200) {
            let category = scalar.properties.generalCategory
            let breaksLine = [.control, .lineSeparator, .paragraphSeparator].contains(category)
            shown.append(breaksLine ? "\u{fffd}" : scalar)
        }
        return String(shown) + (text.unicodeScalars.count > 200 ? "…" : "")
    }
}
