/// A tensor at rest: element type, shape and bytes, as files carry it. Row-major (the last
/// dimension varies fastest), little-endian, without gaps.
public struct TensorData: Equatable, Sendable {
    public let elementType: ElementType
    /// The dimensions, outermost first; empty for a scalar.
    public let shape: [Int]
    /// The elements; the product of `shape` times `elementType.byteCount` of them.
    public let bytes: [UInt8]

    /// A tensor of the given bytes, whose count must match type and shape.
    public init(elementType: ElementType, shape: [Int], bytes: [UInt8]) {
        precondition(
            elementType.byteCount(ofShape: shape) == bytes.count,
            "the bytes of a tensor match its shape")
        self.elementType = elementType
        self.shape = shape
        self.bytes = bytes
    }

    /// A tensor of Swift values; their count must be the product of `shape`, and without a shape
    /// the tensor has one dimension.
    public init<Element: TensorElement>(_ values: [Element], shape: [Int]? = nil) {
        self.init(
            elementType: Element.elementType, shape: shape ?? [values.count],
            bytes: values.withUnsafeBytes { Array($0) })
    }

    /// A tensor of booleans.
    public init(_ values: [Bool], shape: [Int]? = nil) {
        self.init(
            elementType: .bool, shape: shape ?? [values.count], bytes: values.map { $0 ? 1 : 0 })
    }

    /// A tensor of `values` rounded to a floating-point type: to the nearest, ties to even.
    public init(_ values: [Float], shape: [Int]? = nil, roundedTo type: ElementType) {
        let shape = shape ?? [values.count]
        switch type {
        case .float32: self.init(values, shape: shape)
        case .float64: self.init(values.map(Double.init), shape: shape)
        case .float16: self.init(bits: values.map { $0.float16Bits }, type, shape)
        case .bfloat16: self.init(bits: values.map { $0.bfloat16Bits }, type, shape)
        default: preconditionFailure("\(type) is not a floating-point type")
        }
    }

    private init(bits: [UInt16], _ type: ElementType, _ shape: [Int]) {
        self.init(
            elementType: type, shape: shape, bytes: bits.withUnsafeBytes { Array($0) })
    }

    /// The number of elements.
    public var count: Int { bytes.count / elementType.byteCount }

    /// The same elements under another shape, whose product must be the same.
    public func reshaped(_ shape: [Int]) -> TensorData {
        TensorData(elementType: elementType, shape: shape, bytes: bytes)
    }
}
