import Foundation

/// Bytes that are read at any offset: an open file, or memory.
///
/// A file is read with `pread`, not mapped: when somebody cuts it short meanwhile the read reports
/// it, where a mapping would end the process.
struct ByteSource: Sendable {
    /// The name for error messages.
    let name: String
    /// The number of bytes.
    let count: Int
    private let storage: Storage

    private enum Storage: Sendable {
        case memory([UInt8])
        case file(OpenFile)
    }

    init(_ bytes: [UInt8], name: String) {
        (self.name, count, storage) = (name, bytes.count, .memory(bytes))
    }

    init(contentsOf url: URL) throws {
        name = url.relativePath
        let file = try OpenFile(path: url.path, name: name)
        count = file.count
        storage = .file(file)
    }

    /// The `count` bytes at `offset`.
    ///
    /// - Throws: `MediaError.damaged` where the source does not hold them all; nothing is allocated
    ///   then.
    func read(at offset: Int, count: Int) throws -> [UInt8] {
        guard offset >= 0, count >= 0, offset <= self.count, count <= self.count - offset else {
            throw MediaError.damaged(
                file: name, found: "\(self.count) bytes",
                expected: "\(count) bytes at offset \(offset)")
        }
        switch storage {
        case .memory(let bytes): return Array(bytes[offset..<offset + count])
        case .file(let file): return try file.read(at: offset, count: count, name: name)
        }
    }

    /// All bytes.
    func readAll() throws -> [UInt8] {
        if case .memory(let bytes) = storage { return bytes }
        return try read(at: 0, count: count)
    }
}

/// A file descriptor that closes with its last owner. `pread` keeps no position, so that threads
/// may share it.
final class OpenFile: Sendable {
    let descriptor: Int32
    let count: Int

    init(path: String, name: String) throws {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { throw MediaError.notFound(file: name) }
            throw MediaError.unreadable(file: name, reason: systemMessage())
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            close(descriptor)
            throw MediaError.unreadable(file: name, reason: systemMessage())
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw MediaError.unreadable(file: name, reason: "it is not a regular file")
        }
        count = Int(status.st_size)
    }

    deinit { close(descriptor) }

    func read(at offset: Int, count: Int, name: String) throws -> [UInt8] {
        var failure: MediaError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let got = pread(
                    descriptor, buffer.baseAddress! + filled, min(count - filled, 1 << 30),
                    off_t(offset + filled))
                if got > 0 {
                    filled += got
                } else if got == 0 {
                    failure = .damaged(
                        file: name, found: "an end at \(offset + filled)",
                        expected: "\(count) bytes at offset \(offset)")
                    return
                } else if errno != EINTR {
                    failure = .unreadable(file: name, reason: systemMessage())
                    return
                }
            }
        }
        if let failure { throw failure }
        return bytes
    }
}

/// What the system says about the last failed call.
func systemMessage() -> String { String(cString: strerror(errno)) }
