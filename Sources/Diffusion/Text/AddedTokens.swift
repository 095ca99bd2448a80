/// A token that is found in the text as it stands, before words are made: the marks of the text's
/// beginning and end, and words that were added later.
struct AddedToken: Equatable, Sendable {
    let content: String
    /// Whether it is found in the normalised text, itself normalised, instead of in the given one.
    var isNormalised = false
    /// Whether it must stand between characters that make no words.
    var isSingleWord = false
}

/// Finds added tokens in a text.
struct AddedTokens: Sendable {
    private struct Pattern {
        let scalars: [Unicode.Scalar]
        let isSingleWord: Bool
        let id: Int
    }

    /// By their first character, the longest first.
    private typealias Patterns = [Unicode.Scalar: [Pattern]]
    private var given: Patterns = [:]
    private var normalised: Patterns = [:]

    /// A part of a text: a token that was found, or normalised text between tokens.
    enum Part {
        case token(Int)
        case text(ArraySlice<Unicode.Scalar>)
    }

    init(_ tokens: [(token: AddedToken, id: Int)]) {
        for (token, id) in tokens {
            let content = Array(token.content.unicodeScalars)
            let scalars = token.isNormalised ? CLIPWords.normalised(content) : content
            guard let first = scalars.first else { continue }
            let pattern = Pattern(scalars: scalars, isSingleWord: token.isSingleWord, id: id)
            if token.isNormalised {
                normalised[first, default: []].append(pattern)
            } else {
                given[first, default: []].append(pattern)
            }
        }
        for first in given.keys { given[first]!.sort { $0.scalars.count > $1.scalars.count } }
        for first in normalised.keys {
            normalised[first]!.sort { $0.scalars.count > $1.scalars.count }
        }
    }

    /// Takes a text apart: first by the tokens of the given text, then what is between them,
    /// normalised, by the others.
    func forEachPart(of text: [Unicode.Scalar], _ body: (Part) -> Void) {
        Self.split(text[...], by: given) { part in
            guard case .text(let text) = part else { return body(part) }
            Self.split(CLIPWords.normalised(Array(text))[...], by: normalised, body)
        }
    }

    private static func split(
        _ text: ArraySlice<Unicode.Scalar>, by patterns: Patterns, _ body: (Part) -> Void
    ) {
        var (start, position) = (text.startIndex, text.startIndex)
        while position < text.endIndex {
            let rest = text[position...]
            guard let candidates = patterns[text[position]],
                let found = candidates.first(where: { rest.starts(with: $0.scalars) })
            else {
                position += 1
                continue
            }
            let end = position + found.scalars.count
            let isWithinWord =
                position > text.startIndex && text[position - 1].isWordCharacter
                || end < text.endIndex && text[end].isWordCharacter
            if !(found.isSingleWord && isWithinWord) {
                if start < position { body(.text(text[start..<position])) }
                body(.token(found.id))
                start = end
            }
            position = end
        }
        if start < text.endIndex { body(.text(text[start...])) }
    }
}

extension Unicode.Scalar {
    /// What regular expressions call `\w` (Unicode technical standard 18, annex C).
    fileprivate var isWordCharacter: Bool {
        if properties.isAlphabetic || properties.isJoinControl { return true }
        switch properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber,
            .connectorPunctuation:
            return true
        default: return false
        }
    }
}
