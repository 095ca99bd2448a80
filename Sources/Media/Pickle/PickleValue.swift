/// What a pickle holds, as values: nothing of it was run.
public enum PickleValue: Sendable {
    case none
    case bool(Bool)
    case integer(Int)
    case real(Double)
    case text(String)
    case bytes([UInt8])
    case list([PickleValue])
    case tuple([PickleValue])
    /// Also frozen sets; in the order of the file.
    case set([PickleValue])
    /// Pairs in the order of the file. A key that was set twice stands twice; the last one counts.
    case dictionary([(key: PickleValue, value: PickleValue)])
    /// A PyTorch tensor or a NumPy array of numbers.
    indirect case tensor(StoredTensor)
    /// An instance of a class that is not known, never made: the class by its full name, what its
    /// constructor would have got, and its state. Classes and functions themselves too.
    indirect case object(name: String, arguments: [PickleValue], state: PickleValue?)

    /// The value of a text key of a dictionary, or of the dictionary that is an object's state.
    public subscript(key: String) -> PickleValue? {
        switch self {
        case .dictionary(let pairs): pairs.last { $0.key.text == key }?.value
        case .object(_, _, let state): state?[key]
        default: nil
        }
    }

    /// The items of a list, tuple or set.
    public var items: [PickleValue]? {
        switch self {
        case .list(let items), .tuple(let items), .set(let items): items
        default: nil
        }
    }

    public var text: String? {
        if case .text(let text) = self { text } else { nil }
    }

    public var integer: Int? {
        switch self {
        case .integer(let value): value
        case .bool(let value): value ? 1 : 0
        default: nil
        }
    }

    /// A number; integers too.
    public var real: Double? {
        switch self {
        case .real(let value): value
        case .integer(let value): Double(value)
        default: nil
        }
    }

    public var tensor: StoredTensor? {
        if case .tensor(let tensor) = self { tensor } else { nil }
    }

    /// The text keys of a dictionary, each once, in the order of the file.
    public var keys: [String] {
        guard case .dictionary(let pairs) = self else { return [] }
        var seen: Set<String> = []
        return pairs.compactMap(\.key.text).filter { seen.insert($0).inserted }
    }

    /// All tensors in this value by their path: keys and indices joined by dots.
    public func namedTensors() -> [(name: String, tensor: StoredTensor)] {
        var result: [(String, StoredTensor)] = []
        collect("", &result)
        return result
    }

    private func collect(_ path: String, _ result: inout [(String, StoredTensor)]) {
        func below(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
        switch self {
        case .tensor(let tensor): result.append((path, tensor))
        case .list(let items), .tuple(let items):
            for (i, item) in items.enumerated() { item.collect(below("\(i)"), &result) }
        case .dictionary(let pairs):
            for (key, value) in pairs {
                switch key {
                case .text(let name): value.collect(below(name), &result)
                case .integer(let number): value.collect(below("\(number)"), &result)
                default: break
                }
            }
        case .object(_, _, let state?): state.collect(path, &result)
        default: break
        }
    }
}
