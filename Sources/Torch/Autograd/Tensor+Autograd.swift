import CTorch

extension Tensor {
    /// Whether operations on this tensor are recorded, for gradients.
    public var requiresGrad: Bool { ctorch_requires_grad(handle) }

    /// Whether this tensor was not computed from others with a record: where gradients accumulate.
    public var isLeaf: Bool { ctorch_is_leaf(handle) }

    /// Marks this tensor (not a copy) as one whose gradient is wanted, and returns it.
    @discardableResult
    public func requiringGrad(_ value: Bool = true) -> Tensor {
        require(ctorch_set_requires_grad(handle, value))
        return self
    }

    /// The gradient that backward passes have added up in this leaf, or nil.
    public var grad: Tensor? {
        get { ctorch_grad(handle).map { Tensor(owning: $0) } }
        nonmutating set { require(ctorch_set_grad(handle, newValue?.handle)) }
    }

    /// Forgets the gradient.
    public func zeroGrad() { grad = nil }

    /// The same values, shared, without history.
    public func detached() -> Tensor {
        guard requiresGrad else { return self }
        var result: CTorchTensor?
        require(ctorch_detach(handle, &result))
        return Tensor(owning: result!)
    }

    /// Makes this tensor hold the values of another one, of whatever shape, dtype and device, while
    /// staying the same tensor for whoever refers to it. Not within recorded operations.
    public func setData(_ values: Tensor) {
        require(ctorch_set_data(handle, values.detached().handle))
    }

    /// Adds to the leaves' gradients those of this tensor.
    ///
    /// - Parameters:
    ///   - gradient: what this tensor's gradient is; may be left out for a single number, then 1.
    ///   - retainGraph: keeps the record for another pass.
    ///   - createGraph: records the backward pass itself, for second derivatives.
    public func backward(
        gradient: Tensor? = nil, retainGraph: Bool = false, createGraph: Bool = false
    ) throws(TorchError) {
        try Tensor.backward(
            [self], gradients: [gradient], retainGraph: retainGraph || createGraph,
            createGraph: createGraph)
    }

    /// The backward pass of several tensors at once.
    public static func backward(
        _ outputs: [Tensor], gradients: [Tensor?], retainGraph: Bool = false,
        createGraph: Bool = false
    ) throws(TorchError) {
        precondition(outputs.count == gradients.count, "one gradient (or nil) per output")
        let error = withExtendedLifetime((outputs, gradients)) {
            ctorch_backward(
                outputs.map(\.handle), gradients.map { $0?.handle }, Int32(outputs.count),
                retainGraph, createGraph)
        }
        try check(error)
    }

    /// The gradients of a tensor with respect to others, nil where it does not depend on one; those
    /// that leaves have accumulated stay as they are.
    public static func gradients(
        of output: Tensor, withRespectTo inputs: [Tensor], gradient: Tensor? = nil,
        retainGraph: Bool = false, createGraph: Bool = false
    ) throws(TorchError) -> [Tensor?] {
        var results = [CTorchTensor?](repeating: nil, count: inputs.count)
        let error = withExtendedLifetime((output, inputs, gradient)) {
            ctorch_gradients(
                [output.handle], [gradient?.handle], 1, inputs.map(\.handle), Int32(inputs.count),
                retainGraph || createGraph, createGraph, &results)
        }
        try check(error)
        return results.map { $0.map { Tensor(owning: $0) } }
    }
}

/// Whether operations are recorded on this thread.
public var isGradEnabled: Bool { ctorch_grad_enabled() }

/// Runs `body` without recording operations, on this thread.
public func noGrad<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
    let before = ctorch_grad_enabled()
    ctorch_set_grad_enabled(false)
    defer { ctorch_set_grad_enabled(before) }
    return try body()
}

/// Runs `body` recording operations, on this thread: undoes `noGrad` within it.
public func withGrad<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
    let before = ctorch_grad_enabled()
    ctorch_set_grad_enabled(true)
    defer { ctorch_set_grad_enabled(before) }
    return try body()
}
