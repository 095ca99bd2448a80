import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What the program says to the person at the terminal: results on standard output, the rest on
/// standard error.
enum Console {
    /// Whether standard error is a terminal that can redraw a line.
    static let isInteractive = isatty(STDERR_FILENO) == 1

    static func result(_ text: String) {
        write(text + "\n", to: .standardOutput)
    }

    static func note(_ text: String) {
        write(text + "\n", to: .standardError)
    }

    static func error(_ text: String) {
        // In place of a progress bar that is on the line.
        write((isInteractive ? "\r\u{1B}[K" : "") + "likeness: \(text)\n", to: .standardError)
    }

    static func write(_ text: String, to handle: FileHandle) {
        // A reader that has gone away is not our failure.
        try? handle.write(contentsOf: Data(text.utf8))
    }

    /// Prints `value` as JSON with sorted keys.
    static func json(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        result(String(decoding: try encoder.encode(value), as: UTF8.self))
    }
}
