import Foundation

/// A zip archive opened for reading: stored and deflated entries, with zip64.
///
/// Sizes come from the central directory, which is right also where local headers leave them open
/// (APPNOTE.TXT 4.3.12, 4.5.3). Entries are read when asked for; opening costs the directory only.
/// Entries that share bytes, which no honest archive has and bombs are made of, are refused.
public struct ZipArchive: Sendable {
    /// The limits that keep a hostile archive from filling the memory.
    public struct Limits: Sendable {
        /// The greatest number of bytes that one deflated entry may come to.
        public var inflatedSize = 2 << 30
        /// The greatest number of entries.
        public var entryCount = 1_000_000

        public init() {}
    }

    /// One file inside the archive.
    public struct Entry: Equatable, Sendable {
        /// The path inside the archive, with "/" between folders.
        public let name: String
        /// The bytes of the content.
        public let size: Int
        /// The bytes that the content takes in the archive.
        public let compressedSize: Int
        /// Whether the content lies in the archive as it is.
        public let isStored: Bool
        let isEncrypted: Bool
        let method: UInt16
        let crc: UInt32
        let headerOffset: Int
    }

    /// The name for error messages.
    public let name: String
    /// All entries in the order of the directory.
    public let entries: [Entry]
    private let indices: [String: Int]
    private let limits: Limits
    let source: ByteSource

    /// Opens an archive on disk.
    ///
    /// - Throws: `MediaError` where there is no such file, or its directory makes no sense.
    public init(contentsOf url: URL, limits: Limits = Limits()) throws {
        try self.init(ByteSource(contentsOf: url), limits: limits)
    }

    /// Opens an archive in memory; `name` is for error messages.
    public init(bytes: [UInt8], name: String, limits: Limits = Limits()) throws {
        try self.init(ByteSource(bytes, name: name), limits: limits)
    }

    init(_ source: ByteSource, limits: Limits = Limits()) throws {
        self.source = source
        self.limits = limits
        name = source.name
        entries = try ZipDirectory(source, entryLimit: limits.entryCount).entries
        indices = Dictionary(
            entries.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { _, last in last })
    }

    /// Whether bytes begin like a zip archive.
    public static func matches(_ bytes: some Sequence<UInt8>) -> Bool {
        let start = Array(bytes.prefix(4))
        return start == [0x50, 0x4b, 3, 4] || start == [0x50, 0x4b, 5, 6]
    }

    /// The entry of that name; the last one if there are several.
    public func entry(named name: String) -> Entry? { indices[name].map { entries[$0] } }

    /// The content of the entry of that name.
    ///
    /// - Throws: `MediaError.missingEntry`, or what `read(_:)` throws.
    public func read(_ name: String) throws -> [UInt8] {
        guard let entry = entry(named: name) else {
            throw MediaError.missingEntry(
                file: self.name, name: name, available: entries.map(\.name))
        }
        return try read(entry)
    }

    /// The content of an entry, its checksum verified.
    ///
    /// - Throws: `MediaError` where the entry is encrypted, compressed in another way, too large or
    ///   damaged.
    public func read(_ entry: Entry) throws -> [UInt8] {
        let packed = try source.read(at: contentOffset(of: entry), count: entry.compressedSize)
        let bytes: [UInt8]
        if entry.isStored {
            bytes = packed
        } else {
            guard entry.method == 8 else {
                throw MediaError.unsupported(
                    file: name,
                    found:
                        "an archive whose \"\(entry.name)\" is compressed by method \(entry.method)",
                    expected: "a zip archive that is stored or deflated")
            }
            guard entry.size <= limits.inflatedSize else {
                throw MediaError.tooLarge(
                    file: name, found: "an entry \"\(entry.name)\" of \(entry.size) bytes",
                    limit: "\(limits.inflatedSize) bytes")
            }
            do {
                bytes = try Zlib.inflate(
                    packed[...], limit: entry.size, expecting: entry.size, wrapping: .none)
            } catch let failure as ZlibFailure {
                throw damaged(entry, failure.found, "\(entry.size) bytes")
            }
        }
        guard bytes.count == entry.size else {
            throw damaged(entry, "\(bytes.count) bytes", "\(entry.size)")
        }
        guard Zlib.crc32(bytes) == entry.crc else {
            throw damaged(entry, "a wrong checksum", "the one of the directory")
        }
        return bytes
    }

    /// A part of an entry's content. Of a stored entry only that part is read, and its checksum not
    /// verified.
    public func read(_ entry: Entry, range: Range<Int>) throws -> [UInt8] {
        guard range.lowerBound >= 0, range.upperBound <= entry.size else {
            throw damaged(entry, "\(entry.size) bytes", "\(range.upperBound)")
        }
        if !entry.isStored || range.count == entry.size { return Array(try read(entry)[range]) }
        guard entry.size == entry.compressedSize else {
            throw damaged(entry, "\(entry.compressedSize) bytes", "\(entry.size)")
        }
        return try source.read(
            at: contentOffset(of: entry) + range.lowerBound, count: range.count)
    }

    /// Where the content of a stored entry begins in the file; nil for a compressed one.
    func place(of entry: Entry) throws -> Int? {
        guard entry.isStored else { return nil }
        let start = try contentOffset(of: entry)
        guard entry.size == entry.compressedSize, start + entry.size <= source.count else {
            throw damaged(entry, "\(entry.compressedSize) bytes", "\(entry.size)")
        }
        return start
    }

    /// Where the content of an entry begins in the file: after its local header.
    private func contentOffset(of entry: Entry) throws -> Int {
        if entry.isEncrypted {
            throw MediaError.unsupported(
                file: name, found: "an encrypted archive", expected: "one without a password")
        }
        var header = ByteReader(
            try source.read(at: entry.headerOffset, count: 30), name: name)
        guard try header.integer(UInt32.self) == 0x0403_4b50 else {
            throw damaged(entry, "no local header", "one at \(entry.headerOffset)")
        }
        try header.skip(22)
        let nameLength = try Int(header.integer(UInt16.self))
        let extraLength = try Int(header.integer(UInt16.self))
        return entry.headerOffset + 30 + nameLength + extraLength
    }

    private func damaged(_ entry: Entry, _ found: String, _ expected: String) -> MediaError {
        .damaged(file: name, found: "\(found) in \"\(entry.name)\"", expected: expected)
    }
}
