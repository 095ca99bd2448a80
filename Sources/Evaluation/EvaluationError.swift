import Spatial

/// What can be wrong with what is to be evaluated.
public enum EvaluationError: InputError, Equatable {
    /// A network that a metric needs is not there.
    case weights(metric: String, file: String, folder: String, source: String, licence: String)
    /// Pictures do not belong together.
    case mismatch(file: String, found: String, expected: String)
    /// There is nothing to compare.
    case empty(path: String, expected: String)

    public var description: String {
        switch self {
        case .weights(let metric, let file, let folder, let source, let licence):
            "\(metric) needs \(file), which is not in \(folder); fetch it from \(source) "
                + "(\(licence)) and put it there, or name its folder with --weights."
        case .mismatch(let file, let found, let expected):
            "\(file) has \(found) where \(expected) was expected; give pictures of the same frames."
        case .empty(let path, let expected):
            "\(path) has nothing to compare; \(expected) was expected."
        }
    }
}
