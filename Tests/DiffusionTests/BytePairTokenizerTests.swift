import Foundation
import Media
import Testing

@testable import Diffusion

/// Against transformers' `CLIPTokenizer` (scripts/fixtures/diffusion_tokenizer.py).
@Suite struct BytePairTokenizerTests {
    private static let arrays = try! NPZFile(contentsOf: fixture("tokenizer", "npz"))

    private static func integers(_ name: String) throws -> [Int] {
        try #require(arrays.tensor(name).values(of: UInt16.self)).map(Int.init)
    }

    private static func bytes(_ name: String) throws -> [UInt8] {
        try #require(arrays.tensor(name).values(of: UInt8.self))
    }

    /// The parts of a list whose counts are given.
    private static func parts<Element>(_ list: [Element], _ counts: [Int]) -> [ArraySlice<Element>]
    {
        var start = 0
        return counts.map { count in
            defer { start += count }
            return list[start..<start + count]
        }
    }

    static let strings: [String] = try! parts(bytes("text"), integers("text.lengths"))
        .map { String(decoding: $0, as: UTF8.self) }

    /// The main folder of the fixtures.
    private static var folder: URL {
        fixture("vocab", "json", in: "tokenizer").deletingLastPathComponent()
    }

    private func expectAgreement(
        _ tokenizer: BytePairTokenizer, _ prefix: String, padded: String
    ) throws {
        let expected = Self.parts(
            try Self.integers(prefix), try Self.integers("\(prefix).lengths"))
        var differences: [String] = []
        for (text, ids) in zip(Self.strings, expected) {
            let found = tokenizer.tokens(of: text)
            if found != Array(ids) {
                differences.append("\(text.debugDescription): \(found) instead of \(ids)")
            }
        }
        #expect(expected.count >= 600)
        #expect(differences.isEmpty, "\(differences.count), as \(differences.prefix(5))")
        #expect(tokenizer.prompt(Self.strings[8]).ids == (try Self.integers(padded)))
    }

    @Test func agreesOnTenThousandStrings() throws {
        #expect(Self.strings.count == 10_000)
        let tokenizer = try BytePairTokenizer(folder: Self.folder)
        try expectAgreement(tokenizer, "ids", padded: "padded")
        // Once more, with the words that it now knows.
        try expectAgreement(tokenizer, "ids", padded: "padded")
        #expect(tokenizer.length == 77)
        #expect(tokenizer.vocabularyCount == tokenizer.end + 1)
        #expect(tokenizer.start == tokenizer.end - 1 && tokenizer.padding == tokenizer.end)
    }

    @Test(arguments: ["bare", "exclamation", "listed", "older", "gaps", "saved", "alone"])
    func agreesWhateverTheFolderHolds(name: String) throws {
        let lists = try JSONDecoder().decode(
            [String: [String]].self, from: Data(contentsOf: fixture("tokenizer-folders", "json")))
        let folder = try TemporaryFolder()
        for file in try #require(lists[name]) {
            let entry = "folder.\(name).\(file)"
            let text =
                Self.arrays.contains(entry)
                ? try Self.bytes(entry)
                : try Array(Data(contentsOf: Self.folder.appendingPathComponent(file)))
            try folder.write(String(decoding: text, as: UTF8.self), file)
        }
        let tokenizer = try BytePairTokenizer(folder: folder.url)
        try expectAgreement(tokenizer, "\(name).ids", padded: "\(name).padded")
        #expect(tokenizer.padding == (name == "exclamation" ? 0 : tokenizer.end))
    }

    @Test func textsThatAreTooLongAreCut() throws {
        let tokenizer = try BytePairTokenizer(folder: Self.folder)
        let text = String(repeating: "horse ", count: 10_000)
        let tokens = tokenizer.tokens(of: text)
        let prompt = tokenizer.prompt(text)
        #expect(prompt.ids.count == 77 && prompt.count == 77)
        #expect(prompt.ids.first == tokenizer.start && prompt.ids.last == tokenizer.end)
        #expect(Array(prompt.ids[1..<76]) == Array(tokens.prefix(75)))
        #expect(prompt.dropped == tokens.count - 75)
        let empty = tokenizer.prompt("")
        #expect(empty.count == 2 && empty.dropped == 0)
        #expect(empty.ids == [tokenizer.start] + Array(repeating: tokenizer.end, count: 76))
        #expect(empty.tensor.shape == [1, 77])
    }

    /// Half a million letters, often in one word: steps that grow with the square would take hours.
    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            "thelightof", "!?", "e\u{301}\u{323}", "日本語", "'s", "<|endoftext", " ", "\u{301}",
            "\u{301}\u{323}", "\u{1161}", "\u{1100}\u{1161}", "\u{16D67}",
        ])
    func longTextsAreNoWorse(unit: String) throws {
        let tokenizer = try BytePairTokenizer(folder: Self.folder)
        let short = tokenizer.tokens(of: String(repeating: unit, count: 100))
        let count = 500_000 / unit.unicodeScalars.count
        let long = tokenizer.tokens(of: String(repeating: unit, count: count))
        // Marks alone are put in another order, as a whole.
        if unit != "\u{301}\u{323}" {
            #expect(long.prefix(max(short.count - 10, 0)) == short.dropLast(10))
        }
        #expect(unit == " " ? long.isEmpty : long.count > 100_000)
    }

    @Test func marksAreComposedAsFoundationDoes() {
        for text in Self.strings {
            let scalars = Array(text.unicodeScalars)
            let expected = text.precomposedStringWithCanonicalMapping.unicodeScalars
            #expect(CanonicalComposition.composed(scalars) == Array(expected))
        }
        // Where it does not: a syllable and its last consonant.
        #expect(CanonicalComposition.composed(["\u{D558}", "\u{11AB}"]) == ["\u{D55C}"])
        let marks = [
            "e\u{301}", "\u{323}", "\u{301}\u{323}", "\u{1100}", "\u{1161}\u{11A8}", "\u{16D67}",
        ]
        for i in 0..<500 {
            let text = (0..<300).map { marks[(i * $0 * $0 + $0) % marks.count] }.joined()
            #expect(
                CanonicalComposition.composed(Array(text.unicodeScalars))
                    == Array(text.precomposedStringWithCanonicalMapping.unicodeScalars))
        }
    }

    @Test func foldersThatAreDamagedAreOneSentence() throws {
        func expectError(_ files: [String: String], _ words: String...) throws {
            let folder = try TemporaryFolder()
            for (name, text) in files { try folder.write(text, name) }
            let error = try #require(throws: DiffusionError.self) {
                _ = try BytePairTokenizer(folder: folder.url)
            }
            for word in words { #expect(error.description.contains(word), "\(error.description)") }
            #expect(error.description.hasSuffix(".") && !error.description.contains("\n"))
        }
        let vocabulary = #"{"a": 0, "b</w>": 1, "ab</w>": 2}"#
        try expectError([:], "vocab.json")
        try expectError(["vocab.json": vocabulary], "merges.txt")
        try expectError(["vocab.json": "[1, 2]", "merges.txt": ""], "vocab.json")
        try expectError(["vocab.json": "{\"a\": 0", "merges.txt": ""], "vocab.json")
        try expectError(["vocab.json": #"{"a": -3}"#, "merges.txt": ""], "vocabulary")
        try expectError(["vocab.json": #"{"a": 5e12}"#, "merges.txt": ""], "vocabulary")
        try expectError(["vocab.json": vocabulary, "merges.txt": "a b c\n"], "a b c", "two tokens")
        try expectError(["vocab.json": vocabulary, "merges.txt": "a c</w>\n"], "merges.txt")
        try expectError(["tokenizer.json": #"{"model": 3}"#], "tokenizer.json")
        try expectError(
            [
                "tokenizer.json":
                    #"{"model": {"type": "WordPiece", "vocab": {"a": 0}, "merges": []}}"#
            ], "CLIP")
        func expectRefused(_ setting: String, _ words: String...) throws {
            try expectError(
                [
                    "vocab.json": vocabulary, "merges.txt": "",
                    "tokenizer_config.json": "{\(setting)}",
                ], words.first!)
        }
        try expectRefused(#""tokenizer_class": "T5Tokenizer""#, "T5Tokenizer")
        try expectRefused(#""padding_side": "left""#, "padding_side")
        try expectRefused(#""split_special_tokens": true"#, "split_special_tokens")
        try expectRefused(#""model_max_length": 1"#, "model_max_length")
        try expectRefused(#""bos_token": 7"#, "bos_token")
        try expectRefused(#""added_tokens_decoder": {"x": "y"}"#, "added_tokens_decoder")
    }
}
