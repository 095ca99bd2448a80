import Foundation
import Synchronization

/// A file mapped into memory: its pages are read when touched, and the system may drop them again,
/// so that gigabytes cost no memory of the process's own.
///
/// The mapping is private: what is written to it stays in this process, page by page, and never
/// reaches the file. Where somebody cuts the file short meanwhile, touching what is gone ends the
/// process; files that are read once are better read with `pread`, as all readers here do.
public final class MappedFile: Sendable {
    /// The name for error messages.
    public let name: String
    // Never changed after `init`, and given back in `deinit`, when nobody can ask for it any more.
    private nonisolated(unsafe) let base: UnsafeMutableRawPointer?
    /// The number of bytes.
    public let count: Int

    /// Maps a whole file.
    ///
    /// - Throws: `MediaError` where there is no such file, or the system refuses.
    public init(_ url: URL) throws {
        name = url.relativePath
        let file = try OpenFile(path: url.path, name: name)
        count = file.count
        guard count > 0 else {
            base = nil
            return
        }
        let address = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE, file.descriptor, 0)
        guard address != MAP_FAILED else {
            throw MediaError.unreadable(file: name, reason: systemMessage())
        }
        base = address
        Self.mappings.withLock { $0[UInt(bitPattern: address)] = count }
    }

    deinit {
        guard let base else { return }
        _ = Self.mappings.withLock { $0.removeValue(forKey: UInt(bitPattern: base)) }
        munmap(base, count)
    }

    /// The bytes, valid while this object is.
    public var bytes: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: base, count: count)
    }

    /// The sizes of all mappings by their addresses.
    private static let mappings = Mutex<[UInt: Int]>([:])

    /// Gives back the memory that holds `bytes` as far as they lie in a mapped file and fill whole
    /// pages: they are read again when they are touched next, mostly out of the system's cache.
    ///
    /// What was written there is lost. Bytes outside of mapped files stay as they are.
    public static func release(_ bytes: UnsafeRawBufferPointer) {
        let page = UInt(sysconf(Int32(_SC_PAGESIZE)))
        let address = UInt(bitPattern: bytes.baseAddress)
        let start = (address + page - 1) / page * page
        let end = (address + UInt(bytes.count)) / page * page
        // Within the lock, so that nobody unmaps them meanwhile.
        mappings.withLock { mappings in
            guard start < end,
                mappings.contains(where: { $0 <= start && end <= $0 + UInt($1) })
            else { return }
            madvise(UnsafeMutableRawPointer(bitPattern: start), Int(end - start), MADV_DONTNEED)
        }
    }
}
