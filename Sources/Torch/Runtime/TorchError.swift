import CTorch

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What torch says went wrong.
///
/// Operators on tensors do not throw: shapes that do not fit, a wrong dtype or an index out of range
/// is a programmer's mistake and stops the program with torch's message. `TorchError` is thrown
/// where a right program can fail: in a backward pass (whose operations may be the user's own),
/// when a tensor moves to another device, and where a `try` form of an operation is offered.
public struct TorchError: Error, CustomStringConvertible, Equatable {
    /// Torch's message, without its C++ stack.
    public let message: String

    public init(_ message: String) { self.message = message }

    public var description: String { message }
}

/// Throws the message that a C function returned, and frees it.
@inline(__always)
func check(_ error: CTorchError?) throws(TorchError) {
    guard let error else { return }
    defer { free(error) }
    throw TorchError(String(cString: error))
}

/// Stops the program with the message that a C function returned: the caller broke its contract.
@inline(__always)
func require(_ error: CTorchError?) {
    guard let error else { return }
    fatalError(String(cString: error))
}
