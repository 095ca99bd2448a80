import Foundation
import Media

/// A vocabulary of its own for a text encoder that is trained from nothing: byte-pair encoding learned
/// from texts (Sennrich et al., arXiv 1508.07909, algorithm 1), laid out as CLIP's.
public struct BytePairVocabulary: Sendable {
    /// The symbols in the order of their numbers: bytes, bytes that end a word, merges, start, end.
    public let symbols: [String]
    /// Pairs of symbols, the first to be merged first.
    public let merges: [(String, String)]

    /// Where a text begins and ends.
    public static let (start, end) = ("<|startoftext|>", "<|endoftext|>")

    /// Merges the most frequent pairs until every word is one symbol or the vocabulary is full; of
    /// equally frequent pairs the first in order of their characters.
    ///
    /// - Parameters:
    ///   - texts: what prompts will be like; a text counts as often as it is there.
    ///   - limit: the most merges.
    public init(learnedFrom texts: [String], limit: Int = 4096) {
        var counts: [[String]: Int] = [:]
        for text in texts {
            let scalars = CLIPWords.normalised(Array(text.unicodeScalars))
            CLIPWords.forEachWord(in: scalars[...]) { word in
                var bytes: [UInt8] = []
                for scalar in word { bytes.append(contentsOf: UTF8.encode(scalar)!) }
                var parts = bytes.map { String(BytePairMerges.alphabet[Int($0)]) }
                guard !parts.isEmpty else { return }
                parts[parts.count - 1] += BytePairMerges.endOfWord
                counts[parts, default: 0] += 1
            }
        }
        var words = counts.sorted { $0.key.lexicographicallyPrecedes($1.key) }
        var merges: [(String, String)] = []
        while merges.count < limit, let pair = Self.mostFrequentPair(words) {
            merges.append(pair)
            for i in words.indices { Self.merge(pair, in: &words[i].key) }
        }
        self.merges = merges
        let bytes = BytePairMerges.alphabet.map(String.init)
        symbols =
            bytes + bytes.map { $0 + BytePairMerges.endOfWord } + merges.map { $0.0 + $0.1 }
            + [Self.start, Self.end]
    }

    private struct Pair: Hashable {
        let left, right: String
    }

    private static func mostFrequentPair(
        _ words: [(key: [String], value: Int)]
    ) -> (String, String)? {
        var counts: [Pair: Int] = [:]
        for (parts, count) in words {
            for (left, right) in zip(parts, parts.dropFirst()) {
                counts[Pair(left: left, right: right), default: 0] += count
            }
        }
        let best = counts.max {
            ($0.value, $1.key.left, $1.key.right) < ($1.value, $0.key.left, $0.key.right)
        }
        return best.map { ($0.key.left, $0.key.right) }
    }

    private static func merge(_ pair: (String, String), in parts: inout [String]) {
        var i = 0
        while i + 1 < parts.count {
            if parts[i] == pair.0 && parts[i + 1] == pair.1 {
                parts[i] += parts[i + 1]
                parts.remove(at: i + 1)
            }
            i += 1
        }
    }

    /// The number of the end token, which also fills texts up.
    public var endNumber: Int { symbols.count - 1 }

    /// Writes the folder that `BytePairTokenizer` and transformers' `CLIPTokenizer` read.
    ///
    /// - Parameter length: the most tokens that a text may have, start and end included.
    /// - Throws: `MediaError`.
    public func write(to folder: URL, length: Int) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let numbers = Dictionary(
            symbols.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        try write(try encoder.encode(numbers), "vocab.json", folder)
        let lines = ["#version: 0.2"] + merges.map { "\($0.0) \($0.1)" }
        try write(Data((lines.joined(separator: "\n") + "\n").utf8), "merges.txt", folder)
        let names = [
            "bos_token": Self.start, "eos_token": Self.end, "unk_token": Self.end,
            "pad_token": Self.end,
        ]
        try write(try encoder.encode(names), "special_tokens_map.json", folder)
        let settings: [String: JSONValue] = [
            "tokenizer_class": .text("CLIPTokenizer"), "model_max_length": .integer(length),
            "add_prefix_space": .boolean(false), "errors": .text("replace"),
        ].merging(names.mapValues(JSONValue.text)) { $1 }
        try write(
            Data(JSONValue.object(settings).description.utf8), "tokenizer_config.json", folder)
    }

    private func write(_ data: Data, _ name: String, _ folder: URL) throws {
        try AtomicFile.write(
            Array(data), to: folder.appendingPathComponent(name), overwrite: true)
    }
}
