import CTorch
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// An operator of torch's dispatcher, by the name of its schema, such as "add.Tensor" (torch's
/// `native_functions.yaml` lists them); of another namespace than "aten", with that in front. Every
/// function of `Tensor` is one line over this, and what `Tensor` does not offer can be called so:
/// `Operator("hypot")(x, y)`.
///
/// Arguments are those of the schema, in its order, keyword-only ones included; trailing ones that
/// are left out take the schema's defaults. A list may be given by a single integer.
public struct Operator: @unchecked Sendable {
    // Sound: the handle points to memory that is never changed nor freed.
    private let handle: CTorchOperator

    /// The operators found so far, by the address of the literal that names them.
    private static let known = Mutex<[Int: Int]>([:])

    /// The operator of that name; there being none is a programmer's mistake and stops the program.
    public init(_ name: StaticString) {
        let key = Int(bitPattern: name.utf8Start)
        if let found = Operator.known.withLock({ $0[key] }) {
            handle = CTorchOperator(bitPattern: found)!
            return
        }
        _ = Runtime.started
        let parts = "\(name)".split(separator: ".", maxSplits: 1)
        let overload = parts.count > 1 ? String(parts[1]) : ""
        var found: CTorchOperator?
        let name = parts[0].contains("::") ? "\(parts[0])" : "aten::\(parts[0])"
        require(ctorch_find_operator(name, overload, &found))
        handle = found!
        let address = Int(bitPattern: found!)
        Operator.known.withLock { $0[key] = address }
    }

    /// Calls the operator and hands its results, each owned, to `body`.
    func invoke<Result>(
        _ arguments: [any OperatorArgument],
        _ body: (UnsafeMutablePointer<CTorchTensor?>, Int) -> Result
    ) throws(TorchError) -> Result {
        var words = 0
        for argument in arguments { words += argument.wordCount }
        // Arguments go through the stack: values, then the words of their lists, then results.
        let outcome = withUnsafeTemporaryAllocation(of: Int64.self, capacity: max(1, words)) {
            words in
            withUnsafeTemporaryAllocation(of: CTorchValue.self, capacity: max(1, arguments.count)) {
                values in
                withUnsafeTemporaryAllocation(of: CTorchTensor?.self, capacity: 8) {
                    outputs -> Swift.Result<Result, TorchError> in
                    var next = words.baseAddress!
                    for (i, argument) in arguments.enumerated() {
                        values[i] = argument.encoded(into: next)
                        next += argument.wordCount
                    }
                    var count: Int32 = 0
                    var overflow: UnsafeMutablePointer<CTorchTensor?>?
                    let error = withExtendedLifetime(arguments) {
                        ctorch_call(
                            handle, values.baseAddress!, Int32(arguments.count),
                            outputs.baseAddress!, Int32(outputs.count), &count, &overflow)
                    }
                    do throws(TorchError) { try check(error) } catch { return .failure(error) }
                    defer { free(overflow) }
                    return .success(body(overflow ?? outputs.baseAddress!, Int(count)))
                }
            }
        }
        return try outcome.get()
    }

    /// Calls the operator for its one tensor; a failure stops the program.
    public func callAsFunction(_ arguments: any OperatorArgument...) -> Tensor {
        do throws(TorchError) { return try tryOne(arguments) } catch { fatalError(error.message) }
    }

    /// Calls the operator for its one tensor.
    public func tryOne(_ arguments: [any OperatorArgument]) throws(TorchError) -> Tensor {
        try invoke(arguments) { outputs, _ in Tensor(owning: outputs[0]!) }
    }

    /// Calls the operator for all its tensors, lists flattened.
    public func tryAll(_ arguments: [any OperatorArgument]) throws(TorchError) -> [Tensor] {
        try invoke(arguments) { outputs, count in
            (0..<count).map { Tensor(owning: outputs[$0]!) }
        }
    }
}

/// Calls the operator of that name for its one tensor; a failure stops the program.
@inline(never)
func call(_ name: StaticString, _ arguments: any OperatorArgument...) -> Tensor {
    do throws(TorchError) {
        return try Operator(name).tryOne(arguments)
    } catch {
        fatalError("\(name): \(error.message)")
    }
}

/// Calls the operator of that name for all its tensors; a failure stops the program.
@inline(never)
func callAll(_ name: StaticString, _ arguments: any OperatorArgument...) -> [Tensor] {
    do throws(TorchError) {
        return try Operator(name).tryAll(arguments)
    } catch {
        fatalError("\(name): \(error.message)")
    }
}

/// Calls the operator of that name for its effect; a failure stops the program.
@inline(never)
func run(_ name: StaticString, _ arguments: any OperatorArgument...) {
    do throws(TorchError) {
        try Operator(name).invoke(arguments) { outputs, count in
            for i in 0..<count { ctorch_release(outputs[i]) }
        }
    } catch {
        fatalError("\(name): \(error.message)")
    }
}
