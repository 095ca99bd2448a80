/// Whether layers draw initial values when they are made.
enum InitialValues {
    @TaskLocal static var areSkipped = false
}

/// Makes modules whose weights are not drawn but left undefined, for those that load others at once:
/// memory that nobody wrote to takes no room, and drawing a billion values takes its time.
public func withoutInitialValues<Result>(_ body: () throws -> Result) rethrows -> Result {
    try InitialValues.$areSkipped.withValue(true, operation: body)
}
