extension PickleMachine {
    /// The content of an array from its state: (version, shape, type, whether columns come first,
    /// bytes or objects).
    mutating func array(state: Item) throws -> Item {
        guard let fields = items(state), fields.count == 5, let shape = integers(fields[1]),
            let type = try type(fields[2]), case .bool(let isFortran) = fields[3]
        else { throw damaged("an array whose state makes no sense") }
        if type.kind == .object {
            guard let objects = items(fields[4]) else { throw damaged("an array of no objects") }
            return try add(Node(kind: .list, items: objects))
        }
        guard let bytes = bytes(fields[4]),
            let array = try content(bytes, type, shape: shape, isFortran: isFortran)
        else { throw damaged("an array of other bytes than its shape \(shape) takes") }
        return array
    }

    /// An array from (bytes, type, shape, order), as protocol 5 writes it.
    mutating func fromBuffer(_ arguments: [Item]) throws -> Item? {
        guard arguments.count == 4, let bytes = bytes(arguments[0]),
            let type = try type(arguments[1]), let shape = integers(arguments[2]),
            let order = string(arguments[3])
        else { return nil }
        return try content(bytes, type, shape: shape, isFortran: order == "F")
    }

    /// A tensor of numbers, or a list of texts whose shape is lost; nil where the bytes do not fit.
    private mutating func content(
        _ bytes: [UInt8], _ type: NumPyType, shape: [Int], isFortran: Bool
    ) throws -> Item? {
        if let tensor = type.tensor(bytes, shape: shape, isFortran: isFortran) {
            return add(StoredTensor(tensor))
        }
        guard let size = type.byteCount, size > 0,
            let texts = type.texts(bytes, count: bytes.count / size)
        else { return nil }
        return try add(Node(kind: .list, items: texts.map { .text($0) }))
    }

    /// A single number or text from its type and bytes.
    func scalar(_ arguments: [Item]) -> Item? {
        guard arguments.count == 2, let type = try? type(arguments[0]),
            let bytes = bytes(arguments[1])
        else { return nil }
        if let tensor = type.tensor(bytes, shape: [], isFortran: false) {
            if tensor.elementType == .bool { return .bool(bytes[0] != 0) }
            if tensor.elementType.isFloatingPoint { return .real(tensor.doubles()[0]) }
            return tensor.integers().map { .integer($0[0]) } ?? .real(tensor.doubles()[0])
        }
        return type.texts(bytes, count: 1).map { .text($0[0]) }
    }

    private func type(_ item: Item) throws -> NumPyType? {
        guard case .node(let index) = item, case .type(let description) = nodes[index].kind
        else { return nil }
        guard let type = NumPyType(description) else {
            throw MediaError.unsupported(
                file: name, found: "a pickle with an array of the type \"\(description)\"",
                expected: "one with arrays of numbers or texts")
        }
        return type
    }
}
