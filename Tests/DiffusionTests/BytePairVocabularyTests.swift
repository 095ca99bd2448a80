import Foundation
import Testing

@testable import Diffusion

@Suite struct BytePairVocabularyTests {
    /// The example of Sennrich et al. (arXiv 1508.07909, section 3.2), where the end of a word belongs to
    /// its last character.
    @Test func mergesTheMostFrequentPairsFirst() {
        let texts =
            Array(repeating: "low", count: 5) + Array(repeating: "lower", count: 2)
            + Array(repeating: "newest", count: 6) + Array(repeating: "widest", count: 3)
        let vocabulary = BytePairVocabulary(learnedFrom: texts, limit: 4)
        // "e s" and "s t</w>" come 9 times each, and the former is first in order; then "es t</w>" comes
        // 9 times and "l o" 7 times; "w e" comes no more than twice since "newest" has "es", and of
        // the pairs that come 6 times "e w" is first.
        let merges = vocabulary.merges.map { "\($0.0) \($0.1)" }
        #expect(merges == ["e s", "es t</w>", "l o", "e w"])
        #expect(vocabulary.symbols.count == 512 + 4 + 2)
        #expect(vocabulary.symbols.last == "<|endoftext|>")
    }

    @Test func aFolderOfItReadsEveryWordAsOneToken() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "vocabulary-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let words = ["red", "sphere", "left", "of", "a", "blue", "cube", "straße", "球体"]
        let vocabulary = BytePairVocabulary(learnedFrom: words)
        try vocabulary.write(to: folder, length: 12)
        let tokenizer = try BytePairTokenizer(folder: folder)
        #expect(tokenizer.length == 12)
        #expect(tokenizer.end == vocabulary.endNumber && tokenizer.padding == tokenizer.end)
        let prompt = tokenizer.prompt("A red SPHERE left of a blue cube")
        #expect(prompt.count == 10 && prompt.dropped == 0)
        #expect(
            prompt.ids.prefix(10).dropFirst().dropLast().map { vocabulary.symbols[$0] }
                == ["a", "red", "sphere", "left", "of", "a", "blue", "cube"].map { $0 + "</w>" })
        for word in words { #expect(tokenizer.tokens(of: word).count == 1, "\(word)") }
        // What was never seen is read byte by byte.
        #expect(tokenizer.tokens(of: "xyz").count == 3)
        // The same texts give the same files.
        let again = BytePairVocabulary(learnedFrom: words.reversed())
        #expect(again.symbols == vocabulary.symbols)
    }
}
