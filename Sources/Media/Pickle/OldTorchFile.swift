/// The format of `torch.save` before PyTorch 1.6, which many published weights still have: pickles of a
/// magic number, the version, facts about the machine, and what was saved; a pickle of the storages'
/// keys; then each storage, its count of elements in eight bytes before it (torch/serialization.py,
/// `_legacy_save`).
struct OldTorchFile: TorchStorages {
    /// How these files begin: a pickle of the magic number.
    static let magic: [UInt8] = [
        0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19,
    ]

    /// The greatest part of the file in which the pickles are looked for.
    private static let head = 64 << 20

    private let source: ByteSource
    /// Where each storage lies; nil while the pickles are read for the first time, when nothing is
    /// known of the storages but what the pickle says.
    private let places: [String: Range<Int>]?

    var byteLimit: Int { max(source.count, 256 << 20) }

    func storage(_ key: String) -> TorchStorage? {
        guard let places else { return .part(source, 0..<source.count) }
        return places[key].map { .part(source, $0) }
    }

    func place(of key: String) -> String { "a storage of that name after the pickles" }

    /// Reads what was saved; tensors are read from `source` when asked for.
    ///
    /// - Throws: `MediaError` where the file is damaged or names what is not known.
    static func read(
        _ source: ByteSource, unknownObjects: Pickle.UnknownObjects
    ) throws -> PickleValue {
        let bytes = try source.read(at: 0, count: min(source.count, head))
        var offset = 0
        func machine(_ torch: OldTorchFile?) -> PickleMachine {
            PickleMachine(
                bytes, at: offset, name: source.name, unknownObjects: unknownObjects, torch: torch)
        }
        // The magic number, the version, the machine.
        for _ in 0..<3 {
            var preface = machine(nil)
            let value = try preface.run()
            if case .bool(false)? = value["little_endian"] {
                throw MediaError.unsupported(
                    file: source.name, found: "a checkpoint of a big-endian machine",
                    expected: "a little-endian one")
            }
            offset = preface.end
        }
        let start = offset
        // Where the storages begin is known only after the pickle that names them.
        var first = machine(OldTorchFile(source: source, places: nil))
        _ = try first.run()
        let sizes = try first.storageSizes()
        offset = first.end
        var list = machine(nil)
        let keys = try list.run().items?.compactMap(\.text) ?? []
        offset = list.end

        var places: [String: Range<Int>] = [:]
        var place = offset
        for key in keys {
            var reader = ByteReader(try source.read(at: place, count: 8), name: source.name)
            let count = Int(truncatingIfNeeded: try reader.integer(UInt64.self))
            guard let size = sizes[key], size.count == count,
                case let (bytes, overflow) = count.multipliedReportingOverflow(by: size.width),
                count >= 0, !overflow, bytes <= source.count - place - 8
            else {
                throw MediaError.damaged(
                    file: source.name, found: "a storage of \(count) elements at \(place)",
                    expected: "the \(sizes[key]?.count ?? 0) that its tensors have")
            }
            places[key] = place + 8..<place + 8 + bytes
            place += 8 + bytes
        }
        offset = start
        var second = machine(OldTorchFile(source: source, places: places))
        return try second.run()
    }
}

extension PickleMachine {
    /// The storages that a pickle has named: the number of elements and the bytes of each, by key.
    fileprivate func storageSizes() throws -> [String: (count: Int, width: Int)] {
        var sizes: [String: (count: Int, width: Int)] = [:]
        for node in nodes where node.kind == .storage {
            guard case .global(let type) = node.items[1], let key = string(node.items[2]),
                let count = integer(node.items[4]),
                // An untyped storage counts in bytes.
                let width = type == TorchArchive.untypedStorage
                    ? 1 : TorchArchive.storageTypes[type]?.byteCount
            else { throw damaged("a storage that makes no sense") }
            if node.items.count > 5, case .node = node.items[5] {
                throw MediaError.unsupported(
                    file: name, found: "a checkpoint whose storages are views of others",
                    expected: "one of plain storages")
            }
            sizes[key] = (count, width)
        }
        return sizes
    }
}
