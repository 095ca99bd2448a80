extension PickleMachine {
    /// Stands in for calling what is named: knows what a few constructors make, and makes it.
    mutating func call(_ callee: Item, arguments: Item) throws -> Item {
        guard case .global(let function) = callee, case .node(let index) = arguments,
            nodes[index].kind == .tuple
        else { throw damaged("a call of what is no class") }
        let arguments = nodes[index].items
        switch Self.unversioned(function) {
        case "collections.OrderedDict", "builtins.dict", "collections.Counter":
            return try add(Node(kind: .dictionary, items: pairs(arguments.first)))
        case "collections.defaultdict":
            // The first argument makes missing values.
            return try add(Node(kind: .dictionary, items: pairs(arguments.dropFirst().first)))
        case "builtins.list": return try add(Node(kind: .list, items: items(arguments.first) ?? []))
        case "builtins.tuple", "torch.Size":
            return try add(Node(kind: .tuple, items: items(arguments.first) ?? []))
        case "builtins.set", "builtins.frozenset":
            return try add(Node(kind: .set, items: items(arguments.first) ?? []))
        case "builtins.int", "builtins.float", "builtins.bool", "builtins.str":
            guard let value = arguments.first else { break }
            return value
        case "builtins.bytes", "builtins.bytearray":
            if arguments.isEmpty { return .bytes([]) }
            guard let bytes = bytes(arguments[0]) else { break }
            return .bytes(bytes)
        case "_codecs.encode":
            // How protocol 2 writes bytes: a text with the same numbers.
            guard arguments.count == 2, let text = string(arguments[0]),
                let encoding = string(arguments[1]), encoding == "latin1",
                text.unicodeScalars.allSatisfy({ $0.value < 256 })
            else { break }
            return .bytes(text.unicodeScalars.map { UInt8($0.value) })
        case "numpy.multiarray._reconstruct": return try add(Node(kind: .array))
        case "numpy.ndarray": return try add(Node(kind: .array))
        case "numpy.dtype":
            guard let description = arguments.first.flatMap(string) else { break }
            return try add(Node(kind: .type(description)))
        case "numpy.multiarray.scalar":
            if let value = scalar(arguments) { return value }
        case "numpy.numeric._frombuffer":
            if let array = try fromBuffer(arguments) { return array }
        case "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2",
            "torch._utils._rebuild_tensor_v3":
            return add(try rebuildTensor(arguments))
        case "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state",
            "torch.nn.parameter.Parameter":
            guard let data = arguments.first else { break }
            return data
        case "torch._utils._rebuild_sparse_tensor", "torch.serialization._get_layout",
            "torch.device":
            return try add(Node(kind: .object(name: function), items: arguments))
        default:
            try admit(function)
            return try add(Node(kind: .object(name: function), items: arguments))
        }
        throw damaged("a call of \(function) with other arguments than it takes")
    }

    /// Gives an object its state.
    mutating func build(_ target: Item, state: Item) throws -> Item {
        guard case .node(let index) = target else { return target }
        switch nodes[index].kind {
        case .array:
            return try array(state: state)
        case .type(let description):
            // (version, byte order, …).
            if let fields = items(state), fields.count > 1, let order = string(fields[1]),
                order == ">" || order == "<"
            {
                let bare = description.drop { "<>|=".contains($0) }
                nodes[index].kind = .type(order + bare)
            }
        case .object: nodes[index].state = state
        // Attributes of a dictionary, such as the versions beside a state dictionary.
        default: break
        }
        return target
    }

    /// What a persistent identifier stands for: in PyTorch's archives a storage.
    mutating func persistent(_ identifier: Item) throws -> Item {
        guard torch != nil, case .node(let index) = identifier, nodes[index].kind == .tuple,
            nodes[index].items.count >= 5, string(nodes[index].items[0]) == "storage"
        else { throw damaged("an identifier that is no storage") }
        return try add(Node(kind: .storage, items: nodes[index].items))
    }

    /// Refuses a class or function that is not known, unless those are kept.
    func admit(_ global: String) throws {
        guard unknownObjects == .keep || Self.valueNames.contains(Self.unversioned(global)) else {
            throw MediaError.unsupported(
                file: name, found: "a pickle that names \(global)",
                expected: "one of plain containers, numbers, arrays and tensors")
        }
    }

    /// Classes that may stand for themselves, as types do.
    private static let valueNames: Set<String> = {
        let builtins = [
            "object", "int", "float", "bool", "str", "list", "dict", "tuple", "set", "bytes",
        ]
        let numbers = TorchArchive.types.keys.map { $0.replacing("torch.", with: "numpy.") }
        return Set(builtins.map { "builtins.\($0)" } + numbers)
            .union(TorchArchive.types.keys).union(TorchArchive.storageTypes.keys)
            .union([TorchArchive.untypedStorage, "numpy.ndarray", "collections.OrderedDict"])
    }()

    /// The name by which a class or function is known here, whatever Python or NumPy wrote it.
    static func unversioned(_ name: String) -> String {
        for (old, new) in [
            ("__builtin__.", "builtins."), ("numpy.core.", "numpy."), ("numpy._core.", "numpy."),
        ] where name.hasPrefix(old) {
            return new + name.dropFirst(old.count)
        }
        return name
    }

    // MARK: Arguments

    /// The items of a container.
    func items(_ item: Item?) -> [Item]? {
        guard case .node(let index) = item else { return nil }
        switch nodes[index].kind {
        case .list, .tuple, .set: return nodes[index].items
        default: return nil
        }
    }

    func integers(_ item: Item) -> [Int]? {
        guard let items = items(item) else { return nil }
        let values = items.compactMap(integer)
        return values.count == items.count ? values : nil
    }

    func integer(_ item: Item) -> Int? {
        if case .integer(let value) = item { value } else { nil }
    }

    func bytes(_ item: Item) -> [UInt8]? {
        switch item {
        case .bytes(let bytes), .oldText(let bytes): bytes
        default: nil
        }
    }

    /// Keys and values in turn, from a dictionary or a list of pairs.
    private func pairs(_ item: Item?) throws -> [Item] {
        guard let item else { return [] }
        if case .node(let index) = item, nodes[index].kind == .dictionary {
            return nodes[index].items
        }
        return try (items(item) ?? []).flatMap { pair in
            guard let both = items(pair), both.count == 2 else { throw damaged("a broken pair") }
            return both
        }
    }
}
