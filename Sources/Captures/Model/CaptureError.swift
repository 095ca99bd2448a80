import Spatial

/// What can be wrong with a capture as a whole; what is wrong with one of its files is a `MediaError`.
public enum CaptureError: InputError, Equatable {
    /// The path is of no layout that is known.
    ///
    /// - Parameters:
    ///   - found: What it is instead, such as "a folder of a, b and 3 more".
    ///   - inside: A folder in it that is a capture, and its layout.
    case unknown(path: String, found: String, inside: String?)
    /// The path is of a layout, but a part that it cannot be read without is missing or empty.
    case incomplete(path: String, layout: CaptureLayout, missing: String)
    /// A picture is of another shape than its camera says.
    case sizes(file: String, found: String, expected: String)

    public var description: String {
        switch self {
        case .unknown(let path, let found, let inside):
            if let inside {
                "\(path) is \(found), and no capture itself; give one of its folders, such as "
                    + "\(inside)."
            } else {
                "\(path) is \(found), and no capture that is known; looked for were "
                    + CaptureLayout.allCases.map { "\($0.sign) (\($0.rawValue))" }
                    .joined(separator: "; ") + "."
            }
        case .incomplete(let path, let layout, let missing):
            "\(path) is \(layout.title), but \(missing); fetch or export the rest of it."
        case .sizes(let file, let found, let expected):
            "\(file) is of \(found) where the camera says \(expected); "
                + "give the pictures that the cameras were calibrated with."
        }
    }
}
