import Spatial

/// What can be wrong with a file of Gaussians or of cameras.
public enum SplatFormatError: InputError, Equatable {
    /// The file cannot be read.
    case unreadable(file: String, reason: String)
    /// The file is not of the format, or is cut short.
    case damaged(file: String, found: String, expected: String)
    /// The file is sound but of a kind that is not handled.
    case unsupported(file: String, found: String, expected: String)

    public var description: String {
        switch self {
        case .unreadable(let file, let reason):
            "\(file) cannot be read (\(reason)); check the path and its permissions."
        case .damaged(let file, let found, let expected):
            "\(file) has \(found) where \(expected) was expected; "
                + "it is damaged or incomplete, so export it again."
        case .unsupported(let file, let found, let expected):
            "\(file) has \(found), which cannot be used here; give \(expected)."
        }
    }
}
