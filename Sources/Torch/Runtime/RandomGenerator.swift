import CTorch

/// A seeded source of random numbers on the CPU; the same seed gives the same numbers.
///
/// Not to be used by two threads at once.
public final class RandomGenerator {
    let handle: CTorchGenerator

    public init(seed: UInt64) { handle = ctorch_make_generator(seed) }

    deinit { ctorch_release_generator(handle) }

    /// Starts again from a seed.
    public func seed(_ seed: UInt64) { ctorch_seed_generator(handle, seed) }
}
