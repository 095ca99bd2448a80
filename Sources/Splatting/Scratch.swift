/// Uninitialised memory that grows and is kept from frame to frame.
struct Scratch<Element: BitwiseCopyable>: ~Copyable {
    private(set) var start: UnsafeMutablePointer<Element>
    private(set) var capacity: Int

    init() {
        capacity = 0
        start = Self.allocate(0)
    }

    deinit { UnsafeMutableRawPointer(start).deallocate() }

    /// Makes room for `count` elements; what was there may be lost.
    mutating func reserve(_ count: Int) {
        if count <= capacity { return }
        UnsafeMutableRawPointer(start).deallocate()
        // A quarter to spare: a moving camera changes the counts a little every frame.
        capacity = count + count / 4
        start = Self.allocate(capacity)
    }

    /// Whole cache lines, so that neither vectors nor records straddle two.
    private static func allocate(_ count: Int) -> UnsafeMutablePointer<Element> {
        UnsafeMutableRawPointer.allocate(
            byteCount: max(64, count * MemoryLayout<Element>.stride), alignment: 64
        ).bindMemory(to: Element.self, capacity: count)
    }
}
