/// A cursor over bytes in memory that checks every step. Little-endian.
package struct ByteReader {
    package let bytes: ArraySlice<UInt8>
    package private(set) var position: Int
    /// The name of the file, for errors.
    package let name: String

    package init(_ bytes: [UInt8], at offset: Int = 0, name: String) {
        self.init(bytes[...], at: offset, name: name)
    }

    package init(_ bytes: ArraySlice<UInt8>, at offset: Int = 0, name: String) {
        self.bytes = bytes
        self.name = name
        position = bytes.startIndex + min(max(0, offset), bytes.count)
    }

    /// The offset of the next byte from the start.
    package var offset: Int { position - bytes.startIndex }
    /// The number of bytes left.
    package var remaining: Int { bytes.endIndex - position }

    package mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type) throws -> Value {
        let size = MemoryLayout<Value>.size
        try need(size)
        var value: Value = 0
        for i in 0..<size {
            value |= Value(truncatingIfNeeded: bytes[position + i]) << Value(8 * i)
        }
        position += size
        return value
    }

    package mutating func slice(_ count: Int) throws -> ArraySlice<UInt8> {
        try need(count)
        defer { position += count }
        return bytes[position..<position + count]
    }

    package mutating func skip(_ count: Int) throws {
        try need(count)
        position += count
    }

    private func need(_ count: Int) throws {
        guard count >= 0, count <= remaining else {
            throw MediaError.damaged(
                file: name, found: "an end after \(bytes.count) bytes",
                expected: "\(count) more at offset \(offset)")
        }
    }
}

extension [UInt8] {
    /// Appends an integer, little-endian.
    package mutating func append<Value: FixedWidthInteger>(integer value: Value) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }
}
