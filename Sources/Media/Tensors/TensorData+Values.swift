extension TensorData {
    /// The elements as `Float`: rounded where the type is wider, 0 and 1 for booleans.
    public func floats() -> [Float] {
        switch elementType {
        case .bool: bytes.map { $0 == 0 ? 0 : 1 }
        case .uint8: bytes.map { Float($0) }
        case .int8: raw(Int8.self).map { Float($0) }
        case .int16: raw(Int16.self).map { Float($0) }
        case .uint16: raw(UInt16.self).map { Float($0) }
        case .float16: raw(UInt16.self).map { Float(float16Bits: $0) }
        case .bfloat16: raw(UInt16.self).map { Float(bitPattern: UInt32($0) << 16) }
        case .int32: raw(Int32.self).map { Float($0) }
        case .uint32: raw(UInt32.self).map { Float($0) }
        case .float32: raw(Float.self)
        case .float64: raw(Double.self).map { Float($0) }
        case .int64: raw(Int64.self).map { Float($0) }
        case .uint64: raw(UInt64.self).map { Float($0) }
        }
    }

    /// The elements as `Double`; 64-bit integers are rounded.
    public func doubles() -> [Double] {
        switch elementType {
        case .float64: raw(Double.self)
        case .int32: raw(Int32.self).map { Double($0) }
        case .uint32: raw(UInt32.self).map { Double($0) }
        case .int64: raw(Int64.self).map { Double($0) }
        case .uint64: raw(UInt64.self).map { Double($0) }
        // Every value of the narrower types is a Float.
        default: floats().map { Double($0) }
        }
    }

    /// The elements of an integer or boolean tensor, or nil where the type is floating-point or a
    /// value passes what an `Int` holds.
    public func integers() -> [Int]? {
        switch elementType {
        case .bool: return bytes.map { $0 == 0 ? 0 : 1 }
        case .uint8: return bytes.map { Int($0) }
        case .int8: return raw(Int8.self).map { Int($0) }
        case .int16: return raw(Int16.self).map { Int($0) }
        case .uint16: return raw(UInt16.self).map { Int($0) }
        case .int32: return raw(Int32.self).map { Int($0) }
        case .uint32: return raw(UInt32.self).map { Int($0) }
        case .int64: return raw(Int64.self).map { Int($0) }
        case .uint64:
            let values = raw(UInt64.self)
            return values.contains { $0 > Int.max } ? nil : values.map { Int($0) }
        case .float16, .bfloat16, .float32, .float64: return nil
        }
    }

    /// The elements without conversion, or nil where the tensor is of another type.
    public func values<Element: TensorElement>(of type: Element.Type) -> [Element]? {
        elementType == type.elementType ? raw(type) : nil
    }

    /// The bytes read as `type`, whose size must be the element's.
    private func raw<Element: BitwiseCopyable>(_ type: Element.Type) -> [Element] {
        let count = bytes.count / MemoryLayout<Element>.stride
        return [Element](unsafeUninitializedCapacity: count) { buffer, filled in
            bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
            filled = count
        }
    }
}

// By hand, because Swift's Float16 does not exist on Intel Macs.
extension Float {
    /// The value of an IEEE 754 binary16 pattern; exact.
    init(float16Bits bits: UInt16) {
        let sign = UInt32(bits & 0x8000) << 16
        let magnitude = UInt32(bits & 0x7fff)
        if magnitude >= 0x7c00 {
            // Infinity, or not a number with its payload.
            self.init(bitPattern: sign | 0x7f80_0000 | (magnitude & 0x3ff) << 13)
        } else {
            // Shifted into place the exponent is 112 too small; the product also normalises
            // subnormals.
            let scaled = Float(bitPattern: magnitude << 13) * 0x1p112
            self.init(bitPattern: sign | scaled.bitPattern)
        }
    }

    /// The nearest binary16 pattern, ties to even; beyond its range infinity.
    var float16Bits: UInt16 {
        let sign = UInt16(truncatingIfNeeded: bitPattern >> 16) & 0x8000
        let magnitude = Float(bitPattern: bitPattern & 0x7fff_ffff)
        if magnitude.isNaN { return sign | 0x7e00 }
        if magnitude >= 65520 { return sign | 0x7c00 }
        if magnitude < 0x1p-14 {
            // Adding 0.5 leaves the multiple of 2⁻²⁴ in the low bits, rounded by the addition.
            return sign | UInt16((magnitude + 0.5).bitPattern - Float(0.5).bitPattern)
        }
        let bits = magnitude.bitPattern
        let rounded = bits + 0xfff + (bits >> 13 & 1)
        return sign | UInt16((rounded - 112 << 23) >> 13)
    }

    /// The nearest bfloat16 pattern, ties to even.
    var bfloat16Bits: UInt16 {
        if isNaN { return UInt16(truncatingIfNeeded: bitPattern >> 16) | 0x40 }
        return UInt16((bitPattern &+ 0x7fff &+ (bitPattern >> 16 & 1)) >> 16)
    }
}
