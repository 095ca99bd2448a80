/// Reads numbers and words from lines of ASCII text.
struct TextScanner {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0
    /// The current line, from 1.
    private(set) var line = 1

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    var isAtEnd: Bool { position >= bytes.count }

    /// Moves to the start of the next line.
    mutating func nextLine() {
        while position < bytes.count, bytes[position] != 10 { position += 1 }
        position += 1
        line += 1
    }

    /// Skips spaces and tabs; whether something is left on the line.
    mutating func skipBlanks() -> Bool {
        while position < bytes.count, bytes[position] == 32 || bytes[position] == 9 {
            position += 1
        }
        return position < bytes.count && bytes[position] != 10 && bytes[position] != 13
    }

    /// The byte at the current position, or 0 at the end.
    var peek: UInt8 { position < bytes.count ? bytes[position] : 0 }

    /// Takes one byte if it is `byte`.
    mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        position += 1
        return true
    }

    /// The word up to the next blank or line end.
    mutating func word() -> String {
        _ = skipBlanks()
        let start = position
        while position < bytes.count, bytes[position] > 32 { position += 1 }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    /// An integer without sign, or nil.
    mutating func natural() -> Int? {
        _ = skipBlanks()
        var value = 0
        var digits = 0
        while let digit = self.digit, digits < 18 {
            value = value * 10 + Int(digit)
            digits += 1
            position += 1
        }
        return digits > 0 ? value : nil
    }

    /// A decimal number, or nil. Exact to the last bit for up to 15 digits.
    mutating func number() -> Double? {
        _ = skipBlanks()
        let isNegative = take(45)
        if !isNegative { _ = take(43) }
        var mantissa: UInt64 = 0
        var exponent = 0
        var digits = 0
        var isFraction = false
        while true {
            if let digit = self.digit {
                if mantissa < 100_000_000_000_000_000 {
                    mantissa = mantissa * 10 + UInt64(digit)
                    if isFraction { exponent -= 1 }
                } else if !isFraction {
                    exponent += 1
                }
                digits += 1
            } else if peek == 46, !isFraction {
                isFraction = true
            } else {
                break
            }
            position += 1
        }
        guard digits > 0 else { return nil }
        if peek | 32 == 101 {
            position += 1
            let isDown = take(45)
            if !isDown { _ = take(43) }
            guard let power = natural(), power < 400 else { return nil }
            exponent += isDown ? -power : power
        }
        var value = Double(mantissa)
        // Powers of ten up to 22 are exact, and so one rounding remains.
        while exponent < 0 {
            value /= Self.powers[min(-exponent, 22)]
            exponent += min(-exponent, 22)
        }
        while exponent > 0 {
            value *= Self.powers[min(exponent, 22)]
            exponent -= min(exponent, 22)
        }
        return isNegative ? -value : value
    }

    private var digit: UInt8? {
        let byte = peek
        return byte >= 48 && byte <= 57 ? byte - 48 : nil
    }

    private static let powers: [Double] = (0...22).map { power in
        (0..<power).reduce(1.0) { value, _ in value * 10 }
    }
}
