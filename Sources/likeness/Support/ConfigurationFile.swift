import Foundation
import Spatial
import Yams

/// A YAML file whose keys are option names: `--config FILE` stands for the options in it.
enum ConfigurationFile {
    /// Replaces `--config FILE` by the file's options, placed right after the verb so that options
    /// given on the command line win.
    ///
    /// - Throws: `ConfigurationError` if the file cannot be read or holds anything but scalars.
    static func expand(_ arguments: [String]) throws -> [String] {
        var rest = arguments
        var file: String?
        if let i = rest.firstIndex(of: "--config"), i + 1 < rest.count {
            file = rest[i + 1]
            rest.removeSubrange(i...i + 1)
        } else if let i = rest.firstIndex(where: { $0.hasPrefix("--config=") }) {
            file = String(rest[i].dropFirst("--config=".count))
            rest.remove(at: i)
        }
        guard let file else { return arguments }
        let options = try options(in: file)
        let verb = rest.prefix(1)
        return verb + options + rest.dropFirst()
    }

    private static func options(in path: String) throws -> [String] {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw ConfigurationError(
                "\(path) cannot be read as text: --config takes a YAML file of option names and values."
            )
        }
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            throw ConfigurationError(
                "\(path) is not YAML (\(error)): write one \"option-name: value\" a line.")
        }
        guard let root else { return [] }
        guard let mapping = root.mapping else {
            throw ConfigurationError(
                "\(path) holds no mapping: write one \"option-name: value\" a line.")
        }
        return try mapping.flatMap { key, value -> [String] in
            guard let name = key.string, let text = value.scalar?.string else {
                throw ConfigurationError(
                    "\(path) has an entry that is not \"option-name: value\" (line \(key.mark?.line ?? 0)): expected one value, found a list or a mapping."
                )
            }
            switch value.bool {
            case true?: return ["--\(name)"]
            case false?: return []
            case nil: return ["--\(name)", text]
            }
        }
    }
}

/// What is wrong with a configuration file.
struct ConfigurationError: InputError {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
