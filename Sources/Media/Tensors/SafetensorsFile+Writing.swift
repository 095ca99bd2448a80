import Foundation

extension SafetensorsFile {
    /// Writes a safetensors file. The same tensors and metadata always give the same bytes: tensors
    /// are ordered by type, the widest first, then by name, as the reference writer does, and
    /// metadata by key.
    ///
    /// - Throws: As `AtomicFile.write(to:overwrite:_:)`.
    public static func write(
        _ tensors: [String: TensorData], metadata: [String: String] = [:], to url: URL,
        overwrite: Bool
    ) throws {
        let names = order(of: tensors.mapValues(\.elementType))
        try AtomicFile.write(to: url, overwrite: overwrite) { file in
            try file.write(header(names, layouts(tensors), metadata))
            for name in names { try file.write(tensors[name]!.bytes) }
        }
    }

    /// Writes a safetensors file tensor by tensor, so that none has to be in memory as a whole.
    ///
    /// - Parameters:
    ///   - layouts: Element type and shape of each tensor.
    ///   - content: Gets a tensor's name, and writes its bytes, row-major and little-endian, to the
    ///     file; tensors are asked for in the order in which they lie there.
    /// - Throws: As `AtomicFile.write(to:overwrite:_:)`; what `content` throws.
    public static func write(
        _ layouts: [String: (elementType: ElementType, shape: [Int])],
        metadata: [String: String] = [:], to url: URL, overwrite: Bool,
        content: (_ name: String, _ file: AtomicFile) throws -> Void
    ) throws {
        let names = order(of: layouts.mapValues(\.elementType))
        try AtomicFile.write(to: url, overwrite: overwrite) { file in
            try file.write(header(names, layouts, metadata))
            for name in names {
                let (start, layout) = (file.count, layouts[name]!)
                try content(name, file)
                let size = layout.elementType.byteCount(ofShape: layout.shape)
                precondition(file.count - start == size, "the bytes of a tensor match its shape")
            }
        }
    }

    /// The bytes of a safetensors file, to be an entry of an archive.
    public static func encode(
        _ tensors: [String: TensorData], metadata: [String: String] = [:]
    ) -> [UInt8] {
        let names = order(of: tensors.mapValues(\.elementType))
        var bytes = header(names, layouts(tensors), metadata)
        bytes.reserveCapacity(bytes.count + tensors.values.reduce(0) { $0 + $1.bytes.count })
        for name in names { bytes += tensors[name]!.bytes }
        return bytes
    }

    private static func layouts(_ tensors: [String: TensorData]) -> [String: (
        elementType: ElementType, shape: [Int]
    )] {
        tensors.mapValues { ($0.elementType, $0.shape) }
    }

    private static func order(of types: [String: ElementType]) -> [String] {
        let rank = Dictionary(
            uniqueKeysWithValues: ElementType.allCases.enumerated().map { ($1, -$0) })
        return types.sorted {
            let (a, b) = (rank[$0.value]!, rank[$1.value]!)
            return a == b ? $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) : a < b
        }.map(\.key)
    }

    /// The header with its length, padded so that the data is aligned to 8 bytes.
    private static func header(
        _ names: [String], _ layouts: [String: (elementType: ElementType, shape: [Int])],
        _ metadata: [String: String]
    ) -> [UInt8] {
        precondition(layouts["__metadata__"] == nil, "the name __metadata__ is taken")
        var fields: [String] = []
        if !metadata.isEmpty {
            let pairs = metadata.sorted { $0.key < $1.key }
                .map { "\(quoted($0.key)):\(quoted($0.value))" }
            fields.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
        }
        var offset = 0
        for name in names {
            let layout = layouts[name]!
            let shape = layout.shape.map(String.init).joined(separator: ",")
            let size = layout.elementType.byteCount(ofShape: layout.shape) ?? 0
            let end = offset + size
            fields.append(
                "\(quoted(name)):{\"dtype\":\"\(layout.elementType.rawValue)\","
                    + "\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}")
            offset = end
        }
        var json = Array("{\(fields.joined(separator: ","))}".utf8)
        while json.count % 8 != 0 { json.append(0x20) }
        var bytes: [UInt8] = []
        bytes.append(integer: UInt64(json.count))
        return bytes + json
    }

    /// A JSON string (RFC 8259, section 7), everything literal that may be.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{8}": result += "\\b"
            case "\u{c}": result += "\\f"
            case "\u{0}"..."\u{1f}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
