/// A function of tensors whose intermediate results are not kept for the backward pass but computed
/// once more in it (Chen et al., arXiv 1604.06174): memory for time. The result and the gradients are
/// the same to the bit.
///
/// - Parameters:
///   - inputs: what `body` is called with; gradients flow to them.
///   - parameters: the further tensors that `body` uses and whose gradients are wanted, such as
///     those of the modules it calls.
///   - body: the function, called in both passes. It must draw no random numbers.
public func checkpointed(
    _ inputs: [Tensor], parameters: [Tensor], _ body: @escaping ([Tensor]) -> Tensor
) -> Tensor {
    guard isGradEnabled else { return body(inputs) }
    return CustomFunction.apply("checkpoint", inputs + parameters) { detached in
        let values = Array(detached.prefix(inputs.count))
        let backward: CustomFunction.Backward = { gradients, needed in
            guard let gradient = gradients[0] else { return needed.map { _ in nil } }
            return try withGrad {
                let leaves = values.enumerated().map { i, value in
                    // One whose gradient is wanted was detached for this call: nobody else sees it.
                    needed[i] ? value.detached().requiringGrad() : value
                }
                let sources = zip(leaves + parameters, needed).filter(\.1).map(\.0)
                var found = try Tensor.gradients(
                    of: body(leaves), withRespectTo: sources, gradient: gradient
                ).makeIterator()
                return needed.map { $0 ? found.next()! : nil }
            }
        }
        return ([body(values)], backward)
    }[0]
}
