/// The header of a .ply file.
struct PLYHeader {
    enum Format: Equatable {
        case ascii
        case binary(isBigEndian: Bool)
    }

    private(set) var format = Format.ascii
    private(set) var comments: [String] = []
    var elements: [PLYFile.Element] = []
    /// Where the rows begin.
    let end: Int

    /// Headers are not longer than this.
    private static let limit = 1 << 16

    init(_ bytes: [UInt8], name: String) throws {
        func damaged(_ found: String, _ expected: String) -> MediaError {
            .damaged(file: name, found: found, expected: expected)
        }
        guard bytes.starts(with: Array("ply".utf8)) else {
            throw damaged("another beginning", "\"ply\"")
        }
        var position = 0
        var hasFormat = false
        while true {
            guard
                let newline = bytes[position..<min(bytes.count, Self.limit)].firstIndex(of: 10)
            else { throw damaged("no \"end_header\"", "one in the first 64 KB") }
            let line = String(decoding: bytes[position..<newline], as: UTF8.self)
            position = newline + 1
            let words = line.split(whereSeparator: \.isWhitespace)
            func wrong(_ expected: String) -> MediaError {
                damaged("\"\(line.prefix(60))\"", expected)
            }
            switch words.first {
            case "format":
                hasFormat = true
                switch words.dropFirst().first {
                case "ascii": format = .ascii
                case "binary_little_endian": format = .binary(isBigEndian: false)
                case "binary_big_endian": format = .binary(isBigEndian: true)
                default: throw wrong("ascii, binary_little_endian or binary_big_endian")
                }
            case "comment":
                comments.append(words.dropFirst().joined(separator: " "))
            case "element":
                guard words.count == 3, let count = Int(words[2]), count >= 0 else {
                    throw wrong("\"element NAME COUNT\"")
                }
                elements.append(.init(name: String(words[1]), count: count))
            case "property":
                guard let property = Self.property(words), !elements.isEmpty else {
                    throw wrong("a property of an element")
                }
                elements[elements.count - 1].properties.append(property)
            case "end_header":
                guard hasFormat else { throw damaged("no \"format\"", "one") }
                end = position
                return
            default: continue
            }
        }
    }

    private static func property(_ words: [Substring]) -> PLYFile.Property? {
        if words.count == 5, words[1] == "list", let count = PLYFile.Scalar(words[2]),
            let type = PLYFile.Scalar(words[3]), !count.isReal
        {
            return .init(name: String(words[4]), type: type, countType: count)
        }
        guard words.count == 3, let type = PLYFile.Scalar(words[1]) else { return nil }
        return .init(name: String(words[2]), type: type)
    }
}

extension PLYFile {
    /// A type of numbers of the format.
    enum Scalar: Sendable {
        case int8, uint8, int16, uint16, int32, uint32, float32, float64

        init?(_ name: some StringProtocol) {
            switch name {
            case "char", "int8": self = .int8
            case "uchar", "uint8": self = .uint8
            case "short", "int16": self = .int16
            case "ushort", "uint16": self = .uint16
            case "int", "int32": self = .int32
            case "uint", "uint32": self = .uint32
            case "float", "float32": self = .float32
            case "double", "float64": self = .float64
            default: return nil
            }
        }

        var byteCount: Int {
            switch self {
            case .int8, .uint8: 1
            case .int16, .uint16: 2
            case .int32, .uint32, .float32: 4
            case .float64: 8
            }
        }

        var isReal: Bool { self == .float32 || self == .float64 }

        /// The value at an offset, which the caller has checked.
        func value(_ bytes: UnsafeRawBufferPointer, at offset: Int, isBigEndian: Bool) -> Double {
            func integer<Value: FixedWidthInteger>(_ type: Value.Type) -> Value {
                let value = bytes.loadUnaligned(fromByteOffset: offset, as: type)
                return isBigEndian ? Value(bigEndian: value) : Value(littleEndian: value)
            }
            return switch self {
            case .int8: Double(integer(Int8.self))
            case .uint8: Double(integer(UInt8.self))
            case .int16: Double(integer(Int16.self))
            case .uint16: Double(integer(UInt16.self))
            case .int32: Double(integer(Int32.self))
            case .uint32: Double(integer(UInt32.self))
            case .float32: Double(Float(bitPattern: integer(UInt32.self)))
            case .float64: Double(bitPattern: integer(UInt64.self))
            }
        }
    }
}
