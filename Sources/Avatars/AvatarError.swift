import Spatial

/// What can be wrong with an avatar's file.
public enum AvatarError: InputError, Equatable {
    /// The file is no avatar, or one of its entries does not fit.
    case invalid(file: String, found: String, expected: String)
    /// The file was written by a later version.
    case newerVersion(file: String, found: Int)

    public var description: String {
        switch self {
        case .invalid(let file, let found, let expected):
            "\(file) is not a usable avatar: found \(found) where \(expected) was expected; "
                + "make it anew with \"likeness create\"."
        case .newerVersion(let file, let found):
            "\(file) has the format version \(found), but this program reads up to "
                + "\(AvatarManifest.currentVersion); update the program."
        }
    }
}
