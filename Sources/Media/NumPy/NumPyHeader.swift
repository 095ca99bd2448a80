/// The header of an .npy file, versions 1 to 3 (numpy/lib/format.py): a Python dictionary as text.
struct NumPyHeader {
    var type: NumPyType
    var isFortran: Bool
    var shape: [Int]
    /// Where the elements begin.
    var dataOffset: Int

    static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

    /// The greatest header that is read.
    private static let lengthLimit = 1 << 20

    init(_ source: ByteSource) throws {
        let name = source.name
        let start = try source.read(at: 0, count: min(12, source.count))
        guard start.starts(with: Self.magic) else {
            throw MediaError.unsupported(
                file: name, found: "\(ImageFormat.describe(start)) and no NumPy array",
                expected: "an .npy file")
        }
        var reader = ByteReader(start, at: Self.magic.count, name: name)
        let version = try reader.integer(UInt8.self)
        try reader.skip(1)
        guard (1...3).contains(version) else {
            throw MediaError.unsupported(
                file: name, found: "an .npy file of version \(version)", expected: "version 1 to 3")
        }
        let length: Int
        if version == 1 {
            length = Int(try reader.integer(UInt16.self))
        } else {
            length = Int(try reader.integer(UInt32.self))
        }
        guard length <= Self.lengthLimit else {
            throw MediaError.tooLarge(
                file: name, found: "a header of \(length) bytes", limit: "\(Self.lengthLimit)")
        }
        dataOffset = reader.offset + length
        let text = String(
            decoding: try source.read(at: reader.offset, count: length), as: UTF8.self)
        var literal = PythonLiteral(text)
        guard case .dictionary(let fields)? = literal.value(),
            let description = fields["descr"]?.description,
            case .bool(let isFortran)? = fields["fortran_order"],
            case .tuple(let shape)? = fields["shape"], shape.allSatisfy({ $0 >= 0 }),
            shape.count <= 64
        else {
            throw MediaError.damaged(
                file: name, found: "a header that makes no sense",
                expected: "the type, order and shape of an .npy file")
        }
        guard let type = NumPyType(description) else {
            throw MediaError.unsupported(
                file: name, found: "an array of the type \"\(description)\"",
                expected: "one of numbers or texts")
        }
        (self.type, self.isFortran, self.shape) = (type, isFortran, shape)
    }
}

/// A reader for the few Python literals that a header is made of.
private struct PythonLiteral {
    enum Value {
        case text(String)
        case bool(Bool)
        case tuple([Int])
        case dictionary([String: Value])
        /// A list, as which the fields of a record are described.
        case record

        /// What a type is described by.
        var description: String? {
            switch self {
            case .text(let text): text
            case .record: "record"
            default: nil
            }
        }
    }

    private var rest: Substring

    init(_ text: String) { rest = text[...] }

    mutating func value() -> Value? {
        skipSpace()
        switch rest.first {
        case "{": return dictionary()
        case "(": return tuple()
        case "'", "\"": return text().map { .text($0) }
        case "[": return record()
        default:
            if take("True") { return .bool(true) }
            if take("False") { return .bool(false) }
            return nil
        }
    }

    private mutating func dictionary() -> Value? {
        guard take("{") else { return nil }
        var fields: [String: Value] = [:]
        while !take("}") {
            guard let key = text(), take(":"), let next = value() else { return nil }
            fields[key] = next
            guard take(",") || rest.first == "}" else { return nil }
            skipSpace()
        }
        return .dictionary(fields)
    }

    /// Skips a list to its end.
    private mutating func record() -> Value? {
        var depth = 0
        while let next = rest.popFirst() {
            if next == "[" { depth += 1 }
            if next == "]" { depth -= 1 }
            if depth == 0 { return .record }
        }
        return nil
    }

    private mutating func tuple() -> Value? {
        guard take("(") else { return nil }
        var numbers: [Int] = []
        while !take(")") {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            guard let number = Int(digits) else { return nil }
            rest = rest.dropFirst(digits.count)
            // How Python 2 wrote long integers.
            _ = take("L")
            numbers.append(number)
            guard take(",") || rest.first == ")" else { return nil }
            skipSpace()
        }
        return .tuple(numbers)
    }

    private mutating func text() -> String? {
        skipSpace()
        guard let quote = rest.first, quote == "'" || quote == "\"" else { return nil }
        rest = rest.dropFirst()
        let content = rest.prefix { $0 != quote && $0 != "\\" }
        rest = rest.dropFirst(content.count)
        return take(String(quote)) ? String(content) : nil
    }

    private mutating func take(_ token: String) -> Bool {
        skipSpace()
        guard rest.hasPrefix(token) else { return false }
        rest = rest.dropFirst(token.count)
        return true
    }

    private mutating func skipSpace() { rest = rest.drop { $0.isWhitespace } }
}
