import CTorch

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A differentiable operation whose forward and backward passes are Swift.
///
/// ```swift
/// let doubled = try CustomFunction.apply("double", [x]) { inputs in
///     ([inputs[0] * 2], { gradients, _ in [gradients[0].map { $0 * 2 }] })
/// }
/// ```
public enum CustomFunction {
    /// Computes the gradients of the inputs from those of the outputs. An output that nothing
    /// depended on has the gradient nil; `needed[i]` says whether input i's gradient is wanted;
    /// nil for an input stands for zero.
    public typealias Backward = (_ gradients: [Tensor?], _ needed: [Bool]) throws -> [Tensor?]

    /// Runs an operation and records it.
    ///
    /// The forward closure runs without recording. What the backward closure captures (inputs,
    /// outputs, anything else) is the saved state: it lives until a backward pass frees the record
    /// or the outputs are gone, and not at all when no input requires a gradient. Saved tensors must
    /// not be changed in place before the backward pass; the inputs are checked for it. Capturing
    /// what `apply` itself returned would keep the record alive for ever.
    ///
    /// The backward closure runs on the thread of the backward pass, on the CPU the one that called
    /// it; what it throws makes that pass throw a `TorchError` of its description.
    ///
    /// - Parameters:
    ///   - name: how errors call the operation.
    ///   - inputs: the tensors that gradients flow to.
    ///   - forward: gives the outputs for the inputs, and the backward closure.
    /// - Returns: the outputs, with history.
    public static func apply(
        _ name: String, _ inputs: [Tensor],
        forward: (_ inputs: [Tensor]) throws -> (outputs: [Tensor], backward: Backward)
    ) rethrows -> [Tensor] {
        _ = Runtime.started
        let (outputs, backward) = try noGrad { try forward(inputs.map { $0.detached() }) }
        let record = Record(name: name, watched: inputs, backward: backward)
        var results = [CTorchTensor?](repeating: nil, count: outputs.count)
        let error = withExtendedLifetime((inputs, outputs)) {
            ctorch_record(
                name, inputs.map(\.handle), Int32(inputs.count), outputs.map(\.handle),
                Int32(outputs.count), Unmanaged.passRetained(record).toOpaque(), runBackward,
                { Unmanaged<Record>.fromOpaque($0!).release() }, &results)
        }
        require(error)
        return results.map { Tensor(owning: $0!) }
    }

    /// What the record of an operation holds.
    fileprivate final class Record {
        let name: String
        let backward: Backward
        /// The inputs as they were in the forward pass. Detached tensors share the version counter
        /// and, unlike the inputs, no history: a record must not keep itself alive.
        private let watched: [(tensor: Tensor, version: Int)]

        init(name: String, watched: [Tensor], backward: @escaping Backward) {
            self.name = name
            self.backward = backward
            self.watched = watched.map { ($0.detached(), $0.version) }
        }

        func gradients(_ gradients: [Tensor?], _ needed: [Bool]) throws -> [Tensor?] {
            for (i, input) in watched.enumerated() where input.tensor.version != input.version {
                throw TorchError("input \(i) was changed in place after the forward pass")
            }
            let results = try backward(gradients, needed)
            guard results.count == needed.count else {
                throw TorchError("\(results.count) gradients for \(needed.count) inputs")
            }
            return results
        }
    }

    /// The C side of `Record.gradients`: no error passes as anything but a message.
    private static let runBackward: CTorchBackward = {
        context, outputGradients, outputCount, needed, inputGradients, inputCount in
        let record = Unmanaged<Record>.fromOpaque(context!).takeUnretainedValue()
        do {
            let results = try record.gradients(
                (0..<Int(outputCount)).map { outputGradients![$0].map(Tensor.init(borrowing:)) },
                (0..<Int(inputCount)).map { needed![$0] })
            for (i, result) in results.enumerated() {
                ctorch_retain(result?.handle)
                inputGradients![i] = result?.handle
            }
            return nil
        } catch {
            return strdup("\(record.name): \(error)")
        }
    }
}
