import Foundation

/// Writes a zip archive, entry by entry.
///
/// The same entries in the same order give the same bytes: every entry is dated 1980-01-01, the
/// earliest date of the format. Records become zip64 where a size or an offset needs it.
public struct ZipWriter {
    /// How an entry is kept.
    public enum Compression: Sendable {
        /// As it is.
        case stored
        /// Deflated, at a level of 1 (fastest) to 9 (smallest).
        case deflated(level: Int = 6)
    }

    private let sink: ([UInt8]) throws -> Void
    private var directory: [UInt8] = []
    private var names: Set<String> = []
    private var offset = 0
    /// Sizes and offsets from here on are written in 64 bits; lower only in tests.
    var wideThreshold = 0xffff_ffff

    /// A writer that hands its bytes on in order.
    public init(sink: @escaping ([UInt8]) throws -> Void) { self.sink = sink }

    /// Writes an archive file; `body` adds the entries.
    ///
    /// - Throws: As `AtomicFile.write(to:overwrite:_:)`.
    public static func write(
        to url: URL, overwrite: Bool, _ body: (inout ZipWriter) throws -> Void
    ) throws {
        try AtomicFile.write(to: url, overwrite: overwrite) { file in
            try withoutActuallyEscaping({ (bytes: [UInt8]) in try file.write(bytes) }) { sink in
                var writer = ZipWriter(sink: sink)
                try body(&writer)
                try writer.finish()
            }
        }
    }

    /// Adds an entry. `name` is relative, with "/" between folders, and used once.
    public mutating func add(
        _ name: String, _ bytes: [UInt8], compression: Compression = .stored
    ) throws {
        let nameBytes = Array(name.utf8)
        precondition(
            !name.hasPrefix("/") && nameBytes.count <= 0xffff && names.insert(name).inserted,
            "the name of an entry is relative, short and used once")
        var packed = bytes
        var method: UInt16 = 0
        if case .deflated(let level) = compression {
            let deflated = Zlib.deflate(bytes, level: level, wrapping: .none)
            if deflated.count < bytes.count { (packed, method) = (deflated, 8) }
        }
        let isWide = max(bytes.count, packed.count) >= wideThreshold
        let isFar = offset >= wideThreshold

        /// What both headers have in common, from the version needed to the length of the name.
        func common(wide: Bool) -> [UInt8] {
            var fields: [UInt8] = []
            fields.append(integer: UInt16(wide ? 45 : 20))
            fields.append(integer: UInt16(1 << 11))  // names are UTF-8
            fields.append(integer: method)
            fields.append(integer: UInt16(0))  // midnight
            fields.append(integer: UInt16(1 << 5 | 1))  // 1980-01-01
            fields.append(integer: Zlib.crc32(bytes))
            fields.append(integer: isWide ? UInt32.max : UInt32(packed.count))
            fields.append(integer: isWide ? UInt32.max : UInt32(bytes.count))
            fields.append(integer: UInt16(nameBytes.count))
            return fields
        }
        var wideFields: [UInt8] = []
        if isWide {
            wideFields.append(integer: UInt64(bytes.count))
            wideFields.append(integer: UInt64(packed.count))
        }

        directory += [0x50, 0x4b, 1, 2]
        directory.append(integer: UInt16(45))
        directory += common(wide: isWide || isFar)
        let farFields = isFar ? Self.bytes(of: UInt64(offset)) : []
        let directoryExtra = Self.extra(wideFields + farFields)
        directory.append(integer: UInt16(directoryExtra.count))
        directory += [UInt8](repeating: 0, count: 10)  // comment, disk, attributes
        directory.append(integer: isFar ? UInt32.max : UInt32(offset))
        directory += nameBytes + directoryExtra

        var header: [UInt8] = [0x50, 0x4b, 3, 4] + common(wide: isWide)
        let headerExtra = Self.extra(wideFields)
        header.append(integer: UInt16(headerExtra.count))
        header += nameBytes + headerExtra
        try emit(header)
        try emit(packed)
    }

    /// Writes the directory; to be called once, after the last entry.
    public mutating func finish() throws {
        let (start, size, count) = (offset, directory.count, names.count)
        try emit(directory)
        var end: [UInt8] = []
        let isWide = max(start, size) >= wideThreshold || count >= min(0xffff, wideThreshold)
        if isWide {
            let at = offset
            end += [0x50, 0x4b, 6, 6]
            end.append(integer: UInt64(44))
            end.append(integer: UInt16(45))
            end.append(integer: UInt16(45))
            end.append(integer: UInt64(0))  // disks
            end.append(integer: UInt64(count))
            end.append(integer: UInt64(count))
            end.append(integer: UInt64(size))
            end.append(integer: UInt64(start))
            end += [0x50, 0x4b, 6, 7]
            end.append(integer: UInt32(0))
            end.append(integer: UInt64(at))
            end.append(integer: UInt32(1))
        }
        end += [0x50, 0x4b, 5, 6]
        end.append(integer: UInt32(0))
        end.append(integer: isWide ? UInt16.max : UInt16(count))
        end.append(integer: isWide ? UInt16.max : UInt16(count))
        end.append(integer: isWide ? UInt32.max : UInt32(size))
        end.append(integer: isWide ? UInt32.max : UInt32(start))
        end.append(integer: UInt16(0))
        try emit(end)
    }

    private mutating func emit(_ bytes: [UInt8]) throws {
        try sink(bytes)
        offset += bytes.count
    }

    /// The extra field of zip64 around its values; nothing if there are none.
    private static func extra(_ fields: [UInt8]) -> [UInt8] {
        fields.isEmpty ? [] : bytes(of: UInt16(1)) + bytes(of: UInt16(fields.count)) + fields
    }

    private static func bytes(of value: some FixedWidthInteger) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(integer: value)
        return bytes
    }
}
