import Foundation

/// A value of a JSON document (RFC 8259).
public enum JSONValue: Equatable, Sendable {
    case null
    case boolean(Bool)
    /// A number without a fraction that an `Int` holds.
    case integer(Int)
    case number(Double)
    case text(String)
    case list([JSONValue])
    case object([String: JSONValue])

    /// Reads a document of at most 16 MB.
    ///
    /// - Throws: `DiffusionError` where there is no such file, or it is not JSON.
    public init(contentsOf url: URL) throws(DiffusionError) {
        let name = url.relativePath
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder),
            !isFolder.boolValue
        else {
            throw .missing(
                folder: url.deletingLastPathComponent().relativePath, item: url.lastPathComponent)
        }
        let size = (try? FileManager.default.attributesOfItem(atPath: url.path)[.size]) as? Int
        guard let size, size <= 16 << 20 else {
            throw .damaged(
                file: name, found: "\(size ?? 0) bytes",
                expected: "a JSON document of at most 16 MB")
        }
        do {
            // Python writes -Infinity, as in the configurations of schedulers.
            let decoder = JSONDecoder()
            decoder.allowsJSON5 = true
            self = try decoder.decode(JSONValue.self, from: Data(contentsOf: url))
        } catch {
            throw .damaged(file: name, found: "no valid JSON", expected: "a JSON document")
        }
    }
}

extension JSONValue: Decodable {
    public init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let boolean = try? value.decode(Bool.self) {
            self = .boolean(boolean)
        } else if let integer = try? value.decode(Int.self) {
            self = .integer(integer)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let list = try? value.decode([JSONValue].self) {
            self = .list(list)
        } else {
            self = .object(try value.decode([String: JSONValue].self))
        }
    }
}

extension JSONValue: CustomStringConvertible {
    /// The value as JSON, objects in the order of their keys.
    public var description: String {
        switch self {
        case .null: "null"
        case .boolean(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .text(let value): "\"\(value)\""
        case .list(let values): "[\(values.map(\.description).joined(separator: ", "))]"
        case .object(let values):
            "{\(values.sorted { $0.key < $1.key }.map { "\"\($0)\": \($1)" }.joined(separator: ", "))}"
        }
    }
}
