/// The stack machine of pickle, reading and never running.
///
/// Containers lie in one array and refer to each other by index. So what a pickle ties in knots
/// costs no recursion, neither to build nor to free; `value(of:)` then unties it within limits.
struct PickleMachine {
    /// A value on the stack: itself, or where it lies among the nodes.
    enum Item {
        case none
        case bool(Bool)
        case integer(Int)
        case real(Double)
        case text(String)
        case bytes([UInt8])
        /// A string of Python 2: text (Latin-1), or the bytes of an array.
        case oldText([UInt8])
        /// A class or function, by its full name.
        case global(String)
        /// The number of a tensor, and of a node.
        case tensor(Int)
        case node(Int)
    }

    /// A container, or the making of an object.
    struct Node {
        enum Kind: Equatable {
            case list, tuple, set
            /// Items are keys and values in turn.
            case dictionary
            /// A call or an instance, of which items are the arguments.
            case object(name: String)
            /// A NumPy type, by its description.
            case type(String)
            /// A NumPy array before its state is known.
            case array
            /// What a persistent identifier stands for: items are kind, type, key, place, count.
            case storage
        }

        var kind: Kind
        var items: [Item] = []
        var state: Item?
    }

    let name: String
    let unknownObjects: Pickle.UnknownObjects
    /// What persistent identifiers refer to.
    let torch: (any TorchStorages)?
    var nodes: [Node] = []
    var tensors: [StoredTensor] = []
    /// Opcodes and copied items so far, which memory is in proportion to.
    private var work = 0
    private var reader: ByteReader
    private var stack: [Item] = []
    private var marks: [Int] = []
    private var memo: [Int: Item] = [:]

    init(
        _ bytes: [UInt8], at offset: Int = 0, name: String, unknownObjects: Pickle.UnknownObjects,
        torch: (any TorchStorages)?
    ) {
        self.name = name
        self.unknownObjects = unknownObjects
        self.torch = torch
        reader = ByteReader(bytes, at: offset, name: name)
    }

    /// Where the pickle ended, after `run`.
    var end: Int { reader.offset }

    /// Reads the pickle to its end.
    mutating func run() throws -> PickleValue {
        // Protocol 2 and later say so first.
        guard try reader.integer(UInt8.self) == 0x80 else {
            throw MediaError.unsupported(
                file: name, found: "no pickle of protocol 2 to 5",
                expected: "one saved by Python 3, or a PyTorch checkpoint")
        }
        let version = try reader.integer(UInt8.self)
        guard (2...5).contains(version) else {
            throw MediaError.unsupported(
                file: name, found: "a pickle of protocol \(version)",
                expected: "one of protocol 2 to 5")
        }
        while true {
            let opcode = try reader.integer(UInt8.self)
            if opcode == UInt8(ascii: ".") { break }
            try step(opcode)
        }
        return try value(of: pop())
    }

    private mutating func step(_ opcode: UInt8) throws {
        try charge(1)
        switch opcode {
        case 0x80: try reader.skip(1)
        case 0x95: try reader.skip(8)  // the length of a frame
        case UInt8(ascii: "("): marks.append(stack.count)
        case UInt8(ascii: "0"): _ = try pop()
        case UInt8(ascii: "1"): _ = try popMarked()
        case UInt8(ascii: "2"): stack.append(try top())

        case UInt8(ascii: "N"): stack.append(.none)
        case 0x88: stack.append(.bool(true))
        case 0x89: stack.append(.bool(false))
        case UInt8(ascii: "J"): stack.append(.integer(Int(try reader.integer(Int32.self))))
        case UInt8(ascii: "K"): stack.append(.integer(Int(try reader.integer(UInt8.self))))
        case UInt8(ascii: "M"): stack.append(.integer(Int(try reader.integer(UInt16.self))))
        case 0x8a: stack.append(long(try take(UInt8.self)))
        case 0x8b: stack.append(long(try take(UInt32.self)))
        case UInt8(ascii: "G"):
            let bits = try reader.integer(UInt64.self).byteSwapped
            stack.append(.real(Double(bitPattern: bits)))

        case UInt8(ascii: "X"): stack.append(.text(text(try take(UInt32.self))))
        case 0x8c: stack.append(.text(text(try take(UInt8.self))))
        case 0x8d: stack.append(.text(text(try take(UInt64.self))))
        case UInt8(ascii: "T"): stack.append(.oldText(Array(try take(UInt32.self))))
        case UInt8(ascii: "U"): stack.append(.oldText(Array(try take(UInt8.self))))
        case UInt8(ascii: "B"): stack.append(.bytes(Array(try take(UInt32.self))))
        case UInt8(ascii: "C"): stack.append(.bytes(Array(try take(UInt8.self))))
        case 0x8e, 0x96: stack.append(.bytes(Array(try take(UInt64.self))))

        case UInt8(ascii: "]"): try push(Node(kind: .list))
        case UInt8(ascii: "}"): try push(Node(kind: .dictionary))
        case UInt8(ascii: ")"): try push(Node(kind: .tuple))
        case 0x8f: try push(Node(kind: .set))
        case UInt8(ascii: "l"): try push(Node(kind: .list, items: popMarked()))
        case UInt8(ascii: "d"): try push(Node(kind: .dictionary, items: popPairs()))
        case UInt8(ascii: "t"): try push(Node(kind: .tuple, items: popMarked()))
        case 0x91: try push(Node(kind: .set, items: popMarked()))
        case 0x85...0x87: try push(Node(kind: .tuple, items: pop(Int(opcode) - 0x84)))
        case UInt8(ascii: "a"): try extend(with: pop(1), .list)
        case UInt8(ascii: "e"): try extend(with: popMarked(), .list)
        case 0x90: try extend(with: popMarked(), .set)
        case UInt8(ascii: "s"): try extend(with: pop(2), .dictionary)
        case UInt8(ascii: "u"): try extend(with: popPairs(), .dictionary)

        case UInt8(ascii: "q"): memo[Int(try reader.integer(UInt8.self))] = try top()
        case UInt8(ascii: "r"): memo[Int(try reader.integer(UInt32.self))] = try top()
        case 0x94: memo[memo.count] = try top()
        case UInt8(ascii: "h"): try recall(Int(try reader.integer(UInt8.self)))
        case UInt8(ascii: "j"): try recall(Int(try reader.integer(UInt32.self)))

        case UInt8(ascii: "c"):
            let module = try line()
            stack.append(.global("\(module).\(try line())"))
        case 0x93:
            let parts = try pop(2)
            guard let module = string(parts[0]), let function = string(parts[1]) else {
                throw damaged("a class without a name")
            }
            stack.append(.global("\(module).\(function)"))
        case UInt8(ascii: "R"), 0x81:
            let parts = try pop(2)
            stack.append(try call(parts[0], arguments: parts[1]))
        case 0x92:
            let parts = try pop(3)
            stack.append(try call(parts[0], arguments: parts[1]))
        case UInt8(ascii: "b"):
            let state = try pop()
            stack.append(try build(try pop(), state: state))
        case UInt8(ascii: "Q"): stack.append(try persistent(pop()))
        default:
            throw MediaError.unsupported(
                file: name,
                found: "a pickle with the opcode \(opcode) at \(reader.offset - 1)",
                expected: "one of protocol 2 to 5 without extensions or outside buffers")
        }
    }

    // MARK: The stack

    private func top() throws -> Item {
        guard let item = stack.last, stack.count > marks.last ?? 0 else {
            throw damaged("an empty stack")
        }
        return item
    }

    private mutating func pop() throws -> Item {
        let item = try top()
        stack.removeLast()
        return item
    }

    /// The last `count` items, in the order of the file.
    private mutating func pop(_ count: Int) throws -> [Item] {
        guard stack.count - (marks.last ?? 0) >= count else { throw damaged("an empty stack") }
        let items = Array(stack.suffix(count))
        stack.removeLast(count)
        return items
    }

    private mutating func popMarked() throws -> [Item] {
        guard let mark = marks.popLast(), mark <= stack.count else {
            throw damaged("no mark on the stack")
        }
        let items = Array(stack[mark...])
        stack.removeSubrange(mark...)
        return items
    }

    private mutating func popPairs() throws -> [Item] {
        let items = try popMarked()
        guard items.count % 2 == 0 else { throw damaged("a key without a value") }
        return items
    }

    private mutating func push(_ node: Node) throws { stack.append(try add(node)) }

    mutating func add(_ node: Node) throws -> Item {
        // A container made of another one is a copy.
        try charge(node.items.count)
        nodes.append(node)
        return .node(nodes.count - 1)
    }

    mutating func add(_ tensor: StoredTensor) -> Item {
        tensors.append(tensor)
        return .tensor(tensors.count - 1)
    }

    private mutating func charge(_ amount: Int) throws {
        work += amount
        guard work <= Pickle.Limit.work else {
            throw MediaError.tooLarge(
                file: name, found: "a pickle of too many objects", limit: "\(Pickle.Limit.work)")
        }
    }

    private mutating func extend(with items: [Item], _ kind: Node.Kind) throws {
        guard case .node(let index) = try top() else { throw damaged("items of no container") }
        // A list or dictionary of a class of its own is an object; its items are not kept.
        if case .object = nodes[index].kind { return }
        guard nodes[index].kind == kind else { throw damaged("items of another container") }
        nodes[index].items += items
    }

    private mutating func recall(_ index: Int) throws {
        guard let item = memo[index] else { throw damaged("a reference to nothing") }
        stack.append(item)
    }

    // MARK: Reading

    /// The bytes behind a length of the given type.
    private mutating func take<Length: FixedWidthInteger & UnsignedInteger>(
        _ type: Length.Type
    ) throws -> ArraySlice<UInt8> {
        let length = try reader.integer(type)
        return try reader.slice(Int(clamping: length))
    }

    private func text(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes, as: UTF8.self)
    }

    private mutating func line() throws -> String {
        var bytes: [UInt8] = []
        while true {
            let byte = try reader.integer(UInt8.self)
            if byte == 10 { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(byte)
        }
    }

    /// An integer of any length, two's complement; a real number where no `Int` holds it.
    private func long(_ bytes: ArraySlice<UInt8>) -> Item {
        let isNegative = (bytes.last ?? 0) & 0x80 != 0
        let fill: UInt8 = isNegative ? 0xff : 0
        if bytes.dropFirst(8).allSatisfy({ $0 == fill }),
            bytes.count <= 8 || (bytes[bytes.startIndex + 7] ^ fill) & 0x80 == 0
        {
            var value = isNegative ? -1 : 0
            for byte in bytes.prefix(8).reversed() { value = value << 8 | Int(byte) }
            return .integer(value)
        }
        var value = 0.0
        for byte in bytes.reversed() { value = value * 256 + Double(byte ^ fill) }
        return .real(isNegative ? -value - 1 : value)
    }

    /// A text of either Python.
    func string(_ item: Item) -> String? {
        switch item {
        case .text(let text): text
        case .oldText(let bytes): String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
        default: nil
        }
    }

    func damaged(_ found: String, expected: String = "a pickle") -> MediaError {
        .damaged(file: name, found: "\(found) at \(reader.offset)", expected: expected)
    }
}
