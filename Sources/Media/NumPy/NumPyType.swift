/// The type of a NumPy array's elements, from its description such as "<f8".
struct NumPyType: Equatable {
    /// What the elements are, as in NumPy's `dtype.kind`.
    enum Kind: Equatable {
        case number(ElementType)
        /// Text of so many code points, each in four bytes, filled up with zeros.
        case text(count: Int)
        /// Text of so many bytes, filled up with zeros.
        case byteText(count: Int)
        /// Python objects, pickled.
        case object
    }

    var kind: Kind
    var isBigEndian: Bool

    /// The bytes of an element; nil for objects.
    var byteCount: Int? {
        switch kind {
        case .number(let type): type.byteCount
        case .text(let count): 4 * count
        case .byteText(let count): count
        case .object: nil
        }
    }

    /// The type of a description, or nil where it is of a kind that is not handled (complex, dates,
    /// records).
    init?(_ description: String) {
        var rest = description[...]
        isBigEndian = rest.first == ">"
        if let order = rest.first, "<>|=".contains(order) { rest = rest.dropFirst() }
        let numbers: [Substring: ElementType] = [
            "b1": .bool, "?": .bool, "u1": .uint8, "B": .uint8, "i1": .int8, "b": .int8,
            "i2": .int16, "u2": .uint16, "i4": .int32, "u4": .uint32, "i8": .int64, "u8": .uint64,
            "f2": .float16, "f4": .float32, "f8": .float64,
        ]
        if let type = numbers[rest] {
            kind = .number(type)
        } else if let first = rest.first, "USa".contains(first),
            let count = Int(rest.dropFirst()), (0...1 << 20).contains(count)
        {
            kind = first == "U" ? .text(count: count) : .byteText(count: count)
        } else if rest.first == "O" {
            kind = .object
        } else {
            return nil
        }
    }

    /// A tensor of numbers as they lie in a file, put in this machine's byte order and row-major
    /// order. The bytes must be those of the shape.
    func tensor(_ bytes: [UInt8], shape: [Int], isFortran: Bool) -> TensorData? {
        guard case .number(let type) = kind, type.byteCount(ofShape: shape) == bytes.count
        else { return nil }
        var bytes = bytes
        let size = type.byteCount
        if isBigEndian, size > 1 {
            for start in stride(from: 0, to: bytes.count, by: size) {
                bytes[start..<start + size].reverse()
            }
        }
        if type == .bool { bytes = bytes.map { $0 == 0 ? 0 : 1 } }
        if isFortran, shape.count > 1, !bytes.isEmpty {
            var strides = [1]
            for dimension in shape.dropLast() { strides.append(strides.last! * dimension) }
            bytes = gathered(bytes, shape: shape, strides: strides, offset: 0, size: size)
        }
        return TensorData(elementType: type, shape: shape, bytes: bytes)
    }

    /// The texts of an array as they lie in a file.
    func texts(_ bytes: [UInt8], count: Int) -> [String]? {
        guard let size = byteCount, bytes.count == size * count else { return nil }
        return (0..<count).map { i in
            let field = bytes[i * size..<(i + 1) * size]
            if case .byteText = kind {
                return String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
            }
            var scalars = String.UnicodeScalarView()
            for start in stride(from: field.startIndex, to: field.endIndex, by: 4) {
                let part = field[start..<start + 4]
                let value = (isBigEndian ? Array(part) : part.reversed())
                    .reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
                if value == 0 { break }
                scalars.append(Unicode.Scalar(value) ?? "\u{fffd}")
            }
            return String(scalars)
        }
    }
}

/// The elements of a strided view, packed row-major. Strides and offset count elements; all must lie
/// in `bytes`, and no dimension may be 0.
func gathered(
    _ bytes: [UInt8], shape: [Int], strides: [Int], offset: Int, size: Int
) -> [UInt8] {
    let rowLength = shape.last ?? 1
    let rowStride = strides.last ?? 1
    let rows = shape.dropLast().reduce(1, *)
    return [UInt8](unsafeUninitializedCapacity: rows * rowLength * size) { target, count in
        bytes.withUnsafeBufferPointer { source in
            var index = [Int](repeating: 0, count: max(0, shape.count - 1))
            var start = offset
            var to = 0
            for _ in 0..<rows {
                for i in 0..<rowLength {
                    let from = (start + i * rowStride) * size
                    for byte in 0..<size { target[to + byte] = source[from + byte] }
                    to += size
                }
                // The next row: a counter with the shape's digits.
                var axis = index.count - 1
                while axis >= 0 {
                    index[axis] += 1
                    start += strides[axis]
                    if index[axis] < shape[axis] { break }
                    start -= strides[axis] * shape[axis]
                    index[axis] = 0
                    axis -= 1
                }
            }
        }
        count = target.count
    }
}
