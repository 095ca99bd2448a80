import Foundation

/// A .ply file, read: elements with properties by name, ascii or binary of either byte order (Greg
/// Turk, "The PLY Polygon File Format").
///
/// Properties are looked up by name, whatever their order and type; lists too.
public struct PLYFile: Sendable {
    /// One column of an element's rows.
    struct Property: Sendable {
        var name: String
        var type: Scalar
        /// The type of the number of items, of a list.
        var countType: Scalar?
    }

    /// Rows of one kind.
    struct Element: Sendable {
        var name: String
        var count: Int
        var properties: [Property] = []
        /// Where the rows begin, and the step to the next one, in bytes or, of ascii, in numbers.
        var start = 0
        var stride = 0
        /// Where each row begins, of rows with lists.
        var rowStarts: [Int] = []

        var hasLists: Bool { properties.contains { $0.countType != nil } }
    }

    /// The name for error messages.
    public let name: String
    /// What stands behind "comment" in the header, line by line.
    public let comments: [String]
    let elements: [Element]
    private let body: Body

    /// The rows: in the file's bytes as they are, or the numbers that ascii spells.
    private enum Body: Sendable {
        case binary([UInt8], isBigEndian: Bool)
        case ascii([Double])

        var count: Int {
            switch self {
            case .binary(let bytes, _): bytes.count
            case .ascii(let numbers): numbers.count
            }
        }

        /// What a value of a type takes here.
        func width(_ type: Scalar) -> Int {
            if case .binary = self { type.byteCount } else { 1 }
        }

        /// A value; the caller has made sure that it is there.
        func value(_ type: Scalar, at position: Int) -> Double {
            switch self {
            case .ascii(let numbers): numbers[position]
            case .binary(let bytes, let isBigEndian):
                bytes.withUnsafeBytes {
                    type.value($0, at: position, isBigEndian: isBigEndian)
                }
            }
        }
    }

    /// Reads a file.
    ///
    /// - Throws: `MediaError` where there is no such file, it is no .ply, or rows are missing.
    public init(contentsOf url: URL) throws {
        let source = try ByteSource(contentsOf: url)
        guard source.count <= 1 << 32 else {
            throw MediaError.tooLarge(
                file: source.name, found: "\(source.count) bytes", limit: "\(1 << 32) of a .ply")
        }
        try self.init(bytes: source.readAll(), name: source.name)
    }

    /// Reads a file in memory; `name` is for error messages.
    public init(bytes: [UInt8], name: String) throws {
        self.name = name
        var header = try PLYHeader(bytes, name: name)
        comments = header.comments
        var position: Int
        switch header.format {
        case .ascii:
            body = .ascii(try Self.numbers(bytes[header.end...], name: name))
            position = 0
        case .binary(let isBigEndian):
            body = .binary(bytes, isBigEndian: isBigEndian)
            position = header.end
        }
        for index in header.elements.indices {
            try Self.place(&header.elements[index], at: &position, in: body, name: name)
        }
        elements = header.elements
    }

    /// Finds the rows of an element, which begin at `position`, and where they end.
    private static func place(
        _ element: inout Element, at position: inout Int, in body: Body, name: String
    ) throws {
        func damaged() -> MediaError {
            .damaged(
                file: name, found: "an end within its rows",
                expected: "\(element.count) of \"\(element.name)\"")
        }
        element.start = position
        element.stride = element.properties.reduce(0) {
            $0 + body.width($1.countType ?? $1.type)
        }
        let (least, overflows) = element.count.multipliedReportingOverflow(by: element.stride)
        guard !overflows, least <= body.count - position else { throw damaged() }
        guard element.hasLists else {
            position += least
            return
        }
        element.rowStarts.reserveCapacity(element.count)
        for _ in 0..<element.count {
            element.rowStarts.append(position)
            for property in element.properties {
                guard let countType = property.countType else {
                    position += body.width(property.type)
                    continue
                }
                let width = body.width(countType)
                guard position + width <= body.count else { throw damaged() }
                let items = body.value(countType, at: position)
                guard items >= 0, items <= Double(body.count) else { throw damaged() }
                position += width + Int(items) * body.width(property.type)
            }
            guard position <= body.count else { throw damaged() }
        }
    }

    private static func numbers(_ bytes: ArraySlice<UInt8>, name: String) throws -> [Double] {
        var numbers: [Double] = []
        numbers.reserveCapacity(bytes.count / 8)
        try bytes.withUnsafeBufferPointer { text in
            var position = 0
            while true {
                while position < text.count, text[position] <= 32 { position += 1 }
                if position == text.count { return }
                let start = position
                while position < text.count, text[position] > 32 { position += 1 }
                let word = String(decoding: text[start..<position], as: UTF8.self)
                guard let number = Double(word) else {
                    throw MediaError.damaged(
                        file: name, found: "\"\(word.prefix(40))\"", expected: "a number")
                }
                numbers.append(number)
            }
        }
        return numbers
    }

    /// The number of rows of an element; 0 where there is none.
    public func count(of element: String) -> Int {
        elements.first { $0.name == element }?.count ?? 0
    }

    /// The names of an element's properties in order.
    public func properties(of element: String) -> [String] {
        elements.first { $0.name == element }?.properties.map(\.name) ?? []
    }

    /// The values of some properties, row by row.
    ///
    /// - Throws: `MediaError.missingEntry` where the element has not all of them as plain numbers.
    public func values(_ names: [String], of element: String) throws -> [Float] {
        guard let rows = elements.first(where: { $0.name == element }) else {
            throw missing(element, elements.map(\.name))
        }
        var offsets: [(type: Scalar, offset: Int)] = []
        for name in names {
            // Behind a list a column is not at the same place in every row.
            var offset = 0
            var found: (Scalar, Int)?
            for property in rows.properties {
                guard property.countType == nil else { break }
                if property.name == name { found = (property.type, offset) }
                offset += body.width(property.type)
            }
            guard let found else { throw missing(name, rows.properties.map(\.name)) }
            offsets.append(found)
        }
        var values: [Float] = []
        values.reserveCapacity(rows.count * names.count)
        func collect(_ value: (Scalar, Int) -> Double) {
            for row in 0..<rows.count {
                let start = rows.hasLists ? rows.rowStarts[row] : rows.start + row * rows.stride
                for (type, offset) in offsets { values.append(Float(value(type, start + offset))) }
            }
        }
        switch body {
        case .ascii(let numbers): collect { numbers[$1] }
        case .binary(let bytes, let isBigEndian):
            bytes.withUnsafeBytes { bytes in
                collect { $0.value(bytes, at: $1, isBigEndian: isBigEndian) }
            }
        }
        return values
    }

    /// The type of a property that is a plain number; nil where there is none of that name.
    func type(of property: String, in element: String) -> Scalar? {
        elements.first { $0.name == element }?.properties
            .first { $0.name == property && $0.countType == nil }?.type
    }

    /// The items of a list, row by row; nil where the element has no such list.
    ///
    /// - Throws: `MediaError.damaged` for an item that is no index.
    public func lists(_ names: [String], of element: String) throws -> [[Int32]]? {
        guard let rows = elements.first(where: { $0.name == element }),
            let column = rows.properties.firstIndex(where: {
                names.contains($0.name) && $0.countType != nil
            })
        else { return nil }
        return try (0..<rows.count).map { row in
            var position = rows.rowStarts[row]
            for property in rows.properties[..<column] { skip(property, &position) }
            let property = rows.properties[column]
            let items = Int(body.value(property.countType!, at: position))
            position += body.width(property.countType!)
            return try (0..<items).map { item in
                let value = body.value(
                    property.type, at: position + item * body.width(property.type))
                guard let index = Int32(exactly: value) else {
                    throw MediaError.damaged(
                        file: name, found: "an index \(value)", expected: "a whole number")
                }
                return index
            }
        }
    }

    private func skip(_ property: Property, _ position: inout Int) {
        if let countType = property.countType {
            let items = Int(body.value(countType, at: position))
            position += body.width(countType) + items * body.width(property.type)
        } else {
            position += body.width(property.type)
        }
    }

    private func missing(_ name: String, _ available: [String]) -> MediaError {
        .missingEntry(file: self.name, name: name, available: available)
    }
}
