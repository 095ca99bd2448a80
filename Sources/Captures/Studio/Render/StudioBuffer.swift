/// Memory of a fixed size that kernels read and write through a pointer.
///
/// Sendable: whoever writes writes disjoint elements, and readers come after.
final class StudioBuffer<Element: BitwiseCopyable>: @unchecked Sendable {
    let start: UnsafeMutablePointer<Element>
    let count: Int

    init(count: Int, _ value: Element) {
        self.count = count
        start = .allocate(capacity: max(count, 1))
        start.initialize(repeating: value, count: max(count, 1))
    }

    convenience init(_ elements: [Element], default value: Element) {
        self.init(count: elements.count, value)
        elements.withUnsafeBufferPointer { source in
            if let base = source.baseAddress { start.update(from: base, count: elements.count) }
        }
    }

    deinit { start.deallocate() }

    @inline(__always)
    subscript(index: Int) -> Element {
        get { start[index] }
        set { start[index] = newValue }
    }
}
