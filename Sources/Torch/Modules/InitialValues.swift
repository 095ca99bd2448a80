/// Whether layers draw initial values when they are made.
enum InitialValues {
    @TaskLocal static var areSkipped = false
}

/// Makes modules whose tensors have shapes and no values of their own, for `load` or `adopt` to give
/// them: they take no memory, whatever their shapes, and drawing a billion values takes its time.
public func withoutInitialValues<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
    // The closure of `withValue` throws anything; what it throws is what `body` throws.
    let result = InitialValues.$areSkipped.withValue(true) { () -> Swift.Result<Result, Failure> in
        do throws(Failure) { return .success(try body()) } catch { return .failure(error) }
    }
    return try result.get()
}

extension Tensor {
    /// A parameter that `make` fills, or one without memory where initial values are skipped.
    static func parameter(_ shape: [Int], _ make: () -> Tensor) -> Tensor {
        (InitialValues.areSkipped ? placeholder(shape) : make()).requiringGrad()
    }

    /// One zero that stands at every place.
    private static func placeholder(_ shape: [Int]) -> Tensor { .zeros([]).expanded(shape) }

    /// Whether several places share memory, so that values cannot be written to them.
    var isPlaceholder: Bool { count > 1 && zip(shape, strides).allSatisfy { $0 == 1 || $1 == 0 } }
}
