import ArgumentParser
import Foundation
import Spatial
import Yams

/// A YAML file whose keys are option names: `--config FILE` stands for the options in it.
struct ConfigurationFile {
    let path: String
    /// The keys, and what each stands for on the command line.
    let options: [(name: String, arguments: [String])]

    /// Reads a file of one "option-name: value" a line.
    ///
    /// - Throws: `ConfigurationError` if the file cannot be read, is no YAML or holds anything but
    ///   single values.
    init(path: String) throws {
        self.path = path
        options = try Self.mapping(of: Self.text(of: path), path).map { key, value in
            guard let name = key.scalar?.string else {
                throw ConfigurationError(
                    "\(path) has an entry without a name in line \(key.mark?.line ?? 1); write one \"option-name: value\" a line."
                )
            }
            guard let scalar = value.scalar, value.null == nil else {
                let found = value.scalar == nil ? "a list or a mapping" : "nothing"
                throw ConfigurationError(
                    "\(path) has \(found) as the value of \"\(name)\", and one value was expected; write \"\(name): value\"."
                )
            }
            guard !["config", "help", "version"].contains(name) else {
                throw ConfigurationError(
                    "\(path) has the key \"\(name)\", which only the command line takes; remove it."
                )
            }
            switch scalar.style == .plain ? scalar.string : "" {
            case "true": return (name, ["--\(name)"])
            case "false": return (name, [])
            // One word, so that a value may begin with a minus.
            default: return (name, ["--\(name)=\(scalar.string)"])
            }
        }
    }

    private static func text(of path: String) throws -> String {
        let expected = "--config takes a YAML text of one \"option-name: value\" a line"
        let attributes = try? FileManager.default.attributesOfItem(
            atPath: URL(fileURLWithPath: path).resolvingSymlinksInPath().path)
        guard let attributes else {
            throw ConfigurationError("There is no file \(path); \(expected).")
        }
        guard attributes[.type] as? FileAttributeType == .typeRegular,
            let size = attributes[.size] as? Int, size <= sizeLimit,
            let text = try? String(contentsOfFile: path, encoding: .utf8)
        else {
            throw ConfigurationError(
                "\(path) is no readable text of at most \(sizeLimit) bytes; \(expected).")
        }
        return text
    }

    /// More than any set of options takes; it bounds how deep a hostile file can nest.
    private static let sizeLimit = 16_384

    private static func mapping(of text: String, _ path: String) throws -> Node.Mapping {
        let mend = "write one \"option-name: value\" a line"
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw ConfigurationError("\(path) is not YAML (\(reason(error))); \(mend).")
        }
        guard let root, root.null == nil else { return [:] }
        guard let mapping = root.mapping else {
            throw ConfigurationError("\(path) holds no names with values; \(mend).")
        }
        return mapping
    }

    /// What the parser says, on one line.
    private static func reason(_ error: YamlError) -> String {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            "line \(mark.line): \(problem)"
        case .duplicatedKeysInMapping(let duplicates, _):
            "\(duplicates.map { "\"\($0)\"" }.joined(separator: ", ")) is there twice"
        case .reader(let problem, _, _, _): problem
        default: "it cannot be parsed"
        }
    }
}

/// A command line whose `--config FILE` have been replaced by the files' options.
struct ExpandedArguments {
    /// The verb, the files' options, then the rest, which so wins.
    let arguments: [String]
    private let verb: ArraySlice<String>
    private let rest: ArraySlice<String>
    private let files: [ConfigurationFile]

    /// - Throws: `ConfigurationError`.
    init(_ arguments: [String]) throws {
        var rest = arguments
        var files: [ConfigurationFile] = []
        var i = 0
        while i < rest.count, rest[i] != "--" {
            if rest[i] == "--config", i + 1 < rest.count {
                files.append(try ConfigurationFile(path: rest[i + 1]))
                rest.removeSubrange(i...i + 1)
            } else if rest[i].hasPrefix("--config=") {
                files.append(
                    try ConfigurationFile(path: String(rest[i].dropFirst("--config=".count))))
                rest.remove(at: i)
            } else {
                i += 1
            }
        }
        self.files = files
        let words = Self.verbLength(rest)
        verb = rest.prefix(words)
        self.rest = rest.dropFirst(words)
        self.arguments = verb + files.flatMap(\.options).flatMap(\.arguments) + self.rest
    }

    /// How many words name the verb: two for "motion info".
    private static func verbLength(_ words: [String]) -> Int {
        var command: any ParsableCommand.Type = Likeness.self
        var length = 0
        while length < words.count,
            let next = command.configuration.subcommands.first(where: {
                $0._commandName == words[length]
            })
        {
            command = next
            length += 1
        }
        return max(1, length)
    }

    /// The error that names the file and the key whose absence changes what the parser says; nil
    /// where the command line is to blame.
    func blame(_ error: any Error) -> ConfigurationError? {
        guard !files.isEmpty, Likeness.exitCode(for: error) == .validationFailure else {
            return nil
        }
        let message = Likeness.message(for: error)
        if complaint(verb + rest) == message { return nil }
        for (f, file) in files.enumerated() {
            for (o, option) in file.options.enumerated() {
                let others = files.enumerated().flatMap { g, file in
                    file.options.enumerated().filter { f != g || o != $0.offset }
                        .flatMap(\.element.arguments)
                }
                if complaint(verb + others + rest) != message {
                    let line = message.split(separator: "\n").first.map(String.init) ?? ""
                    let reason = line.hasSuffix(".") ? String(line.dropLast()) : line
                    return ConfigurationError(
                        "\(file.path) has an unusable \"\(option.name)\" (\(reason)); \"likeness \(verb.joined(separator: " ")) --help\" lists the options."
                    )
                }
            }
        }
        return nil
    }

    /// What the parser says against some arguments; nil if nothing.
    private func complaint(_ arguments: some Collection<String>) -> String? {
        do {
            _ = try Likeness.parseAsRoot(Array(arguments))
            return nil
        } catch {
            return Likeness.message(for: error)
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
