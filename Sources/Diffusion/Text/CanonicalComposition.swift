import Foundation

/// Normal form C (Unicode standard annex 15), n·log n for n scalars: Foundation's takes the square of
/// the length of a piece, and leaves a Korean syllable and its last consonant apart.
enum CanonicalComposition {
    /// Decomposes each scalar, orders marks by their class, and composes each with the last base that
    /// it reaches.
    static func composed(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
        // Nothing below the first combining mark changes.
        guard text.contains(where: { $0.value >= 0x300 }) else { return text }
        var result: [Unicode.Scalar] = []
        result.reserveCapacity(text.count)
        var marks: [(scalar: Unicode.Scalar, order: UInt8)] = []
        /// Where the last base is.
        var base: Int?
        func flushMarks() {
            if marks.isEmpty { return }
            // The sort is stable, as the order asks for.
            marks.sort { $0.order < $1.order }
            var lastOrder: UInt8 = 0
            for (scalar, order) in marks {
                // A mark of the same class in between hides the base.
                if let base, order > lastOrder, let whole = whole(result[base], scalar) {
                    result[base] = whole
                } else {
                    result.append(scalar)
                    lastOrder = order
                }
            }
            marks.removeAll(keepingCapacity: true)
        }
        func append(_ scalar: Unicode.Scalar) {
            let order = scalar.properties.canonicalCombiningClass.rawValue
            if order > 0 { return marks.append((scalar, order)) }
            flushMarks()
            // Two bases become one only where nothing stands between them.
            if let last = base, last == result.count - 1, let whole = whole(result[last], scalar) {
                result[last] = whole
            } else {
                base = result.count
                result.append(scalar)
            }
        }
        for scalar in text {
            if scalar.value < 0xC0 || Syllable.all ~= scalar.value {
                append(scalar)
            } else {
                String(scalar).decomposedStringWithCanonicalMapping.unicodeScalars.forEach(append)
            }
        }
        flushMarks()
        return result
    }

    /// What two scalars become, if it is one.
    private static func whole(_ a: Unicode.Scalar, _ b: Unicode.Scalar) -> Unicode.Scalar? {
        guard b.mayEndPair else { return nil }
        if let syllable = Syllable.whole(a.value, b.value) { return syllable }
        var pair = String.UnicodeScalarView()
        pair.append(a)
        pair.append(b)
        let form = String(pair).precomposedStringWithCanonicalMapping.unicodeScalars
        return form.count == 1 ? form.first : nil
    }

    /// Korean syllables, which are composed by reckoning (Unicode standard, section 3.12).
    private enum Syllable {
        static let all: ClosedRange<UInt32> = 0xAC00...0xD7A3

        static func whole(_ a: UInt32, _ b: UInt32) -> Unicode.Scalar? {
            if 0x1100...0x1112 ~= a, 0x1161...0x1175 ~= b {
                return Unicode.Scalar(all.lowerBound + ((a - 0x1100) * 21 + b - 0x1161) * 28)
            }
            if all ~= a, (a - all.lowerBound) % 28 == 0, 0x11A8...0x11C2 ~= b {
                return Unicode.Scalar(a + b - 0x11A7)
            }
            return nil
        }
    }
}

extension Unicode.Scalar {
    /// Whether the character may become one with what stands before it. It may be false of more than
    /// this says.
    fileprivate var mayEndPair: Bool {
        switch value {
        case 0..<0x300: false
        // The later parts of Korean syllables, and vowels of Kirat Rai.
        case 0x1160...0x11FF, 0x16D40...0x16D7F: true
        default:
            switch properties.generalCategory {
            case .nonspacingMark, .spacingMark, .enclosingMark: true
            default: false
            }
        }
    }
}
