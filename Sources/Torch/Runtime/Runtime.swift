import CTorch
import Spatial

/// Torch as a whole: its version, its seed, its threads.
public enum Runtime {
    /// Sets torch up once: the threads of `Threads.count`, also after it changes, and kernels that
    /// give the same bits each time.
    static let started: Void = {
        ctorch_set_deterministic(true)
        Threads.observe { ctorch_set_thread_count(Int32(clamping: $0)) }
        ctorch_limit_spinning()
    }()

    /// Whether this processor has the vector instructions that the program was built with.
    public static var suitsProcessor: Bool { ctorch_suits_processor() }

    /// The version of libtorch, as "2.11.0".
    public static var version: String { String(cString: ctorch_version_string()) }

    /// Seeds the generator that random operations use when none is given.
    public static func seed(_ seed: UInt64) {
        _ = started
        require(ctorch_seed(seed))
    }
}
