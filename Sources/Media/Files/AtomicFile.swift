import Foundation
import Synchronization

/// A file that appears under its final name only when it is complete.
///
/// Bytes go to a hidden temporary name in the same folder; success renames it, failure removes it,
/// and a process that is killed leaves nothing under the final name. Missing folders are created. A
/// target that is not a regular file (a device, a pipe) is written in place.
///
///     try AtomicFile.write(to: url, overwrite: false) { file in
///         try file.write(header)
///         try file.write(body)
///     }
public final class AtomicFile {
    /// Where the bytes go until they are complete.
    let temporary: URL
    private let target: AtomicTarget
    private let descriptor: Int32
    /// The number of bytes written so far.
    public private(set) var count = 0

    private init(_ target: AtomicTarget) throws {
        self.target = target
        temporary = target.temporary
        let flags = target.isInPlace ? O_WRONLY : O_WRONLY | O_CREAT | O_EXCL
        descriptor = open(temporary.path, flags | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            throw MediaError.unwritable(file: target.name, reason: systemMessage())
        }
    }

    /// Writes the file that `body` fills.
    ///
    /// - Throws: `MediaError.exists` before `body` runs, or after it if the file appeared meanwhile,
    ///   when the file is there and `overwrite` is false; `MediaError.unwritable`; what `body`
    ///   throws. After any of these the file is as it was.
    @discardableResult
    public static func write<Result>(
        to url: URL, overwrite: Bool, _ body: (AtomicFile) throws -> Result
    ) throws -> Result {
        let target = try AtomicTarget(url, overwrite: overwrite)
        defer { target.discard() }
        let file = try AtomicFile(target)
        let result: Result
        do {
            result = try body(file)
        } catch {
            close(file.descriptor)
            throw error
        }
        guard close(file.descriptor) == 0 else {
            throw MediaError.unwritable(file: target.name, reason: systemMessage())
        }
        try target.publish()
        return result
    }

    /// Writes the file that `body` fills as what it is to hold becomes known.
    ///
    /// - Throws: As the other form.
    public nonisolated(nonsending) static func write(
        to url: URL, overwrite: Bool, gradually body: (AtomicFile) async throws -> Void
    ) async throws {
        let target = try AtomicTarget(url, overwrite: overwrite)
        defer { target.discard() }
        let file = try AtomicFile(target)
        do {
            try await body(file)
        } catch {
            close(file.descriptor)
            throw error
        }
        guard close(file.descriptor) == 0 else {
            throw MediaError.unwritable(file: target.name, reason: systemMessage())
        }
        try target.publish()
    }

    /// Writes a file of the given bytes.
    public static func write(_ bytes: [UInt8], to url: URL, overwrite: Bool) throws {
        try write(to: url, overwrite: overwrite) { try $0.write(bytes) }
    }

    /// Appends bytes.
    public func write(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { try write($0) }
    }

    /// Appends bytes.
    public func write(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = UnsafeRawBufferPointer(rebasing: rest.prefix(1 << 30))
            let wrote = systemWrite(descriptor, part)
            if wrote > 0 {
                rest = rest.dropFirst(wrote)
                count += wrote
            } else if errno != EINTR {
                throw MediaError.unwritable(file: target.name, reason: systemMessage())
            }
        }
    }

    /// Removes the temporary files of all writes under way; for a process about to be interrupted.
    public static func discardUnfinished() {
        for path in AtomicTarget.unfinished.withLock({ $0 }) { unlink(path) }
    }
}

/// The system call, which the methods of the same name hide inside the class.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    write(descriptor, bytes.baseAddress, bytes.count)
}

/// The temporary and the final name of one write.
struct AtomicTarget: Sendable {
    /// The name as the caller gave it.
    let name: String
    let temporary: URL
    let isInPlace: Bool
    private let destination: URL
    private let overwrite: Bool

    static let unfinished = Mutex<Set<String>>([])
    private static let counter = Atomic<Int>(0)

    init(_ url: URL, overwrite: Bool) throws {
        name = url.relativePath
        // Through a link the file it points to is replaced, not the link.
        destination = url.resolvingSymlinksInPath()
        self.overwrite = overwrite
        var status = stat()
        let isThere = stat(destination.path, &status) == 0
        if isThere, status.st_mode & S_IFMT == S_IFDIR {
            throw MediaError.unwritable(file: name, reason: "it is a folder")
        }
        isInPlace = isThere && status.st_mode & S_IFMT != S_IFREG
        if isInPlace {
            temporary = destination
            return
        }
        if isThere && !overwrite { throw MediaError.exists(file: name) }
        let folder = destination.deletingLastPathComponent()
        do {
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true)
        } catch {
            throw MediaError.unwritable(file: name, reason: "its folder cannot be made")
        }
        let number = Self.counter.add(1, ordering: .relaxed).newValue
        // The extension stays last: some programs choose the format by it.
        let suffix = destination.pathExtension.isEmpty ? "" : ".\(destination.pathExtension)"
        temporary = folder.appendingPathComponent(
            ".\(destination.deletingPathExtension().lastPathComponent)"
                + ".\(getpid())-\(number).partial\(suffix)")
        let path = temporary.path
        Self.unfinished.withLock { _ = $0.insert(path) }
        unlink(path)
    }

    /// Gives the temporary file its final name.
    func publish() throws {
        if isInPlace { return }
        if overwrite {
            guard rename(temporary.path, destination.path) == 0 else {
                throw MediaError.unwritable(file: name, reason: systemMessage())
            }
        } else if link(temporary.path, destination.path) != 0 {
            // A link, unlike a rename, never replaces; file systems without links are left a gap.
            if errno == EEXIST || access(destination.path, F_OK) == 0 {
                throw MediaError.exists(file: name)
            }
            guard rename(temporary.path, destination.path) == 0 else {
                throw MediaError.unwritable(file: name, reason: systemMessage())
            }
        }
    }

    /// Removes the temporary file if it is still there.
    func discard() {
        if isInPlace { return }
        let path = temporary.path
        unlink(path)
        Self.unfinished.withLock { _ = $0.remove(path) }
    }
}
