import Spatial

/// What can be wrong with a file that `Media` reads or writes, or with the tools it calls.
///
/// `file` is the path as given, or a name that says where bytes in memory came from.
public enum MediaError: InputError, Equatable {
    /// There is no such file.
    case notFound(file: String)
    /// The system refused to open or read the file.
    case unreadable(file: String, reason: String)
    /// The system refused to create or write the file.
    case unwritable(file: String, reason: String)
    /// The target of a write is there already and may not be overwritten.
    case exists(file: String)
    /// The content is not what the format asks for: cut short, or changed, or never of that format.
    case damaged(file: String, found: String, expected: String)
    /// The content is sound, as far as it was looked at, but of a kind that is not handled.
    case unsupported(file: String, found: String, expected: String)
    /// A size in the file passes a limit that keeps memory bounded.
    case tooLarge(file: String, found: String, limit: String)
    /// The file has no entry, tensor or key of that name.
    case missingEntry(file: String, name: String, available: [String])
    /// Data that the set-up script fetches is not there.
    case notInstalled(path: String, searched: [String])
    /// A program that is needed is not installed.
    case toolMissing(tool: String, purpose: String)
    /// A program that was called ended with an error.
    case toolFailed(tool: String, file: String, message: String)

    public var description: String {
        // Names out of a damaged file may hold anything.
        var printable = String.UnicodeScalarView()
        for scalar in sentence.unicodeScalars {
            let category = scalar.properties.generalCategory
            let breaksLine = [.control, .lineSeparator, .paragraphSeparator].contains(category)
            printable.append(breaksLine ? "\u{fffd}" : scalar)
        }
        return String(printable)
    }

    private var sentence: String {
        switch self {
        case .notFound(let file):
            "There is no file \(file); check the path."
        case .unreadable(let file, let reason):
            "\(file) cannot be read (\(Self.shortened(reason, to: 200))); check the path and its permissions."
        case .unwritable(let file, let reason):
            "\(file) cannot be written (\(Self.shortened(reason, to: 200))); choose another place or free some space."
        case .exists(let file):
            "\(file) exists already; pass --overwrite to replace it, or choose another name."
        case .damaged(let file, let found, let expected):
            "\(file) has \(Self.shortened(found, to: 200)) where \(expected) was expected; "
                + "it is damaged or incomplete, so fetch or export it again."
        case .unsupported(let file, let found, let expected):
            "\(file) is \(Self.shortened(found, to: 200)), which cannot be used here; give \(expected)."
        case .tooLarge(let file, let found, let limit):
            "\(file) has \(Self.shortened(found, to: 200)), above the limit of \(limit); make it smaller and try again."
        case .missingEntry(let file, let name, let available):
            "\(file) has no \"\(Self.shortened(name, to: 64))\" (it has \(Self.abbreviated(available))); "
                + "check that it is the right file."
        case .notInstalled(let path, let searched):
            "The data file \(path) was not found in \(Self.abbreviated(searched)); "
                + "run scripts/bootstrap, or set LIKENESS_DATA to the folder that holds it."
        case .toolMissing(let tool, let purpose):
            "The program \(tool), which \(purpose), is not installed; "
                + "install it with \"apt-get install ffmpeg\" or \"brew install ffmpeg\"."
        case .toolFailed(let tool, let file, let message):
            "\(tool) failed on \(file) (\(Self.shortened(message, to: 200))); check the file and the options."
        }
    }

    /// The first few names, so that a message stays one readable sentence.
    private static func abbreviated(_ names: [String]) -> String {
        if names.isEmpty { return "nothing" }
        let shown = names.prefix(5).map { $0.isEmpty ? "\"\"" : shortened($0, to: 64) }
            .joined(separator: ", ")
        return names.count > 5 ? "\(shown) and \(names.count - 5) more" : shown
    }

    /// Text out of a file, not longer than a sentence bears.
    private static func shortened(_ text: String, to limit: Int) -> String {
        text.count <= limit ? text : "\(text.prefix(limit - 1))…"
    }
}
