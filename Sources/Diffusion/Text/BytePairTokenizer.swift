import Foundation
import Synchronization

/// CLIP's tokenizer: byte-pair encoding of lower-cased words, between a start and an end token.
///
/// Made from the folder that diffusers or transformers saved. Gives the very numbers of
/// transformers 5's `CLIPTokenizer` (`CLIPTokenizerFast` in version 4); see `CLIPWords`.
public final class BytePairTokenizer: Sendable {
    /// The tokens that begin and end a text, and that fill it up.
    public let start, end, padding: Int
    /// How many tokens the encoder takes, start and end included.
    public let length: Int
    /// The size of the vocabulary with all that was added to it.
    public let vocabularyCount: Int

    private let merges: BytePairMerges
    private let added: AddedTokens
    /// The symbols of words seen before: texts repeat them.
    private let known = Mutex<[[UInt8]: [Int32]]>([:])

    init(
        merges: BytePairMerges, added: AddedTokens, start: Int, end: Int, padding: Int,
        length: Int, vocabularyCount: Int
    ) {
        (self.merges, self.added, self.length) = (merges, added, length)
        (self.start, self.end, self.padding) = (start, end, padding)
        self.vocabularyCount = vocabularyCount
    }

    /// The numbers of a text's tokens, without start, end and padding. Time is linear in the text's
    /// length, whatever it is.
    public func tokens(of text: String) -> [Int] {
        var result: [Int] = []
        var word: [UInt8] = []
        added.forEachPart(of: Array(text.unicodeScalars)) { part in
            switch part {
            case .token(let id): result.append(id)
            case .text(let scalars):
                CLIPWords.forEachWord(in: scalars) { scalars in
                    word.removeAll(keepingCapacity: true)
                    for scalar in scalars { word.append(contentsOf: UTF8.encode(scalar)!) }
                    result.append(contentsOf: symbols(of: word).lazy.map(Int.init))
                }
            }
        }
        return result
    }

    /// A text for the encoder: start, tokens, end, and padding to `length`.
    ///
    /// What has no room is left out, and `dropped` says how much it was: whether that is a warning or
    /// an error is the caller's to say.
    public func prompt(_ text: String) -> TokenizedPrompt {
        let tokens = tokens(of: text)
        let kept = tokens.prefix(length - 2)
        let ids = [start] + kept + [end]
        return TokenizedPrompt(
            ids: ids + Array(repeating: padding, count: length - ids.count), count: ids.count,
            dropped: tokens.count - kept.count)
    }

    /// Words beyond these are encoded anew each time.
    private static let (knownWords, knownLength) = (10_000, 64)

    private func symbols(of word: [UInt8]) -> [Int32] {
        guard word.count <= Self.knownLength else { return merges.symbols(of: word) }
        if let found = known.withLock({ $0[word] }) { return found }
        let symbols = merges.symbols(of: word)
        known.withLock { if $0.count < Self.knownWords { $0[word] = symbols } }
        return symbols
    }
}
