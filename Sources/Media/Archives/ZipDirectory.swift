/// The central directory of a zip archive (APPNOTE.TXT 4.3.12 to 4.3.16), checked.
struct ZipDirectory {
    private(set) var entries: [ZipArchive.Entry] = []
    private let source: ByteSource

    init(_ source: ByteSource, entryLimit: Int) throws {
        self.source = source
        let end = try Self.findEnd(source)
        guard end.count <= entryLimit else {
            throw MediaError.tooLarge(
                file: source.name, found: "\(end.count) entries", limit: "\(entryLimit)")
        }
        // Each record takes at least 46 bytes: no count larger than the file is believed.
        guard end.count <= end.size / 46 else {
            throw MediaError.damaged(
                file: source.name, found: "a directory of \(end.size) bytes",
                expected: "\(end.count) entries")
        }
        var reader = ByteReader(
            try source.read(at: end.offset, count: end.size), name: source.name)
        entries.reserveCapacity(end.count)
        for _ in 0..<end.count { entries.append(try Self.readEntry(&reader, source)) }
        try refuseOverlaps(before: end.offset)
    }

    private struct End {
        var count: Int
        var size: Int
        var offset: Int
    }

    /// The end record, the last 22 bytes but for a comment, or its zip64 form.
    private static func findEnd(_ source: ByteSource) throws -> End {
        let tailCount = min(source.count, 22 + 65535)
        let tailOffset = source.count - tailCount
        let tail = try source.read(at: tailOffset, count: tailCount)
        var at = tailCount - 22
        while at >= 0, !tail[at...].starts(with: [0x50, 0x4b, 5, 6]) { at -= 1 }
        guard at >= 0 else {
            throw MediaError.damaged(
                file: source.name, found: "no directory at its end", expected: "a zip archive")
        }
        var reader = ByteReader(tail, at: at + 4, name: source.name)
        let disk = try reader.integer(UInt16.self)
        let directoryDisk = try reader.integer(UInt16.self)
        let countHere = try reader.integer(UInt16.self)
        let count = try reader.integer(UInt16.self)
        let size = try reader.integer(UInt32.self)
        let offset = try reader.integer(UInt32.self)
        if let wide = try findWideEnd(source, before: tailOffset + at) { return wide }
        guard disk == 0, directoryDisk == 0, countHere == count else {
            throw MediaError.unsupported(
                file: source.name, found: "one part of a split archive",
                expected: "the whole archive in one file")
        }
        return End(count: Int(count), size: Int(size), offset: Int(offset))
    }

    /// The zip64 end record, by the locator in the 20 bytes before the end record, if there.
    private static func findWideEnd(_ source: ByteSource, before end: Int) throws -> End? {
        guard end >= 20 else { return nil }
        var locator = ByteReader(try source.read(at: end - 20, count: 20), name: source.name)
        guard try locator.integer(UInt32.self) == 0x0706_4b50 else { return nil }
        try locator.skip(4)
        let offset = try size(locator.integer(UInt64.self), source)
        var record = ByteReader(try source.read(at: offset, count: 56), name: source.name)
        guard try record.integer(UInt32.self) == 0x0606_4b50 else {
            throw MediaError.damaged(
                file: source.name, found: "no zip64 directory end", expected: "one at \(offset)")
        }
        try record.skip(28)
        let count = try size(record.integer(UInt64.self), source)
        let directorySize = try size(record.integer(UInt64.self), source)
        let directoryOffset = try size(record.integer(UInt64.self), source)
        return End(count: count, size: directorySize, offset: directoryOffset)
    }

    private static func readEntry(
        _ reader: inout ByteReader, _ source: ByteSource
    ) throws -> ZipArchive.Entry {
        guard try reader.integer(UInt32.self) == 0x0201_4b50 else {
            throw MediaError.damaged(
                file: source.name, found: "an unknown record in the directory",
                expected: "an entry")
        }
        try reader.skip(4)
        let flags = try reader.integer(UInt16.self)
        let method = try reader.integer(UInt16.self)
        try reader.skip(4)
        let crc = try reader.integer(UInt32.self)
        var packed = try UInt64(reader.integer(UInt32.self))
        var unpacked = try UInt64(reader.integer(UInt32.self))
        let nameLength = try Int(reader.integer(UInt16.self))
        let extraLength = try Int(reader.integer(UInt16.self))
        let commentLength = try Int(reader.integer(UInt16.self))
        try reader.skip(8)
        var header = try UInt64(reader.integer(UInt32.self))
        let name = String(decoding: try reader.slice(nameLength), as: UTF8.self)
        var extra = ByteReader(try reader.slice(extraLength), name: source.name)
        try reader.skip(commentLength)

        // A field of 64 bits follows for each of the three that is full, in this order (4.5.3).
        while extra.remaining >= 4 {
            let tag = try extra.integer(UInt16.self)
            let length = try Int(extra.integer(UInt16.self))
            // Some writers pad the extra field with less than a whole record.
            guard length <= extra.remaining else { break }
            var body = ByteReader(try extra.slice(length), name: source.name)
            guard tag == 1 else { continue }
            if unpacked == 0xffff_ffff { unpacked = try body.integer(UInt64.self) }
            if packed == 0xffff_ffff { packed = try body.integer(UInt64.self) }
            if header == 0xffff_ffff { header = try body.integer(UInt64.self) }
        }
        guard let contentSize = Int(exactly: unpacked) else {
            throw MediaError.damaged(
                file: source.name, found: "a size of \(unpacked) bytes", expected: "a real one")
        }
        return ZipArchive.Entry(
            name: name, size: contentSize, compressedSize: try size(packed, source),
            isStored: method == 0, isEncrypted: flags & 1 != 0, method: method, crc: crc,
            headerOffset: try size(header, source))
    }

    /// A count or an offset in the file, which cannot pass its length.
    private static func size(_ value: UInt64, _ source: ByteSource) throws -> Int {
        guard value <= UInt64(source.count) else {
            throw MediaError.damaged(
                file: source.name, found: "a size or offset of \(value) in its directory",
                expected: "at most \(source.count)")
        }
        return Int(value)
    }

    /// Refuses entries whose bytes overlap, or reach into the directory.
    private func refuseOverlaps(before directory: Int) throws {
        let inOrder = entries.sorted { $0.headerOffset < $1.headerOffset }
        for (i, entry) in inOrder.enumerated() {
            // The local header takes at least 30 bytes.
            let end = entry.headerOffset + 30 + entry.compressedSize
            let next = i + 1 < inOrder.count ? inOrder[i + 1].headerOffset : directory
            guard end <= next else {
                throw MediaError.damaged(
                    file: source.name, found: "\"\(entry.name)\" overlapping what follows it",
                    expected: "entries one after another")
            }
        }
    }
}
