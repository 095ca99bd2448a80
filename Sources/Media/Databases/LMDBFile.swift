import Foundation

/// An LMDB environment opened for reading: values by key in a B+ tree (Symas LMDB 0.9, lmdb.h and the
/// page structures of mdb.c; 64-bit, little-endian).
///
/// Nothing is mapped and no lock is taken: pages are read one by one, and each offset in them is
/// checked. Whoever writes to the environment meanwhile may make a read fail, but not more.
public struct LMDBFile: Sendable {
    /// The file `data.mdb`.
    public let url: URL
    /// The number of records.
    public let count: Int
    private let source: ByteSource
    private let pageSize: Int
    private let root: UInt64
    private let depth: Int

    private static let headerSize = 16
    private static let magic: UInt32 = 0xBEEF_C0DE
    private static let nowhere = UInt64.max
    /// No tree is deeper: LMDB's own limit for cursors.
    private static let depthLimit = 32

    private enum PageFlags {
        static let branch: UInt16 = 1
        static let leaf: UInt16 = 2
        static let overflow: UInt16 = 4
        /// Pages of sorted duplicates.
        static let unusual: UInt16 = 0x60
    }
    private enum NodeFlags {
        /// The value lies on pages of its own.
        static let big: UInt16 = 1
        /// The value is a database, or a set of duplicates.
        static let unusual: UInt16 = 6
    }

    /// Opens an environment: its folder, or its file.
    ///
    /// - Throws: `MediaError` where there is none, it is of another version or word size, or its first
    ///   pages make no sense.
    public init(contentsOf url: URL) throws {
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
        self.url = exists && isFolder.boolValue ? url.appendingPathComponent("data.mdb") : url
        source = try ByteSource(contentsOf: self.url)
        let first = try Meta(source, at: 0)
        // The two first pages take turns; the newer one counts, and one that is torn does not.
        let second = try? Meta(source, at: first.pageSize)
        let meta = second.map { $0.transaction > first.transaction ? $0 : first } ?? first
        (pageSize, root, depth) = (first.pageSize, meta.root, meta.depth)
        guard meta.flags == 0 else {
            throw MediaError.unsupported(
                file: source.name, found: "a database of duplicate or reversed keys",
                expected: "one of plain keys")
        }
        guard depth <= Self.depthLimit, meta.entries <= UInt64(source.count) else {
            throw MediaError.damaged(
                file: source.name, found: "\(meta.entries) records in \(depth) levels",
                expected: "fewer than its bytes")
        }
        count = Int(meta.entries)
    }

    /// What the first page of an environment says.
    private struct Meta {
        let pageSize: Int
        let flags: UInt16
        let depth: Int
        let entries: UInt64
        let root: UInt64
        let transaction: UInt64

        init(_ source: ByteSource, at offset: Int) throws {
            let bytes = try source.read(at: offset, count: 152)
            var reader = ByteReader(bytes, at: headerSize, name: source.name)
            let found = (
                magic: try reader.integer(UInt32.self), version: try reader.integer(UInt32.self)
            )
            guard found.magic == LMDBFile.magic else {
                throw MediaError.unsupported(
                    file: source.name, found: "no LMDB database of this word size and byte order",
                    expected: "a data.mdb of a 64-bit machine")
            }
            guard found.version == 1 else {
                throw MediaError.unsupported(
                    file: source.name, found: "an LMDB database of version \(found.version)",
                    expected: "one of version 1")
            }
            try reader.skip(16)
            let size = try Int(reader.integer(UInt32.self))
            guard (256...1 << 16).contains(size), size & (size - 1) == 0 else {
                throw MediaError.damaged(
                    file: source.name, found: "pages of \(size) bytes",
                    expected: "a power of 2 up to 65536")
            }
            pageSize = size
            // The rest of the free list, then the main database's own record.
            try reader.skip(44 + 4)
            flags = try reader.integer(UInt16.self)
            depth = try Int(reader.integer(UInt16.self))
            try reader.skip(24)
            entries = try reader.integer(UInt64.self)
            root = try reader.integer(UInt64.self)
            try reader.skip(8)
            transaction = try reader.integer(UInt64.self)
        }
    }

    /// The value of a key; nil where there is none.
    ///
    /// - Throws: `MediaError.damaged`.
    public func value(for key: String) throws -> [UInt8]? {
        try node(for: key).map(value(of:))
    }

    /// Whether there is a value of a key, which is not read.
    ///
    /// - Throws: `MediaError.damaged`.
    public func contains(_ key: String) throws -> Bool { try node(for: key) != nil }

    private func node(for key: String) throws -> Node? {
        guard root != Self.nowhere else { return nil }
        let key = Array(key.utf8)
        var number = root
        for _ in 0...Self.depthLimit {
            let page = try page(number)
            // The last node that is not after the key; of a branch the first has no key of its own.
            var (low, high) = (0, page.nodeCount)
            while low < high {
                let middle = (low + high) / 2
                let isFirst = page.isBranch && middle == 0
                if try isFirst || !key.lexicographicallyPrecedes(page.node(middle).key) {
                    low = middle + 1
                } else {
                    high = middle
                }
            }
            guard low > 0 else { return nil }
            let node = try page.node(low - 1)
            if page.isBranch {
                number = node.child
            } else {
                return node.key.elementsEqual(key) ? node : nil
            }
        }
        throw damaged("more levels than a tree has")
    }

    /// All keys in order.
    ///
    /// - Throws: `MediaError.damaged`, also where a key is no UTF-8.
    public func keys() throws -> [String] {
        var keys: [String] = []
        guard root != Self.nowhere else { return keys }
        var pagesLeft = source.count / pageSize
        func visit(_ number: UInt64, level: Int) throws {
            pagesLeft -= 1
            guard pagesLeft >= 0, level <= Self.depthLimit else {
                throw damaged("pages that refer to one another in a circle")
            }
            let page = try page(number)
            for index in 0..<page.nodeCount {
                let node = try page.node(index)
                if page.isBranch {
                    try visit(node.child, level: level + 1)
                } else if let key = String(validating: node.key, as: UTF8.self) {
                    keys.append(key)
                } else {
                    throw damaged("a key that is no text")
                }
            }
        }
        try visit(root, level: 1)
        return keys
    }

    private func value(of node: Node) throws -> [UInt8] {
        guard node.flags & NodeFlags.unusual == 0 else {
            throw MediaError.unsupported(
                file: source.name, found: "a database with databases inside",
                expected: "one of plain values")
        }
        if node.flags & NodeFlags.big == 0 {
            guard node.content.count >= node.size else { throw damaged("a value cut short") }
            return Array(node.content.prefix(node.size))
        }
        var reader = ByteReader(node.content, name: source.name)
        let start = try offset(of: reader.integer(UInt64.self))
        var header = ByteReader(
            try source.read(at: start, count: Self.headerSize), at: 10, name: source.name)
        guard try header.integer(UInt16.self) & PageFlags.overflow != 0 else {
            throw damaged("no page of a large value at \(start)")
        }
        return try source.read(at: start + Self.headerSize, count: node.size)
    }

    private func offset(of page: UInt64) throws -> Int {
        guard page < UInt64(source.count / pageSize) else { throw damaged("a page \(page)") }
        return Int(page) * pageSize
    }

    private func page(_ number: UInt64) throws -> Page {
        let bytes = try source.read(at: offset(of: number), count: pageSize)
        var reader = ByteReader(bytes, at: 10, name: source.name)
        let flags = try reader.integer(UInt16.self)
        let lower = try Int(reader.integer(UInt16.self))
        guard flags & PageFlags.unusual == 0,
            flags & PageFlags.branch != 0 || flags & PageFlags.leaf != 0,
            lower >= Self.headerSize, lower <= pageSize
        else { throw damaged("page \(number) of another kind") }
        return Page(
            bytes: bytes, isBranch: flags & PageFlags.branch != 0,
            nodeCount: (lower - Self.headerSize) / 2, name: source.name)
    }

    private func damaged(_ found: String) -> MediaError {
        .damaged(file: source.name, found: found, expected: "a whole LMDB database")
    }

    /// A page of a tree.
    private struct Page {
        let bytes: [UInt8]
        let isBranch: Bool
        let nodeCount: Int
        let name: String

        func node(_ index: Int) throws -> Node {
            var pointers = ByteReader(bytes, at: headerSize + 2 * index, name: name)
            var reader = ByteReader(
                bytes, at: try Int(pointers.integer(UInt16.self)), name: name)
            let low = try UInt64(reader.integer(UInt16.self))
            let high = try UInt64(reader.integer(UInt16.self))
            let flags = try reader.integer(UInt16.self)
            let keySize = try Int(reader.integer(UInt16.self))
            let key = try reader.slice(keySize)
            return Node(
                key: key, flags: isBranch ? 0 : flags, size: Int(low | high << 16),
                child: low | high << 16 | UInt64(flags) << 32,
                content: bytes[reader.position...])
        }
    }

    /// A record of a leaf, or a way on of a branch.
    private struct Node {
        let key: ArraySlice<UInt8>
        let flags: UInt16
        /// The bytes of the value.
        let size: Int
        /// The page that a branch leads to.
        let child: UInt64
        /// What follows the key on the page.
        let content: ArraySlice<UInt8>
    }
}
