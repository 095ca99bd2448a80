import Foundation

/// A model's configuration (diffusers' config.json) that notices what nobody asks about.
///
/// Each reader asks for the keys it honours, names those that must have their harmless value, and
/// calls `finish()`, which refuses whatever else the file sets: nothing in it is overlooked.
public final class Configuration {
    /// The file, for error messages.
    public let file: String
    private let values: [String: JSONValue]
    private var asked: Set<String> = []

    /// Reads a file that holds one JSON object.
    ///
    /// - Throws: `DiffusionError` where there is none.
    public init(contentsOf url: URL) throws(DiffusionError) {
        file = url.relativePath
        guard case .object(let values) = try JSONValue(contentsOf: url) else {
            throw .damaged(file: url.relativePath, found: "no JSON object", expected: "settings")
        }
        self.values = values
    }

    /// A configuration in memory; `file` is for error messages.
    public init(_ values: [String: JSONValue], file: String = "the configuration") {
        (self.values, self.file) = (values, file)
    }

    /// The value of a key, or nil where it is not set or null. The key counts as asked for.
    public func value(_ key: String) -> JSONValue? {
        asked.insert(key)
        let value = values[key]
        return value == .null ? nil : value
    }

    /// Whether the file says null, where leaving the key out means something else.
    public func isNull(_ key: String) -> Bool {
        asked.insert(key)
        return values[key] == .null
    }

    /// Whether the file sets the key to something other than null.
    public func sets(_ key: String) -> Bool { value(key) != nil }

    /// A whole number within a range.
    ///
    /// - Parameter standard: the value where the key is not set; without it, the key must be.
    public func integer(
        _ key: String, _ standard: Int? = nil, in range: ClosedRange<Int> = 0...1_000_000
    ) throws(DiffusionError) -> Int {
        guard let value = value(key) else { return try required(key, standard) }
        return try integer(value, key, range)
    }

    /// A finite number.
    public func number(_ key: String, _ standard: Double? = nil) throws(DiffusionError) -> Double {
        switch value(key) {
        case nil: return try required(key, standard)
        case .integer(let value): return Double(value)
        case .number(let value) where value.isFinite: return value
        case let other?: throw refused(key, other, "a number")
        }
    }

    public func boolean(_ key: String, _ standard: Bool? = nil) throws(DiffusionError) -> Bool {
        switch value(key) {
        case nil: return try required(key, standard)
        case .boolean(let value): return value
        case let other?: throw refused(key, other, "true or false")
        }
    }

    public func text(_ key: String, _ standard: String? = nil) throws(DiffusionError) -> String {
        switch value(key) {
        case nil: return try required(key, standard)
        case .text(let value): return value
        case let other?: throw refused(key, other, "a text")
        }
    }

    /// One of the cases that a text names.
    func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: String, _ standard: Choice
    ) throws(DiffusionError) -> Choice {
        let found = try text(key, standard.rawValue)
        guard let choice = Choice(rawValue: found) else {
            throw refused(
                key, .text(found), Choice.allCases.map(\.rawValue).joined(separator: " or "))
        }
        return choice
    }

    /// A list of texts.
    public func texts(_ key: String, _ standard: [String]? = nil) throws(DiffusionError) -> [String]
    {
        guard let value = value(key) else { return try required(key, standard) }
        guard case .list(let items) = value else { throw refused(key, value, "a list of texts") }
        var texts: [String] = []
        for item in items {
            guard case .text(let text) = item else {
                throw refused(key, value, "a list of texts")
            }
            texts.append(text)
        }
        return texts
    }

    /// A list of whole numbers.
    public func integers(
        _ key: String, _ standard: [Int]? = nil, in range: ClosedRange<Int> = 0...1_000_000
    ) throws(DiffusionError) -> [Int] {
        guard let value = value(key) else { return try required(key, standard) }
        guard case .list(let items) = value else {
            throw refused(key, value, "a list of whole numbers")
        }
        var integers: [Int] = []
        for item in items { integers.append(try integer(item, key, range)) }
        return integers
    }

    /// A whole number for each of `count` blocks: a list of as many, or one for all.
    public func integers(
        _ key: String, _ standard: Int? = nil, count: Int,
        in range: ClosedRange<Int> = 0...1_000_000
    ) throws(DiffusionError) -> [Int] {
        guard case .list(let items)? = value(key) else {
            return Array(repeating: try integer(key, standard, in: range), count: count)
        }
        guard items.count == count else {
            throw refused(key, .list(items), "one number for each of the \(count) blocks")
        }
        return try integers(key, in: range)
    }

    /// Refuses the file where a key is set to anything but the values that change nothing.
    public func expect(_ key: String, _ harmless: JSONValue...) throws(DiffusionError) {
        guard let value = value(key) else { return }
        let isHarmless = harmless.contains { $0 == value || $0.equalsAsNumber(value) }
        guard isHarmless else {
            throw refused(
                key, value,
                harmless.isEmpty
                    ? "null" : harmless.map(\.description).joined(separator: " or "))
        }
    }

    /// Refuses the file where it sets keys that nobody asked about. Those that begin with an
    /// underscore say where the file comes from, and null sets nothing.
    public func finish() throws(DiffusionError) {
        let unknown = values.keys.filter {
            !$0.hasPrefix("_") && !asked.contains($0) && values[$0] != .null
        }
        guard unknown.isEmpty else {
            throw .unknownSettings(file: file, keys: unknown.sorted())
        }
    }

    /// The error for a key whose value cannot be honoured.
    public func refused(_ key: String, _ value: JSONValue, _ expected: String) -> DiffusionError {
        .setting(file: file, key: key, found: value.description, expected: expected)
    }

    private func required<Value>(_ key: String, _ standard: Value?) throws(DiffusionError) -> Value
    {
        guard let standard else {
            throw .damaged(file: file, found: "no \"\(key)\"", expected: "that key")
        }
        return standard
    }

    private func integer(
        _ value: JSONValue, _ key: String, _ range: ClosedRange<Int>
    ) throws(DiffusionError) -> Int {
        var found: Int?
        if case .integer(let value) = value { found = value }
        if case .number(let value) = value { found = Int(exactly: value) }
        guard let found, range.contains(found) else {
            throw refused(
                key, value, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return found
    }
}

extension JSONValue {
    /// Whether both are the same number, one perhaps with a fraction of zero.
    fileprivate func equalsAsNumber(_ other: JSONValue) -> Bool {
        switch (self, other) {
        case (.integer(let a), .number(let b)), (.number(let b), .integer(let a)): Double(a) == b
        default: false
        }
    }
}
