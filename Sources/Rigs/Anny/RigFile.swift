import Foundation
import Media
import Spatial

/// A compiled rig's file, whose tensors are checked as they are read.
struct RigFile {
    let name: String
    private let file: SafetensorsFile

    init(contentsOf url: URL) throws {
        name = url.relativePath
        file = try SafetensorsFile(contentsOf: url)
    }

    /// A metadata entry.
    func text(_ key: String) throws -> String {
        guard let text = file.metadata[key] else {
            throw damaged("no entry \(key)", "a compiled rig")
        }
        return text
    }

    /// A metadata entry of one name a line.
    func names(_ key: String) throws -> [String] {
        let text = try text(key)
        return text.isEmpty
            ? [] : text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// A metadata entry that is a number in a range.
    func count(_ key: String, in range: ClosedRange<Int>) throws -> Int {
        let text = try text(key)
        guard let count = Int(text), range.contains(count) else {
            throw damaged("\(key) \(text)", "a number in \(range)")
        }
        return count
    }

    /// The dimensions of a tensor, as many as `rank`.
    func shape(_ tensor: String, rank: Int) throws -> [Int] {
        guard let layout = file.layout(of: tensor), layout.shape.count == rank else {
            throw damaged("no tensor \(tensor) of \(rank) dimensions", "one")
        }
        return layout.shape
    }

    func has(_ tensor: String) -> Bool { file.layout(of: tensor) != nil }

    func floats(_ tensor: String, shape: [Int]) throws -> [Float] {
        try values(tensor, shape, Float.self)
    }

    /// The values of a tensor, of the type and shape given.
    func values<Element: TensorElement>(
        _ tensor: String, _ shape: [Int], _ type: Element.Type
    ) throws -> [Element] {
        guard let layout = file.layout(of: tensor) else {
            throw damaged("no tensor \(tensor)", "one of shape \(shape)")
        }
        guard layout.shape == shape, layout.elementType == type.elementType else {
            throw damaged(
                "\(tensor) of shape \(layout.shape) and type \(layout.elementType.rawValue)",
                "shape \(shape) and type \(type.elementType.rawValue)")
        }
        return try file.tensor(tensor).values(of: type)!
    }

    /// Integers that must lie in a range.
    func integers<Element: TensorElement & FixedWidthInteger>(
        _ tensor: String, _ shape: [Int], _ type: Element.Type, in range: Range<Int>
    ) throws -> [Element] {
        let values = try values(tensor, shape, type)
        if let stray = values.first(where: { !range.contains(Int($0)) }) {
            throw damaged("\(stray) in \(tensor)", "numbers in \(range)")
        }
        return values
    }

    func vectors(_ tensor: String, count: Int) throws -> [Vector3] {
        let values = try floats(tensor, shape: [count, 3])
        return [Vector3](unsafeUninitializedCapacity: count) { buffer, filled in
            for i in 0..<count {
                buffer[i] = Vector3(values[3 * i], values[3 * i + 1], values[3 * i + 2])
            }
            filled = count
        }
    }

    func matrices(_ tensor: String, count: Int) throws -> [Matrix3] {
        let m = try floats(tensor, shape: [count, 3, 3])
        return stride(from: 0, to: 9 * count, by: 9).map {
            Matrix3(
                rows: Vector3(m[$0], m[$0 + 1], m[$0 + 2]),
                Vector3(m[$0 + 3], m[$0 + 4], m[$0 + 5]), Vector3(m[$0 + 6], m[$0 + 7], m[$0 + 8]))
        }
    }

    /// Triples of indices below `limit`.
    func triples(_ tensor: String, count: Int, below limit: Int) throws -> [SIMD3<Int32>] {
        let i = try integers(tensor, [count, 3], Int32.self, in: 0..<limit)
        return stride(from: 0, to: 3 * count, by: 3).map { SIMD3(i[$0], i[$0 + 1], i[$0 + 2]) }
    }

    func parts(_ tensor: String, count: Int) throws -> [BodyPart] {
        try values(tensor, [count], UInt8.self).map {
            guard let part = BodyPart(rawValue: $0) else {
                throw damaged("the part \($0) in \(tensor)", "one below \(BodyPart.allCases.count)")
            }
            return part
        }
    }

    /// Row starts that ascend from 0 to `end`.
    func starts(_ tensor: String, rows: Int, end: Int) throws -> [Int] {
        let starts = try values(tensor, [rows + 1], Int32.self).map(Int.init)
        guard starts.first == 0, starts.last == end,
            zip(starts, starts.dropFirst()).allSatisfy({ $0 <= $1 })
        else { throw damaged("unordered \(tensor)", "row starts from 0 to \(end)") }
        return starts
    }

    /// Sparse blend shapes under the names `NAME_starts`, `NAME_vertices`, `NAME_offsets`.
    func sparse(_ name: String, rows: Int, vertexCount: Int) throws -> SparseOffsets {
        let count = try shape("\(name)_vertices", rank: 1)[0]
        return SparseOffsets(
            starts: try starts("\(name)_starts", rows: rows, end: count),
            vertices: try integers(
                "\(name)_vertices", [count], Int32.self, in: 0..<vertexCount),
            offsets: try vectors("\(name)_offsets", count: count))
    }

    func damaged(_ found: String, _ expected: String) -> RigError {
        RigError.damaged(file: name, found: found, expected: expected)
    }
}
