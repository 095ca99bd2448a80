import Foundation

extension BytePairTokenizer {
    /// Reads a tokenizer's folder: tokenizer.json, or without it vocab.json and merges.txt; and what
    /// tokenizer_config.json, special_tokens_map.json and added_tokens.json say beside them.
    ///
    /// - Throws: `DiffusionError` where a file is missing or damaged, or the tokenizer is of another
    ///   kind.
    public convenience init(folder: URL) throws(DiffusionError) {
        let settings = try TokenizerSettings(folder: folder)
        let vocabulary = try TokenizerVocabulary(folder: folder)
        let (tokens, named) = try settings.addedTokens(vocabulary)
        func id(_ key: String) -> Int { tokens.ids[named[key]!.content]! }
        guard
            let merges = BytePairMerges(
                vocabulary: vocabulary.ids, merges: vocabulary.merges, unknown: id("unk_token"))
        else {
            throw .damaged(
                file: vocabulary.mergesFile, found: "a merge that leads out of the vocabulary",
                expected: "merges of tokens that it has")
        }
        self.init(
            merges: merges,
            added: AddedTokens(tokens.order.map { (tokens.byContent[$0]!, tokens.ids[$0]!) }),
            start: id("bos_token"), end: id("eos_token"), padding: id("pad_token"),
            length: settings.length,
            vocabularyCount: max(vocabulary.count, (tokens.ids.values.max() ?? 0) + 1))
    }
}

/// The vocabulary and its merges as files hold them.
struct TokenizerVocabulary {
    var ids: [String: Int]
    var merges: [(String, String)]
    /// The file of the merges, for error messages.
    let mergesFile: String
    /// Tokens that tokenizer.json adds, by their numbers.
    var added: [(id: Int, token: AddedToken)] = []

    /// One more than the greatest number.
    var count: Int { (ids.values.max() ?? -1) + 1 }

    private static let idLimit = 10_000_000

    init(folder: URL) throws(DiffusionError) {
        let whole = folder.appendingPathComponent("tokenizer.json")
        if FileManager.default.fileExists(atPath: whole.path) {
            try self.init(whole: whole)
        } else {
            try self.init(parts: folder)
        }
        guard ids.values.allSatisfy({ 0..<Self.idLimit ~= $0 }), !ids.isEmpty else {
            throw .damaged(
                file: folder.relativePath, found: "a vocabulary with numbers beyond all bounds",
                expected: "one that counts its tokens")
        }
    }

    /// tokenizer.json, as the `tokenizers` library writes it.
    private struct Document: Decodable {
        struct Model: Decodable {
            let type: String?
            let vocab: [String: Int]
            let merges: [Merge]
            let endOfWord: String?

            enum CodingKeys: String, CodingKey {
                case type, vocab, merges
                case endOfWord = "end_of_word_suffix"
            }
        }

        /// Two tokens, in newer files as a list, in older ones with a space between.
        struct Merge: Decodable {
            let parts: [Substring]

            init(from decoder: any Decoder) throws {
                let value = try decoder.singleValueContainer()
                if let pair = try? value.decode([String].self) {
                    parts = pair.map { Substring($0) }
                } else {
                    parts = try value.decode(String.self)
                        .split(separator: " ", omittingEmptySubsequences: false)
                }
            }
        }

        struct Added: Decodable {
            let id: Int
            let content: String
            let normalized, singleWord: Bool?

            enum CodingKeys: String, CodingKey {
                case id, content, normalized
                case singleWord = "single_word"
            }
        }

        let model: Model
        let added: [Added]?

        enum CodingKeys: String, CodingKey {
            case model
            case added = "added_tokens"
        }
    }

    private init(whole file: URL) throws(DiffusionError) {
        let document: Document = try Self.decode(file, "a tokenizer of byte pairs")
        guard document.model.type ?? "BPE" == "BPE",
            document.model.endOfWord ?? BytePairMerges.endOfWord
                == BytePairMerges.endOfWord
        else {
            throw .architecture(
                file: file.relativePath, found: "a tokenizer of another kind",
                expected: "CLIP's")
        }
        (ids, mergesFile, merges) = (document.model.vocab, file.relativePath, [])
        for merge in document.model.merges {
            merges.append(try Self.pair(merge.parts, file))
        }
        added = (document.added ?? []).map {
            (
                $0.id,
                AddedToken(
                    content: $0.content, isNormalised: $0.normalized ?? false,
                    isSingleWord: $0.singleWord ?? false)
            )
        }
    }

    private init(parts folder: URL) throws(DiffusionError) {
        ids = try Self.decode(
            folder.appendingPathComponent("vocab.json"), "numbers of tokens")
        let file = folder.appendingPathComponent("merges.txt")
        let text = String(decoding: try Self.data(file), as: UTF8.self)
        (mergesFile, merges) = (file.relativePath, [])
        for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#version") {
            merges.append(
                try Self.pair(line.split(separator: " ", omittingEmptySubsequences: false), file))
        }
    }

    private static func pair(
        _ parts: [Substring], _ file: URL
    ) throws(DiffusionError) -> (String, String) {
        guard parts.count == 2 else {
            throw .damaged(
                file: file.relativePath, found: "the merge \"\(parts.joined(separator: " "))\"",
                expected: "two tokens")
        }
        return (String(parts[0]), String(parts[1]))
    }

    private static func decode<Value: Decodable>(
        _ file: URL, _ expected: String
    ) throws(DiffusionError) -> Value {
        let data = try data(file)
        guard let value = try? JSONDecoder().decode(Value.self, from: data) else {
            throw .damaged(
                file: file.relativePath, found: "JSON of another kind, or none", expected: expected)
        }
        return value
    }

    private static func data(_ file: URL) throws(DiffusionError) -> Data {
        guard FileManager.default.fileExists(atPath: file.path) else {
            throw .missing(
                folder: file.deletingLastPathComponent().relativePath,
                item: "tokenizer.json or \(file.lastPathComponent)")
        }
        let size = (try? FileManager.default.attributesOfItem(atPath: file.path)[.size]) as? Int
        guard let size, size <= 64 << 20, let data = try? Data(contentsOf: file) else {
            throw .damaged(
                file: file.relativePath, found: "\(size ?? 0) bytes",
                expected: "a vocabulary of at most 64 MB")
        }
        return data
    }
}
