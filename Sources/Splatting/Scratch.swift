#if canImport(Glibc)
    import Glibc
#endif

/// Uninitialised memory that grows and is kept from frame to frame.
struct Scratch<Element: BitwiseCopyable>: ~Copyable {
    private(set) var start: UnsafeMutablePointer<Element>
    private(set) var capacity: Int

    /// The bytes it takes.
    var bytes: Int { capacity * MemoryLayout<Element>.stride }

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

    /// Whole cache lines, so that neither vectors nor records straddle two; large memory in huge
    /// pages where the system grants them, for splats are read in no order that pages follow.
    private static func allocate(_ count: Int) -> UnsafeMutablePointer<Element> {
        let hugePage = 1 << 21
        let size = max(64, count * MemoryLayout<Element>.stride)
        let isHuge = size >= 2 * hugePage
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: size, alignment: isHuge ? hugePage : 64)
        #if canImport(Glibc)
            // Advice: nothing depends on whether it is taken.
            if isHuge { _ = madvise(memory, size, MADV_HUGEPAGE) }
        #endif
        return memory.bindMemory(to: Element.self, capacity: count)
    }
}
