import Spatial

/// The pictures of a capture, kept in memory up to a limit and read ahead while the caller works.
///
///     let pictures = CapturePictures(capture)
///     await pictures.prefetch(Array(order.prefix(8)))
///     let image = try await pictures.picture(.colour, of: order[0])
///
/// Images share their samples with the cache: handing one out copies nothing.
public actor CapturePictures {
    public nonisolated let capture: Capture
    /// The greatest number of bytes that pictures take here.
    public nonisolated let memoryLimit: Int

    private struct Key: Hashable {
        var kind: PictureKind
        var view: Int
    }
    private struct Entry {
        var image: Image?
        var bytes: Int
        /// When it was asked for last; 0 where it was only read ahead.
        var lastUse: Int
    }

    private var entries: [Key: Entry] = [:]
    /// Keys in the order in which they were used, with that time: those used again since are passed
    /// over, so that finding the oldest one costs nothing that grows.
    private var order: [(key: Key, time: Int)] = []
    private var oldest = 0
    private var clock = 0
    private var bytes = 0
    /// Bytes that were read ahead and not asked for yet.
    private var waitingBytes = 0
    private var reading: [Key: Task<Image?, any Error>] = [:]
    private var ahead: [Key] = []
    private var readers = 0

    /// - Parameter memoryLimit: In bytes, as floats: a picture of 1 megapixel takes 12 MB.
    public init(_ capture: Capture, memoryLimit: Int = 1 << 30) {
        (self.capture, self.memoryLimit) = (capture, memoryLimit)
    }

    /// The bytes of the pictures that are kept.
    public var memoryUse: Int { bytes }

    /// A picture, from memory or read now; see `Capture.picture(_:of:)`.
    public func picture(_ kind: PictureKind, of view: Int) async throws -> Image? {
        let key = Key(kind: kind, view: view)
        if entries[key] == nil {
            // What is being read already is waited for, and read once.
            let task = reading[key] ?? read(key)
            do {
                keep(try await task.value, key)
            } catch {
                reading[key] = nil
                throw error
            }
        }
        clock += 1
        if entries[key]?.lastUse == 0 { waitingBytes -= entries[key]!.bytes }
        let image = entries[key]?.image
        entries[key]?.lastUse = clock
        order.append((key, clock))
        evict()
        pump()
        return image
    }

    /// Reads pictures ahead in this order, in place of what was asked for before and has not begun.
    /// At most half of the memory is filled with what nobody has asked for yet. What cannot be read
    /// is told when it is asked for.
    public func prefetch(_ views: some Sequence<Int>, kinds: Set<PictureKind> = [.colour]) {
        let wanted = views.flatMap { view in
            PictureKind.allCases.filter(kinds.contains).map { Key(kind: $0, view: view) }
        }
        // What was read ahead and is no longer wanted makes room.
        let kept = Set(wanted)
        for (key, entry) in entries where entry.lastUse == 0 && !kept.contains(key) {
            clock += 1
            entries[key]?.lastUse = clock
            order.append((key, clock))
            waitingBytes -= entry.bytes
        }
        ahead = wanted.reversed()
        pump()
    }

    private func read(_ key: Key) -> Task<Image?, any Error> {
        let task = Task.detached(priority: .utility) { [capture] in
            try await capture.picture(key.kind, of: key.view)
        }
        reading[key] = task
        return task
    }

    /// Starts reading while there is room and something to read: one picture less at a time than there
    /// are processors, so that one is left for the caller.
    private func pump() {
        while readers < max(1, Threads.count - 1), waitingBytes < memoryLimit / 2,
            let key = ahead.popLast()
        {
            if entries[key] != nil || reading[key] != nil { continue }
            readers += 1
            let task = read(key)
            Task {
                let result = await task.result
                readers -= 1
                if case .success(let image) = result { keep(image, key) }
                reading[key] = nil
                pump()
            }
        }
    }

    private func keep(_ image: Image?, _ key: Key) {
        reading[key] = nil
        if entries[key] != nil { return }
        let size = (image?.samples.count ?? 0) * 4 + 64
        entries[key] = Entry(image: image, bytes: size, lastUse: 0)
        bytes += size
        waitingBytes += size
        evict()
    }

    /// Drops what was asked for longest ago. What was read ahead stays, until it was asked for.
    private func evict() {
        while bytes > memoryLimit, oldest < order.count {
            let (key, time) = order[oldest]
            oldest += 1
            guard let entry = entries[key], entry.lastUse == time else { continue }
            entries[key] = nil
            bytes -= entry.bytes
        }
        if oldest > 1024 && oldest * 2 > order.count {
            order.removeFirst(oldest)
            oldest = 0
        }
    }
}
