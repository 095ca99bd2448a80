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
        let names = order(of: tensors)
        try AtomicFile.write(to: url, overwrite: overwrite) { file in
            try file.write(header(names, tensors, metadata))
            for name in names { try file.write(tensors[name]!.bytes) }
        }
    }

    /// The bytes of a safetensors file, to be an entry of an archive.
    public static func encode(
        _ tensors: [String: TensorData], metadata: [String: String] = [:]
    ) -> [UInt8] {
        let names = order(of: tensors)
        var bytes = header(names, tensors, metadata)
        bytes.reserveCapacity(bytes.count + tensors.values.reduce(0) { $0 + $1.bytes.count })
        for name in names { bytes += tensors[name]!.bytes }
        return bytes
    }

    private static func order(of tensors: [String: TensorData]) -> [String] {
        let rank = Dictionary(
            uniqueKeysWithValues: ElementType.allCases.enumerated().map { ($1, -$0) })
        return tensors.sorted {
            let (a, b) = (rank[$0.value.elementType]!, rank[$1.value.elementType]!)
            return a == b ? $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) : a < b
        }.map(\.key)
    }

    /// The header with its length, padded so that the data is aligned to 8 bytes.
    private static func header(
        _ names: [String], _ tensors: [String: TensorData], _ metadata: [String: String]
    ) -> [UInt8] {
        precondition(tensors["__metadata__"] == nil, "the name __metadata__ is taken")
        var fields: [String] = []
        if !metadata.isEmpty {
            let pairs = metadata.sorted { $0.key < $1.key }
                .map { "\(quoted($0.key)):\(quoted($0.value))" }
            fields.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
        }
        var offset = 0
        for name in names {
            let tensor = tensors[name]!
            let shape = tensor.shape.map(String.init).joined(separator: ",")
            let end = offset + tensor.bytes.count
            fields.append(
                "\(quoted(name)):{\"dtype\":\"\(tensor.elementType.rawValue)\","
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
