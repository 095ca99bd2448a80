import Foundation

/// A safetensors file opened for reading: named tensors and a dictionary of strings.
///
/// The layout is a 64-bit header length, a JSON header, and the tensors without gaps
/// (github.com/huggingface/safetensors, "Format"). Opening reads and checks the header only; a
/// tensor is read when asked for.
public struct SafetensorsFile: Sendable {
    /// Free text by key, from the header's `__metadata__`.
    public let metadata: [String: String]
    /// The tensors' names in the order of their data.
    public let names: [String]
    private let headers: [String: TensorHeader]
    private let dataOffset: Int
    private let source: ByteSource

    /// The greatest header, as in the reference implementation.
    static let headerLimit = 100_000_000

    /// Opens a file.
    ///
    /// - Throws: `MediaError` where there is no such file, or its header makes no sense.
    public init(contentsOf url: URL) throws { try self.init(ByteSource(contentsOf: url)) }

    /// Opens a file in memory, such as an entry of an archive; `name` is for error messages.
    public init(bytes: [UInt8], name: String) throws {
        try self.init(ByteSource(bytes, name: name))
    }

    private init(_ source: ByteSource) throws {
        self.source = source
        var reader = ByteReader(
            try source.read(at: 0, count: min(8, source.count)), name: source.name)
        let length = try reader.integer(UInt64.self)
        guard length <= UInt64(source.count - 8) else {
            throw MediaError.damaged(
                file: source.name, found: "a header length of \(length)",
                expected: "at most the \(source.count - 8) bytes that follow")
        }
        guard length <= UInt64(Self.headerLimit) else {
            throw MediaError.tooLarge(
                file: source.name, found: "a header of \(length) bytes",
                limit: "\(Self.headerLimit)")
        }
        dataOffset = 8 + Int(length)
        let header: SafetensorsHeader
        do {
            header = try JSONDecoder().decode(
                SafetensorsHeader.self, from: Data(source.read(at: 8, count: Int(length))))
        } catch is DecodingError {
            throw MediaError.damaged(
                file: source.name, found: "a header that is not a list of tensors",
                expected: "the JSON header of a safetensors file")
        }
        metadata = header.metadata
        headers = header.tensors
        names = header.tensors.sorted {
            ($0.value.begin, $0.value.end, $0.key) < ($1.value.begin, $1.value.end, $1.key)
        }.map(\.key)
        try checkLayout()
    }

    /// The element type and shape of a tensor, or nil if there is none of that name.
    public func layout(of name: String) -> (elementType: ElementType, shape: [Int])? {
        headers[name].flatMap { header in
            ElementType(rawValue: header.dtype).map { ($0, header.shape) }
        }
    }

    /// Where the bytes of a tensor lie in the file, or nil if there is none of that name.
    public func byteRange(of name: String) -> Range<Int>? {
        headers[name].map { dataOffset + $0.begin..<dataOffset + $0.end }
    }

    /// Reads a tensor.
    ///
    /// - Throws: `MediaError.missingEntry` if there is none of that name.
    public func tensor(_ name: String) throws -> TensorData {
        guard let header = headers[name], let layout = layout(of: name) else {
            throw MediaError.missingEntry(file: source.name, name: name, available: names)
        }
        return TensorData(
            elementType: layout.elementType, shape: layout.shape,
            bytes: try source.read(
                at: dataOffset + header.begin, count: header.end - header.begin))
    }

    /// Reads some rows of a tensor: indices of its first dimension.
    ///
    /// - Throws: `MediaError.missingEntry` if there is none of that name or it has not all the rows.
    public func tensor(_ name: String, rows: Range<Int>) throws -> TensorData {
        guard let header = headers[name], let layout = layout(of: name),
            let count = layout.shape.first, rows.lowerBound >= 0, rows.upperBound <= count
        else {
            throw MediaError.missingEntry(
                file: source.name, name: "\(name)[\(rows.lowerBound)…]", available: names)
        }
        let size = count == 0 ? 0 : (header.end - header.begin) / count
        return TensorData(
            elementType: layout.elementType, shape: [rows.count] + layout.shape.dropFirst(),
            bytes: try source.read(
                at: dataOffset + header.begin + rows.lowerBound * size, count: rows.count * size))
    }

    /// Reads all tensors.
    public func tensors() throws -> [String: TensorData] {
        var result: [String: TensorData] = [:]
        for name in names { result[name] = try tensor(name) }
        return result
    }

    /// Checks that types are known, sizes agree with shapes, and the data is filled without gaps.
    private func checkLayout() throws {
        var end = 0
        for name in names {
            let header = headers[name]!
            guard let type = ElementType(rawValue: header.dtype) else {
                throw MediaError.unsupported(
                    file: source.name, found: "a file whose \"\(name)\" is of type \(header.dtype)",
                    expected:
                        "one of \(ElementType.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            let size = type.byteCount(ofShape: header.shape)
            guard header.begin == end, header.end >= header.begin,
                size == header.end - header.begin
            else {
                throw MediaError.damaged(
                    file: source.name,
                    found: "bytes \(header.begin) to \(header.end) for \"\(name)\" "
                        + "of shape \(header.shape)",
                    expected: "\(size.map(String.init) ?? "too many") bytes from \(end)")
            }
            end = header.end
        }
        guard end == source.count - dataOffset else {
            throw MediaError.damaged(
                file: source.name, found: "\(source.count - dataOffset) bytes of data",
                expected: "\(end) bytes by its header")
        }
    }
}

/// The entry of one tensor in the header.
private struct TensorHeader: Decodable, Sendable {
    let dtype: String
    let shape: [Int]
    /// From the start of the data.
    let begin: Int
    let end: Int

    private enum Keys: String, CodingKey {
        case dtype, shape
        case offsets = "data_offsets"
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Keys.self)
        dtype = try fields.decode(String.self, forKey: .dtype)
        shape = try fields.decode([Int].self, forKey: .shape)
        var offsets = try fields.nestedUnkeyedContainer(forKey: .offsets)
        begin = try offsets.decode(Int.self)
        end = try offsets.decode(Int.self)
        guard begin >= 0, end >= begin else {
            throw DecodingError.dataCorruptedError(
                forKey: .offsets, in: fields, debugDescription: "offsets must ascend")
        }
    }
}

/// The whole header: every key is a tensor but one.
private struct SafetensorsHeader: Decodable {
    var metadata: [String: String] = [:]
    var tensors: [String: TensorHeader] = [:]

    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Name.self)
        for name in fields.allKeys {
            if name.stringValue == "__metadata__" {
                metadata = try fields.decode([String: String].self, forKey: name)
            } else {
                tensors[name.stringValue] = try fields.decode(TensorHeader.self, forKey: name)
            }
        }
    }
}
