import CTorch

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A multi-dimensional array of numbers, row-major, on a device, whose operations can be recorded
/// and differentiated.
///
/// Copying a `Tensor` copies a reference: the functions whose names end in `InPlace` are seen through
/// every copy. All others give new tensors, though views (`reshaped`, `select`, `narrow`, …) share
/// memory with what they were made of.
///
/// Not `Sendable`: a tensor stays in one isolation, or is handed over by `sending`. Operators stop
/// the program on arguments that do not fit (see `TorchError`).
public struct Tensor {
    /// Holds one counted reference.
    private final class Storage {
        let handle: CTorchTensor
        init(_ handle: CTorchTensor) { self.handle = handle }
        deinit { ctorch_release(handle) }
    }

    private let storage: Storage

    /// The reference that the C interface takes; valid while this tensor is.
    var handle: CTorchTensor { storage.handle }

    /// Takes over a reference that the C interface gave.
    init(owning handle: CTorchTensor) { storage = Storage(handle) }

    /// Takes another reference to a tensor that the C interface lends.
    init(borrowing handle: CTorchTensor) {
        ctorch_retain(handle)
        storage = Storage(handle)
    }
}

@available(*, unavailable, message: "a tensor belongs to one isolation at a time")
extension Tensor: Sendable {}

extension Tensor {
    /// The sizes of the dimensions; empty for a single number.
    public var shape: [Int] {
        (0..<ctorch_dimensions(handle)).map { Int(ctorch_size(handle, $0)) }
    }

    /// The number of dimensions.
    public var dimensions: Int { Int(ctorch_dimensions(handle)) }

    /// The size of one dimension; negative ones count from the last.
    public func size(_ dimension: Int) -> Int {
        let count = dimensions
        let index = dimension < 0 ? dimension + count : dimension
        precondition(0..<count ~= index, "no dimension \(dimension) in a tensor of \(count)")
        return Int(ctorch_size(handle, Int32(index)))
    }

    /// The distance in elements between neighbours, for each dimension.
    public var strides: [Int] {
        (0..<ctorch_dimensions(handle)).map { Int(ctorch_stride(handle, $0)) }
    }

    /// The number of elements.
    public var count: Int { Int(ctorch_element_count(handle)) }

    public var dtype: DType {
        guard let dtype = DType(rawValue: ctorch_scalar_type(handle)) else {
            fatalError("a tensor of a type that Likeness does not know")
        }
        return dtype
    }

    public var device: Device { Device(word: ctorch_device(handle)) }

    /// Whether the elements lie in memory without gaps, in row-major order.
    public var isContiguous: Bool { ctorch_is_contiguous(handle) }

    /// How often the elements were changed in place.
    public var version: Int { Int(ctorch_version(handle)) }

    /// Whether both are the very same tensor, not merely equal ones.
    public func isIdentical(to other: Tensor) -> Bool { handle == other.handle }
}

extension Tensor: CustomStringConvertible {
    /// The values as torch prints them.
    public var description: String {
        var text: UnsafeMutablePointer<CChar>?
        require(ctorch_description(handle, &text))
        defer { free(text) }
        return text.map { String(cString: $0) } ?? ""
    }
}
