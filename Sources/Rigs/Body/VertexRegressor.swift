import Spatial

/// Named points that are weighted means of vertices.
public struct VertexRegressor: Equatable, Sendable {
    /// The points' names.
    public let names: [String]
    /// Where each point's entries begin in `vertices` and `weights`; one more than there are points.
    public let starts: [Int]
    /// The vertices that each point is a mean of.
    public let vertices: [Int32]
    /// Their weights, summing to 1 a point.
    public let weights: [Float]

    public init(names: [String], starts: [Int], vertices: [Int32], weights: [Float]) {
        precondition(starts.count == names.count + 1 && starts.first == 0)
        precondition(starts.last == vertices.count && vertices.count == weights.count)
        (self.names, self.starts, self.vertices, self.weights) = (names, starts, vertices, weights)
    }

    /// The points for given vertex positions, in the order of `names`.
    public func points(of positions: [Vector3]) -> [Vector3] {
        names.indices.map { point in
            // In double precision: some points are means of thousands of vertices.
            var sum = SIMD3<Double>.zero
            for entry in starts[point]..<starts[point + 1] {
                let position = SIMD3<Double>(positions[Int(vertices[entry])])
                sum += position * Double(weights[entry])
            }
            return Vector3(sum)
        }
    }
}
