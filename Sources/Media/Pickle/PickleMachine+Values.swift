extension PickleMachine {
    /// The value of an item, with all that it refers to.
    func value(of item: Item) throws -> PickleValue {
        var untying = Untying(machine: self)
        return try untying.value(of: item, depth: 0).value
    }

    /// Turns nodes into values, each once: what is shared in the pickle stays shared in memory, and
    /// what contains itself passes the limit of depth.
    private struct Untying {
        let machine: PickleMachine
        var done: [Int: (value: PickleValue, weight: Int)] = [:]

        mutating func value(of item: Item, depth: Int) throws -> (value: PickleValue, weight: Int) {
            switch item {
            case .none: return (.none, 1)
            case .bool(let value): return (.bool(value), 1)
            case .integer(let value): return (.integer(value), 1)
            case .real(let value): return (.real(value), 1)
            case .text(let text): return (.text(text), 1)
            case .bytes(let bytes): return (.bytes(bytes), 1)
            case .oldText: return (.text(machine.string(item) ?? ""), 1)
            case .tensor(let index): return (.tensor(machine.tensors[index]), 1)
            case .global(let name):
                try machine.admit(name)
                return (.object(name: name, arguments: [], state: nil), 1)
            case .node(let index):
                if let known = done[index] { return known }
                let result = try value(of: machine.nodes[index], depth: depth)
                done[index] = result
                return result
            }
        }

        private mutating func value(
            of node: Node, depth: Int
        ) throws -> (value: PickleValue, weight: Int) {
            guard depth < Pickle.Limit.depth else {
                throw MediaError.tooLarge(
                    file: machine.name, found: "containers nested in each other without end",
                    limit: "\(Pickle.Limit.depth) levels")
            }
            var weight = 1
            var items: [PickleValue] = []
            items.reserveCapacity(node.items.count)
            for item in node.items + (node.state.map { [$0] } ?? []) {
                let next = try value(of: item, depth: depth + 1)
                items.append(next.value)
                // Shared containers count each time: that is what a walk over the value costs.
                weight += next.weight
                guard weight <= Pickle.Limit.values else {
                    throw MediaError.tooLarge(
                        file: machine.name, found: "more values than it has bytes",
                        limit: "\(Pickle.Limit.values)")
                }
            }
            let state = node.state == nil ? nil : items.removeLast()
            switch node.kind {
            case .list: return (.list(items), weight)
            case .tuple: return (.tuple(items), weight)
            case .set: return (.set(items), weight)
            case .dictionary:
                let pairs = stride(from: 0, to: items.count - 1, by: 2)
                    .map { (key: items[$0], value: items[$0 + 1]) }
                return (.dictionary(pairs), weight)
            case .object(let name):
                return (.object(name: name, arguments: items, state: state), weight)
            case .type(let description):
                return (
                    .object(name: "numpy.dtype", arguments: [.text(description)], state: nil), 2
                )
            case .array, .storage:
                throw machine.damaged("an array without its content")
            }
        }
    }
}
