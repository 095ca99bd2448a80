import Spatial

/// Blend shapes that move few vertices: rows of (vertex, offset) pairs.
public struct SparseOffsets: Equatable, Sendable {
    /// Where each row begins in `vertices` and `offsets`; one more than there are rows.
    public let starts: [Int]
    /// The vertices that are moved, row after row, ascending within a row.
    public let vertices: [Int32]
    /// Their offsets at weight 1, metres.
    public let offsets: [Vector3]

    public init(starts: [Int], vertices: [Int32], offsets: [Vector3]) {
        precondition(starts.first == 0 && starts.last == vertices.count)
        precondition(vertices.count == offsets.count)
        (self.starts, self.vertices, self.offsets) = (starts, vertices, offsets)
    }

    /// Rows of (vertex, offset) pairs.
    public init(rows: [[(vertex: Int, offset: Vector3)]]) {
        var starts = [0]
        var vertices: [Int32] = []
        var offsets: [Vector3] = []
        for row in rows {
            for (vertex, offset) in row.sorted(by: { $0.vertex < $1.vertex }) {
                vertices.append(Int32(vertex))
                offsets.append(offset)
            }
            starts.append(vertices.count)
        }
        self.init(starts: starts, vertices: vertices, offsets: offsets)
    }

    /// The number of rows.
    public var count: Int { starts.count - 1 }

    /// Adds Σ weightᵢ · rowᵢ to `positions`. Rows of weight 0 cost nothing.
    public func add(weights: [Float], to positions: inout [Vector3]) {
        precondition(weights.count == count, "one weight a row")
        positions.withUnsafeMutableBufferPointer { positions in
            for (row, weight) in weights.enumerated() where weight != 0 {
                add(row: row, weight: weight, to: positions)
            }
        }
    }

    /// Adds `weight` times one row to `positions`, which has every vertex of the row.
    func add(row: Int, weight: Float, to positions: UnsafeMutableBufferPointer<Vector3>) {
        vertices.withUnsafeBufferPointer { vertices in
            offsets.withUnsafeBufferPointer { offsets in
                for entry in starts[row]..<starts[row + 1] {
                    positions[Int(vertices[entry])] += offsets[entry] * weight
                }
            }
        }
    }
}
