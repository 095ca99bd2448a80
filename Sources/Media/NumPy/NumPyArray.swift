import Foundation

/// A NumPy array out of an .npy file: numbers, or texts.
public enum NumPyArray: Equatable, Sendable {
    /// Numbers and booleans, in this machine's byte order and row-major order.
    case numbers(TensorData)
    /// Texts, row-major.
    case texts([String], shape: [Int])

    /// Reads an .npy file.
    ///
    /// - Throws: `MediaError` where there is no such file, it is something else, holds Python
    ///   objects or another type that is not handled, or is damaged.
    public static func read(contentsOf url: URL) throws -> NumPyArray {
        try NumPyArray(ByteSource(contentsOf: url))
    }

    /// Reads an .npy file in memory; `name` is for error messages.
    public init(decoding bytes: [UInt8], name: String) throws {
        try self.init(ByteSource(bytes, name: name))
    }

    init(_ source: ByteSource) throws {
        let header = try NumPyHeader(source)
        guard let size = header.type.byteCount else {
            throw MediaError.unsupported(
                file: source.name, found: "an array of pickled Python objects",
                expected: "one of numbers or texts")
        }
        // Of texts as of bytes: the product without overflow.
        guard let count = ElementType.uint8.byteCount(ofShape: header.shape),
            count <= (source.count - header.dataOffset) / max(1, size)
        else {
            throw MediaError.damaged(
                file: source.name,
                found: "\(max(0, source.count - header.dataOffset)) bytes of elements",
                expected: "a shape of \(header.shape) of \(size) bytes each")
        }
        let bytes = try source.read(at: header.dataOffset, count: count * size)
        if let tensor = header.type.tensor(
            bytes, shape: header.shape, isFortran: header.isFortran)
        {
            self = .numbers(tensor)
            return
        }
        // An element may be an empty text, of no bytes: their number is then only claimed.
        guard !header.isFortran || header.shape.count <= 1, count <= 1 << 24,
            let texts = header.type.texts(bytes, count: count)
        else {
            throw MediaError.unsupported(
                file: source.name, found: "an array of texts of an unusual layout",
                expected: "a smaller one in row-major order")
        }
        self = .texts(texts, shape: header.shape)
    }

    /// The numbers, or nil for texts.
    public var tensor: TensorData? {
        if case .numbers(let tensor) = self { tensor } else { nil }
    }

    /// The only text of an array of one, or nil.
    public var text: String? {
        if case .texts(let texts, _) = self, texts.count == 1 { texts[0] } else { nil }
    }
}

extension TensorData {
    /// The bytes of an .npy file of this tensor: version 1, little-endian, row-major, elements
    /// aligned to 64 bytes. bfloat16, which NumPy has not, becomes float32.
    public func npyBytes() -> [UInt8] {
        let types: [ElementType: String] = [
            .bool: "|b1", .uint8: "|u1", .int8: "|i1", .int16: "<i2", .uint16: "<u2",
            .float16: "<f2", .int32: "<i4", .uint32: "<u4", .float32: "<f4", .float64: "<f8",
            .int64: "<i8", .uint64: "<u8",
        ]
        guard let type = types[elementType] else {
            return TensorData(floats(), shape: shape).npyBytes()
        }
        let dimensions = shape.map(String.init).joined(separator: ", ")
        var header =
            "{'descr': '\(type)', 'fortran_order': False, "
            + "'shape': (\(dimensions)\(shape.count == 1 ? "," : "")), }"
        // Six bytes of magic, two of version and two of length before, a line's end after.
        let used = 10 + header.utf8.count + 1
        header += String(repeating: " ", count: (64 - used % 64) % 64) + "\n"
        precondition(header.utf8.count <= 0xffff, "a shape of ordinary length")
        var result = NumPyHeader.magic + [1, 0]
        result.append(integer: UInt16(header.utf8.count))
        return result + Array(header.utf8) + bytes
    }

    /// Writes an .npy file; see `npyBytes()`.
    ///
    /// - Throws: As `AtomicFile.write(to:overwrite:_:)`.
    public func writeNPY(to url: URL, overwrite: Bool) throws {
        try AtomicFile.write(npyBytes(), to: url, overwrite: overwrite)
    }
}
