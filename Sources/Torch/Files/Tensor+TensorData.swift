import Media

extension Tensor {
    /// A tensor on the CPU of the values of a file, copied.
    ///
    /// Unsigned integers wider than a byte, which torch hardly computes with, become the next wider
    /// signed type; 64-bit ones keep their bits.
    public init(_ data: TensorData) {
        if let dtype = DType(data.elementType) {
            self = data.bytes.withUnsafeBytes {
                Tensor(copying: $0, shape: data.shape, dtype: dtype)
            }
        } else if let values = data.values(of: UInt16.self) {
            self.init(values.map(Int32.init), shape: data.shape)
        } else if let values = data.values(of: UInt32.self) {
            self.init(values.map(Int64.init), shape: data.shape)
        } else {
            let values = data.values(of: UInt64.self) ?? []
            self.init(values.map(Int64.init(bitPattern:)), shape: data.shape)
        }
    }

    /// The values as a file carries them.
    public var data: TensorData {
        let type = dtype.elementType
        let source = detached().moved(to: .cpu).contiguous()
        return TensorData(
            elementType: type, shape: shape, bytes: source.withUnsafeBytes { Array($0) })
    }
}

extension DType {
    /// The type of the same name, or nil where torch has none to compute with.
    init?(_ type: ElementType) {
        switch type {
        case .bool: self = .bool
        case .uint8: self = .uint8
        case .int8: self = .int8
        case .int16: self = .int16
        case .int32: self = .int32
        case .int64: self = .int64
        case .float16: self = .float16
        case .bfloat16: self = .bfloat16
        case .float32: self = .float32
        case .float64: self = .float64
        case .uint16, .uint32, .uint64: return nil
        }
    }

    /// The type of the same name in files.
    var elementType: ElementType {
        switch self {
        case .bool: .bool
        case .uint8: .uint8
        case .int8: .int8
        case .int16: .int16
        case .int32: .int32
        case .int64: .int64
        case .float16: .float16
        case .bfloat16: .bfloat16
        case .float32: .float32
        case .float64: .float64
        }
    }
}
