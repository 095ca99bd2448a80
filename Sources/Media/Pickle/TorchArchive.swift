/// Where the storages lie that a checkpoint's pickle names.
protocol TorchStorages {
    /// The storage of a key; nil where there is none.
    func storage(_ key: String) -> TorchStorage?
    /// The most bytes that one tensor may come to: what the file holds, or what a small tensor spread
    /// over a stride of 0 may reasonably be.
    var byteLimit: Int { get }
    /// What a storage is called in messages.
    func place(of key: String) -> String
}

/// The zip archive that `torch.save` writes: a pickle, and the storages that it names.
struct TorchArchive: TorchStorages {
    let archive: ZipArchive
    /// The folder that all entries lie in, with its "/".
    let prefix: String

    /// The type of a storage's elements by the class of the storage.
    static let storageTypes: [String: ElementType] = [
        "torch.FloatStorage": .float32, "torch.DoubleStorage": .float64,
        "torch.HalfStorage": .float16, "torch.BFloat16Storage": .bfloat16,
        "torch.ByteStorage": .uint8, "torch.CharStorage": .int8, "torch.ShortStorage": .int16,
        "torch.IntStorage": .int32, "torch.LongStorage": .int64, "torch.BoolStorage": .bool,
    ]

    /// The class of storages whose type is the tensor's.
    static let untypedStorage = "torch.storage.UntypedStorage"

    /// The types of tensors over untyped storages.
    static let types: [String: ElementType] = [
        "torch.float32": .float32, "torch.float64": .float64, "torch.float16": .float16,
        "torch.bfloat16": .bfloat16, "torch.uint8": .uint8, "torch.int8": .int8,
        "torch.int16": .int16, "torch.int32": .int32, "torch.int64": .int64,
        "torch.uint16": .uint16, "torch.uint32": .uint32, "torch.uint64": .uint64,
        "torch.bool": .bool,
    ]

    var byteLimit: Int { max(archive.source.count, 256 << 20) }

    func storage(_ key: String) -> TorchStorage? {
        archive.entry(named: "\(prefix)data/\(key)").map {
            .entry(archive, $0)
        }
    }

    func place(of key: String) -> String { "an entry \(prefix)data/\(key)" }
}

extension PickleMachine {
    /// A tensor from (storage, offset, shape, strides, …).
    func rebuildTensor(_ arguments: [Item]) throws -> StoredTensor {
        guard let torch, arguments.count >= 4, case .node(let index) = arguments[0],
            nodes[index].kind == .storage, case .global(let storageType) = nodes[index].items[1],
            let key = string(nodes[index].items[2]), let offset = integer(arguments[1]),
            let shape = integers(arguments[2]), let strides = integers(arguments[3])
        else { throw damaged("a tensor that makes no sense") }
        var type = TorchArchive.storageTypes[storageType]
        // Over an untyped storage the type comes after requires_grad and the hooks.
        if storageType == TorchArchive.untypedStorage, arguments.count >= 7,
            case .global(let name) = arguments[6]
        {
            type = TorchArchive.types[name]
        }
        guard let type else {
            throw MediaError.unsupported(
                file: name, found: "a checkpoint with a tensor in a \(storageType)",
                expected: "one with tensors of real numbers, integers or booleans")
        }
        guard let storage = torch.storage(key) else {
            throw MediaError.damaged(
                file: name, found: "no content for the tensor \"\(key)\"",
                expected: torch.place(of: key))
        }
        guard
            let tensor = StoredTensor(
                type, storage, shape: shape, strides: strides, offset: offset,
                byteLimit: torch.byteLimit)
        else {
            throw damaged(
                "a tensor of shape \(shape) and strides \(strides)",
                expected: "one inside its \(storage.byteCount) bytes")
        }
        return tensor
    }
}
