import Spatial

/// Which vertices of a mesh are joined by edges.
struct MeshNeighbours {
    /// Where each vertex's neighbours begin; one more than there are vertices.
    let starts: [Int]
    /// The neighbours, vertex after vertex.
    let indices: [Int32]

    init(vertexCount: Int, faces: [SIMD3<Int32>]) {
        var sets = [Set<Int32>](repeating: [], count: vertexCount)
        for face in faces {
            for (a, b) in [(face.x, face.y), (face.y, face.z), (face.z, face.x)] {
                sets[Int(a)].insert(b)
                sets[Int(b)].insert(a)
            }
        }
        var starts = [0]
        var indices: [Int32] = []
        for set in sets {
            // Sorted: the order of a set changes from run to run, and with it the last bits of a sum.
            indices += set.sorted()
            starts.append(indices.count)
        }
        (self.starts, self.indices) = (starts, indices)
    }

    func callAsFunction(_ vertex: Int) -> ArraySlice<Int32> {
        indices[starts[vertex]..<starts[vertex + 1]]
    }

    /// Each value replaced by the mean of itself and its neighbours, `rounds` times; symmetric
    /// enough to be its own adjoint. Vertices without neighbours keep their value.
    func smoothed(_ values: [Float], rounds: Int) -> [Float] {
        smoothed(values.map { Vector3($0, 0, 0) }, rounds: rounds).map(\.x)
    }

    func smoothed(_ values: [Vector3], rounds: Int) -> [Vector3] {
        var current = values
        var next = values
        for _ in 0..<rounds {
            for vertex in current.indices {
                var sum = current[vertex]
                for neighbour in starts[vertex]..<starts[vertex + 1] {
                    sum += current[Int(indices[neighbour])]
                }
                next[vertex] = sum / Float(starts[vertex + 1] - starts[vertex] + 1)
            }
            swap(&current, &next)
        }
        return current
    }
}
