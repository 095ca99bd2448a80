import Spatial

/// Where the vertices of a mesh lie on another one: each is a weighted mean of the other's.
///
/// Stored by the other mesh's vertices (compressed rows), so that what moves few of them costs little.
struct VertexMap: Sendable {
    /// The number of vertices of the mesh, V.
    let count: Int
    /// Where the entries of each source vertex begin; one more than there are sources.
    private let starts: [Int32]
    /// The vertices that a source is part of, and with what weight.
    private let targets: [Int32]
    private let weights: [Float]
    /// The sources of each vertex.
    let sources: [[(vertex: Int32, weight: Float)]]

    /// Vertices that are weighted means of some of `sourceCount`.
    init(sources: [[(vertex: Int32, weight: Float)]], sourceCount: Int) {
        count = sources.count
        self.sources = sources
        var starts = [Int32](repeating: 0, count: sourceCount + 1)
        for entries in sources { for (source, _) in entries { starts[Int(source) + 1] += 1 } }
        for i in 0..<sourceCount { starts[i + 1] += starts[i] }
        var next = starts
        var targets = [Int32](repeating: 0, count: Int(starts[sourceCount]))
        var weights = [Float](repeating: 0, count: targets.count)
        for (target, entries) in sources.enumerated() {
            for (source, weight) in entries {
                let place = Int(next[Int(source)])
                next[Int(source)] += 1
                targets[place] = Int32(target)
                weights[place] = weight
            }
        }
        (self.starts, self.targets, self.weights) = (starts, targets, weights)
    }

    /// The number of vertices of the other mesh.
    var sourceCount: Int { starts.count - 1 }

    /// Some vertices of `sourceCount`.
    init(vertices: [Int32], sourceCount: Int) {
        self.init(
            sources: vertices.map { [(vertex: $0, weight: Float(1))] }, sourceCount: sourceCount)
    }

    /// The map that leads through `first` to the sources of that one.
    func after(_ first: VertexMap) -> VertexMap {
        VertexMap(
            sources: sources.map { entries in
                var sums: [Int32: Float] = [:]
                for (middle, weight) in entries {
                    for (source, share) in first.sources[Int(middle)] {
                        sums[source, default: 0] += weight * share
                    }
                }
                return sums.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
            }, sourceCount: first.starts.count - 1)
    }

    /// The values at the vertices from those at the sources: weighted means of points or offsets.
    func values(_ sources: [Vector3]) -> [Vector3] {
        var result = [Vector3](repeating: .zero, count: count)
        for (source, value) in sources.enumerated() where value != .zero {
            for place in Int(starts[source])..<Int(starts[source + 1]) {
                result[Int(targets[place])] += value * weights[place]
            }
        }
        return result
    }

    /// The offsets of the vertices that are moved, from those of some sources.
    func offsets(
        _ sources: [(vertex: Int32, offset: Vector3)]
    ) -> [(vertex: Int, offset: Vector3)] {
        var sums: [Int32: Vector3] = [:]
        for (source, offset) in sources where offset != .zero {
            for place in Int(starts[Int(source)])..<Int(starts[Int(source) + 1]) {
                sums[targets[place], default: .zero] += offset * weights[place]
            }
        }
        return sums.sorted { $0.key < $1.key }.map { (Int($0.key), $0.value) }
    }

    /// The only vertex that is all of a source, or nil.
    func vertex(of source: Int) -> Int32? {
        let range = Int(starts[source])..<Int(starts[source + 1])
        return range.first { weights[$0] == 1 }.map { targets[$0] }
    }
}
