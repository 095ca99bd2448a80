import Foundation
import Media

/// The arrays of a pickled model: NumPy's own, and the two kinds of wrappers that old files have,
/// chumpy's and SciPy's. Nothing is ever run; a pickle that names anything else is refused.
struct SMPLPickle: SMPLArrays {
    private let value: PickleValue
    private let file: String

    /// What may be named besides plain data, by its class.
    private static let known: Set<String> = [
        "chumpy.ch.Ch", "chumpy.reordering.Select", "scipy.sparse.csc.csc_matrix",
        "scipy.sparse._csc.csc_matrix", "scipy.sparse.csr.csr_matrix",
        "scipy.sparse._csr.csr_matrix",
    ]

    /// Reads a pickle.
    init(contentsOf url: URL) throws {
        try self.init(
            Pickle.read(contentsOf: url, unknownObjects: .keep), file: url.relativePath)
    }

    /// Reads an `.npy` that holds one pickled dictionary.
    init(arrayContentsOf url: URL) throws {
        let file = url.relativePath
        let bytes = try [UInt8](Data(contentsOf: url))
        // Magic, version, length of the header, header; then the pickle.
        guard bytes.count > 10, bytes.starts(with: [0x93] + Array("NUMPY".utf8)), bytes[6] == 1
        else {
            throw RigError.model(file: file, found: "no .npy file", expected: "one of a dictionary")
        }
        let start = 10 + Int(bytes[8]) + Int(bytes[9]) << 8
        let content = try Pickle.read(
            Array(bytes.dropFirst(start)), name: file, unknownObjects: .keep)
        try self.init(content.items?.first ?? content, file: file)
    }

    private init(_ value: PickleValue, file: String) throws {
        if let name = Self.unknownName(value) {
            throw RigError.model(
                file: file, found: "a pickle that names \"\(name)\"",
                expected: "one of arrays alone")
        }
        (self.value, self.file) = (value, file)
    }

    /// The first class or function that is not on the list.
    private static func unknownName(_ value: PickleValue) -> String? {
        switch value {
        case .list(let items), .tuple(let items), .set(let items):
            return items.lazy.compactMap(unknownName).first
        case .dictionary(let pairs):
            return pairs.lazy.compactMap { unknownName($0.key) ?? unknownName($0.value) }.first
        case .object(let name, let arguments, let state):
            if !known.contains(name) && !name.hasPrefix("numpy.") { return name }
            return arguments.lazy.compactMap(unknownName).first ?? state.flatMap(unknownName)
        default:
            return nil
        }
    }

    func array(_ name: String) throws -> TensorData? {
        guard let value = value[name] else { return nil }
        guard let array = try read(value) else {
            throw RigError.model(
                file: file, found: "\"\(name)\" of another kind", expected: "an array of numbers")
        }
        return array
    }

    private func read(_ value: PickleValue) throws -> TensorData? {
        switch value {
        case .tensor(let stored): return try stored.read()
        case .object(let name, _, let state?):
            if name.hasPrefix("scipy.sparse") {
                return try dense(state, isByColumn: name.contains("csc"))
            }
            if let x = state["x"] { return try read(x) }
            // chumpy.reordering.Select: some elements of another array, in another shape.
            guard let a = state["a"], let source = try read(a),
                let indices = try state["idxs"].flatMap(read)?.integers()
            else { return nil }
            let values = source.floats()
            guard indices.allSatisfy(values.indices.contains) else { return nil }
            let shape = state["preferred_shape"]?.items?.compactMap(\.integer) ?? [indices.count]
            let chosen = TensorData(indices.map { values[$0] })
            return Self.product(shape) == indices.count ? chosen.reshaped(shape) : chosen
        default: return nil
        }
    }

    private static func product(_ shape: [Int]) -> Int? {
        var result = 1
        for size in shape {
            let (product, overflow) = result.multipliedReportingOverflow(by: size)
            if overflow || size < 0 { return nil }
            result = product
        }
        return result
    }

    /// The full matrix of a compressed sparse one.
    private func dense(_ state: PickleValue, isByColumn: Bool) throws -> TensorData? {
        let shape = (state["_shape"] ?? state["shape"])?.items?.compactMap(\.integer) ?? []
        guard shape.count == 2, let count = Self.product(shape), count <= 1 << 26,
            let data = try state["data"].flatMap(read)?.doubles(),
            let indices = try state["indices"].flatMap(read)?.integers(),
            let starts = try state["indptr"].flatMap(read)?.integers(),
            data.count == indices.count, starts.count == shape[isByColumn ? 1 : 0] + 1
        else { return nil }
        var values = [Double](repeating: 0, count: count)
        for line in 0..<starts.count - 1 {
            let (begin, end) = (starts[line], starts[line + 1])
            guard begin >= 0, begin <= end, end <= data.count else { return nil }
            for entry in begin..<end {
                let (row, column) = isByColumn ? (indices[entry], line) : (line, indices[entry])
                guard (0..<shape[0]).contains(row), (0..<shape[1]).contains(column) else {
                    return nil
                }
                values[row * shape[1] + column] += data[entry]
            }
        }
        return TensorData(values, shape: shape)
    }
}
