import CTorch

extension Tensor {
    /// A tensor on the CPU of the given elements, copied; without a shape, of one dimension.
    public init<Scalar: TensorScalar>(_ scalars: [Scalar], shape: [Int]? = nil) {
        self = scalars.withUnsafeBufferPointer {
            Tensor(copying: $0, shape: shape ?? [$0.count])
        }
    }

    /// A tensor on the CPU of the given elements, copied; their count must be that of the shape.
    public init<Scalar: TensorScalar>(copying scalars: UnsafeBufferPointer<Scalar>, shape: [Int]) {
        precondition(
            shape.reduce(1, *) == scalars.count,
            "\(scalars.count) elements do not fill the shape \(shape)")
        self.init(copying: scalars.baseAddress, shape: shape, dtype: Scalar.dtype)
    }

    /// A tensor on the CPU of the given bytes in memory order, copied.
    public init(copying bytes: UnsafeRawBufferPointer, shape: [Int], dtype: DType) {
        precondition(
            shape.reduce(dtype.byteCount, *) == bytes.count,
            "\(bytes.count) bytes do not fill the shape \(shape) of \(dtype)")
        self.init(copying: bytes.baseAddress, shape: shape, dtype: dtype)
    }

    private init(copying data: UnsafeRawPointer?, shape: [Int], dtype: DType) {
        _ = Runtime.started
        var result: CTorchTensor?
        let sizes = shape.map(Int64.init)
        require(ctorch_make(data, sizes, Int32(sizes.count), dtype.rawValue, &result))
        self.init(owning: result!)
    }

    /// A tensor of a single number, without dimensions.
    public init<Scalar: TensorScalar>(_ scalar: Scalar) { self.init([scalar], shape: []) }

    /// A tensor of uninitialised memory on the CPU, to be filled through `withUnsafeMutableElements`.
    public static func uninitialized(_ shape: [Int], dtype: DType = .float32) -> Tensor {
        Tensor(copying: nil, shape: shape, dtype: dtype)
    }

    /// A tensor over memory that is not copied. `release` is called when torch no longer needs it,
    /// on whichever thread drops the last reference.
    public init<Scalar: TensorScalar>(
        wrapping scalars: UnsafeMutableBufferPointer<Scalar>, shape: [Int],
        release: @escaping @Sendable () -> Void
    ) {
        precondition(shape.reduce(1, *) == scalars.count, "the elements must fill the shape")
        _ = Runtime.started
        let context = Unmanaged.passRetained(ReleaseBox(release)).toOpaque()
        var result: CTorchTensor?
        let sizes = shape.map(Int64.init)
        require(
            ctorch_wrap(
                scalars.baseAddress, sizes, Int32(sizes.count), Scalar.dtype.rawValue, context,
                { Unmanaged<ReleaseBox>.fromOpaque($0!).takeRetainedValue().release() }, &result))
        self.init(owning: result!)
    }

    private final class ReleaseBox {
        let release: @Sendable () -> Void
        init(_ release: @escaping @Sendable () -> Void) { self.release = release }
    }

    /// Calls `body` with the elements in row-major order.
    ///
    /// There is no copy when the tensor is contiguous, on the CPU and of that type; otherwise `body`
    /// sees a converted copy.
    public func withUnsafeElements<Scalar: TensorScalar, Result>(
        of type: Scalar.Type, _ body: (UnsafeBufferPointer<Scalar>) throws -> Result
    ) rethrows -> Result {
        let source = detached().converted(to: Scalar.dtype).moved(to: .cpu).contiguous()
        var data: UnsafeMutableRawPointer?
        require(ctorch_data(source.handle, &data))
        return try withExtendedLifetime(source) {
            try body(
                UnsafeBufferPointer(
                    start: data?.assumingMemoryBound(to: Scalar.self), count: source.count))
        }
    }

    /// Calls `body` with the elements of a contiguous tensor of that type on the CPU, to be changed
    /// in place. Torch does not learn of the change: not for tensors whose history is recorded.
    public func withUnsafeMutableElements<Scalar: TensorScalar, Result>(
        of type: Scalar.Type,
        _ body: (UnsafeMutableBufferPointer<Scalar>) throws -> Result
    ) rethrows -> Result {
        precondition(
            isContiguous && device == .cpu && dtype == Scalar.dtype,
            "elements are changed in place in a contiguous tensor of \(Scalar.dtype) on the CPU")
        var data: UnsafeMutableRawPointer?
        require(ctorch_data(handle, &data))
        return try withExtendedLifetime(self) {
            try body(
                UnsafeMutableBufferPointer(
                    start: data?.assumingMemoryBound(to: Scalar.self), count: count))
        }
    }

    /// Calls `body` with the bytes of a contiguous tensor on the CPU, without a copy.
    func withUnsafeBytes<Result>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        precondition(isContiguous && device == .cpu, "bytes are read where they lie in order")
        var data: UnsafeMutableRawPointer?
        require(ctorch_data(handle, &data))
        return try withExtendedLifetime(self) {
            try body(UnsafeRawBufferPointer(start: data, count: count * dtype.byteCount))
        }
    }

    /// Calls `body` with the elements as `Float`, in row-major order.
    public func withUnsafeFloats<Result>(
        _ body: (UnsafeBufferPointer<Float>) throws -> Result
    ) rethrows -> Result { try withUnsafeElements(of: Float.self, body) }

    /// All elements in row-major order, converted to the type.
    public func array<Scalar: TensorScalar>(of type: Scalar.Type) -> [Scalar] {
        withUnsafeElements(of: type) { Array($0) }
    }

    /// All elements in row-major order, as `Float`.
    public func array() -> [Float] { array(of: Float.self) }

    /// The only element, converted to the type.
    public func item<Scalar: TensorScalar>(as type: Scalar.Type) -> Scalar {
        precondition(count == 1, "a tensor of shape \(shape) is not a single number")
        return withUnsafeElements(of: type) { $0[0] }
    }

    /// The only element, as `Float`.
    public func item() -> Float { item(as: Float.self) }
}
