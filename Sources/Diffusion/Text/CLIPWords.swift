/// How CLIP takes a text apart before byte-pair encoding: as `CLIPTokenizer` of transformers 5, which
/// diffusers uses, does with the `tokenizers` library (and unlike OpenAI's own, which repairs broken
/// encodings and HTML first).
///
/// Characters that Unicode got after version 16 may be classed otherwise there.
enum CLIPWords {
    /// The text in normal form C, each run of white space as one space, in lower case letter by
    /// letter (a final Σ is a σ like all others).
    static func normalised(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
        var result: [Unicode.Scalar] = []
        result.reserveCapacity(text.count)
        var isInSpace = false
        for scalar in CanonicalComposition.composed(text) {
            if scalar.isASCII {
                let value = UInt8(scalar.value)
                let isSpace = value == 0x20 || 0x09...0x0D ~= value
                if !(isSpace && isInSpace) {
                    let lowered = 0x41...0x5A ~= value ? value + 0x20 : value
                    result.append(isSpace ? " " : Unicode.Scalar(lowered))
                }
                isInSpace = isSpace
            } else if scalar.properties.isWhitespace {
                if !isInSpace { result.append(" ") }
                isInSpace = true
            } else {
                result.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
                isInSpace = false
            }
        }
        return result
    }

    private enum Kind {
        case space, letter, number, other

        init(_ scalar: Unicode.Scalar) {
            if scalar.isASCII {
                switch UInt8(scalar.value) {
                case 0x20, 0x09...0x0D: self = .space
                case 0x61...0x7A, 0x41...0x5A: self = .letter
                case 0x30...0x39: self = .number
                default: self = .other
                }
                return
            }
            switch scalar.properties.generalCategory {
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter,
                .otherLetter:
                self = .letter
            case .decimalNumber, .letterNumber, .otherNumber: self = .number
            default: self = scalar.properties.isWhitespace ? .space : .other
            }
        }
    }

    /// What ends a word after an apostrophe and is one of its own.
    private static let contractions = ["s", "t", "re", "ve", "m", "ll", "d"].map {
        Array("'\($0)".unicodeScalars)
    }

    /// CLIP's marks in plain text: three words each, as the library's second pass leaves them.
    private static let marks = ["startoftext", "endoftext"].map { name in
        ["<|", name, "|>"].map { Array($0.unicodeScalars) }
    }

    /// The words of a normalised text in UTF-8, by the expression
    /// `<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+`.
    static func forEachWord(
        in text: ArraySlice<Unicode.Scalar>, _ body: (ArraySlice<Unicode.Scalar>) -> Void
    ) {
        var position = text.startIndex
        while position < text.endIndex {
            let rest = text[position...]
            if rest.first == "<", let mark = marks.first(where: { rest.starts(with: $0.joined()) })
            {
                for part in mark {
                    body(text[position..<position + part.count])
                    position += part.count
                }
                continue
            }
            if rest.first == "'", let found = contractions.first(where: rest.starts(with:)) {
                body(rest.prefix(found.count))
                position += found.count
                continue
            }
            let kind = Kind(text[position])
            var end = position + 1
            if kind == .letter || kind == .other {
                while end < text.endIndex && Kind(text[end]) == kind { end += 1 }
            }
            if kind != .space { body(text[position..<end]) }
            position = end
        }
    }
}
