import Foundation

/// The header of a binary .ply file whose first element is `vertex`.
struct PLYHeader {
    /// A scalar type of the format.
    enum Scalar {
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

        var size: Int {
            switch self {
            case .int8, .uint8: 1
            case .int16, .uint16: 2
            case .int32, .uint32, .float32: 4
            case .float64: 8
            }
        }
    }

    /// Where a property of a vertex stands in its row.
    struct Property {
        var offset: Int
        var type: Scalar
    }

    private(set) var count = 0
    /// The bytes of a vertex.
    private(set) var stride = 0
    private(set) var properties: [String: Property] = [:]
    /// Where the vertices begin.
    let start: Int

    /// Headers are not longer than this.
    private static let limit = 1 << 16

    /// Reads the header and checks that all vertices that it promises are there.
    init(_ data: Data, file: String) throws {
        func damaged(_ found: String, _ expected: String) -> SplatFormatError {
            .damaged(file: file, found: found, expected: expected)
        }
        let head = data.prefix(Self.limit)
        guard head.starts(with: Data("ply".utf8)) else {
            throw damaged("another beginning", "\"ply\"")
        }
        guard let range = head.range(of: Data("end_header".utf8)),
            let newline = head[range.upperBound...].firstIndex(of: UInt8(ascii: "\n"))
        else { throw damaged("no \"end_header\"", "one in the first 64 KB") }
        start = newline - data.startIndex + 1
        var element: Substring?
        var format: Substring = ""
        let text = String(decoding: head[..<range.lowerBound], as: UTF8.self)
        for line in text.split(whereSeparator: \.isNewline).dropFirst() {
            let words = line.split(separator: " ")
            switch words.first {
            case "format" where words.count > 1: format = words[1]
            case "element" where words.count == 3:
                if element == nil {
                    guard words[1] == "vertex", let count = Int(words[2]), count >= 0 else {
                        throw damaged("\"\(line.prefix(60))\"", "\"element vertex COUNT\"")
                    }
                    self.count = count
                }
                element = words[1]
            case "property" where element == "vertex":
                guard words.count == 3, let type = Scalar(words[1]) else {
                    throw damaged("\"\(line.prefix(60))\"", "a property that is one number")
                }
                properties[String(words[2])] = Property(offset: stride, type: type)
                stride += type.size
            default: continue
            }
        }
        guard format == "binary_little_endian" else {
            throw SplatFormatError.unsupported(
                file: file, found: "the format \"\(format.prefix(40))\"",
                expected: "one of binary_little_endian")
        }
        let (size, overflows) = count.multipliedReportingOverflow(by: stride)
        guard stride > 0, !overflows, size <= data.count - start else {
            throw damaged(
                "\(data.count - start) bytes of vertices", "\(count) vertices of \(stride) bytes")
        }
    }
}
