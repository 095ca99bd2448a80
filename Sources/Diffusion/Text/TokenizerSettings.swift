import Foundation

/// What stands beside a tokenizer's vocabulary: which tokens mark start and end, and which were added.
struct TokenizerSettings {
    /// How many tokens a text may have, start and end included.
    let length: Int
    private let settings: [String: JSONValue]
    private let specialTokens: [String: JSONValue]
    /// From added_tokens.json, which older versions wrote.
    private let addedTokens: [String: JSONValue]
    private let file: String

    /// CLIP's marks, for folders that do not name theirs.
    private static let standard = [
        "bos_token": "<|startoftext|>", "eos_token": "<|endoftext|>",
        "unk_token": "<|endoftext|>", "pad_token": "<|endoftext|>",
    ]

    /// The named tokens in the order in which transformers adds them: later ones win.
    private static let names = [
        "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
    ]

    init(folder: URL) throws(DiffusionError) {
        func object(_ name: String) throws(DiffusionError) -> [String: JSONValue] {
            let file = folder.appendingPathComponent(name)
            guard FileManager.default.fileExists(atPath: file.path) else { return [:] }
            guard case .object(let values) = try JSONValue(contentsOf: file) else {
                throw .damaged(
                    file: file.relativePath, found: "no JSON object", expected: "settings by name")
            }
            return values
        }
        settings = try object("tokenizer_config.json")
        let isComplete = settings["added_tokens_decoder"] != nil
        specialTokens = isComplete ? [:] : try object("special_tokens_map.json")
        addedTokens = isComplete ? [:] : try object("added_tokens.json")
        file = folder.appendingPathComponent("tokenizer_config.json").relativePath
        length = try Self.length(settings["model_max_length"], file)
        for (key, harmless) in [
            ("padding_side", JSONValue.text("right")), ("truncation_side", .text("right")),
            ("split_special_tokens", .boolean(false)),
        ] {
            if let value = settings[key], value != .null, value != harmless {
                throw .setting(
                    file: file, key: key, found: value.description,
                    expected: harmless.description)
            }
        }
        if case .text(let found)? = settings["tokenizer_class"],
            !["CLIPTokenizer", "CLIPTokenizerFast"].contains(found)
        {
            throw .architecture(file: file, found: "a \(found)", expected: "a CLIPTokenizer")
        }
    }

    /// CLIP's own length where none is given; transformers writes 10³⁰ for that.
    private static func length(_ value: JSONValue?, _ file: String) throws(DiffusionError) -> Int {
        switch value {
        case nil, .null?: return 77
        case .integer(let length)? where 3...100_000 ~= length: return length
        case .number(let length)? where length > 1e9: return 77
        case let other?:
            throw .setting(
                file: file, key: "model_max_length", found: other.description,
                expected: "a length from 3 to 100000")
        }
    }

    /// Tokens added to a vocabulary.
    struct Added {
        /// Their contents, in the order in which they were added.
        var order: [String] = []
        var byContent: [String: AddedToken] = [:]
        var ids: [String: Int] = [:]

        fileprivate mutating func add(_ token: AddedToken, _ vocabulary: TokenizerVocabulary) {
            let content = token.content
            guard !content.isEmpty else { return }
            if ids[content] == nil {
                let next = max(vocabulary.ids.count, (ids.values.max() ?? -1) + 1)
                ids[content] = vocabulary.ids[content] ?? next
                order.append(content)
            }
            byContent[content] = token
        }
    }

    /// All added tokens, and the named ones.
    func addedTokens(
        _ vocabulary: TokenizerVocabulary
    ) throws(DiffusionError) -> (added: Added, named: [String: AddedToken]) {
        var listed: [(id: Int, token: AddedToken)] = []
        if case .object(let entries)? = settings["added_tokens_decoder"] {
            for (key, value) in entries {
                guard let id = Int(key) else { throw damaged("added_tokens_decoder", value) }
                listed.append((id, try token(value, "added_tokens_decoder")))
            }
        } else {
            for (content, value) in addedTokens {
                guard case .integer(let id) = value else { throw damaged(content, value) }
                let isSpecial = Self.names.contains { text(of: $0) == content }
                listed.append((id, AddedToken(content: content, isNormalised: !isSpecial)))
            }
            listed += vocabulary.added
        }
        var added = Added()
        for (_, token) in listed.sorted(by: { $0.id < $1.id }) { added.add(token, vocabulary) }
        let known = added.byContent
        var named: [String: AddedToken] = [:]
        for name in Self.names {
            guard let value = value(of: name) else { continue }
            let stated = try token(value, name)
            let token = known[stated.content] ?? stated
            named[name] = token
            added.add(token, vocabulary)
        }
        for key in ["additional_special_tokens", "extra_special_tokens"] {
            guard case .list(let values)? = specialTokens[key] ?? settings[key] else { continue }
            for value in values {
                let stated = try token(value, key)
                if known[stated.content] == nil { added.add(stated, vocabulary) }
            }
        }
        return (added, named)
    }

    private func value(of name: String) -> JSONValue? {
        let value = specialTokens[name] ?? settings[name]
        if let value, value != .null { return value }
        return Self.standard[name].map(JSONValue.text)
    }

    private func text(of name: String) -> String? {
        switch value(of: name) {
        case .text(let text)?: text
        case .object(let object)?: object["content"].flatMap(\.asText)
        default: nil
        }
    }

    /// A token as its text, or with what is to be minded when it is looked for.
    private func token(_ value: JSONValue, _ key: String) throws(DiffusionError) -> AddedToken {
        if case .text(let content) = value { return AddedToken(content: content) }
        guard case .object(let object) = value, let content = object["content"]?.asText else {
            throw damaged(key, value)
        }
        return AddedToken(
            content: content, isNormalised: object["normalized"] == .boolean(true),
            isSingleWord: object["single_word"] == .boolean(true))
    }

    private func damaged(_ key: String, _ value: JSONValue) -> DiffusionError {
        .damaged(file: file, found: "\(value) for \"\(key)\"", expected: "a token")
    }
}

extension JSONValue {
    fileprivate var asText: String? {
        if case .text(let text) = self { text } else { nil }
    }
}
