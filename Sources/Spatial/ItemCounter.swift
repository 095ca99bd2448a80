import Synchronization

/// A counter that hands each of its values to one caller only.
final class ItemCounter: Sendable {
    private let value = Atomic<Int>(0)

    /// The next value, from 0 up.
    func take() -> Int { value.wrappingAdd(1, ordering: .relaxed).oldValue }
}
