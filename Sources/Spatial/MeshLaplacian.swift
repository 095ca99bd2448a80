/// The difference between each vertex of a mesh and a weighted mean of its neighbours.
///
/// L(x)ᵢ = Σⱼ wᵢⱼ·(xⱼ − xᵢ) / Σⱼ wᵢⱼ over the vertices j that share an edge with i; a vertex without
/// neighbours, or whose weights add up to nothing, has 0. It takes memory and time of O(V + E).
public struct MeshLaplacian: Equatable, Sendable {
    /// Where the neighbours of each vertex begin; one more than there are vertices.
    public let starts: [Int]
    /// The neighbours, vertex after vertex, ascending.
    public let neighbours: [Int32]
    /// wᵢⱼ / Σⱼ wᵢⱼ of each.
    public let weights: [Float]

    /// All neighbours count the same.
    public static func uniform(faces: [SIMD3<Int32>], vertexCount: Int) -> MeshLaplacian {
        MeshLaplacian(sides(of: faces).map { ($0.from, $0.to, 1) }, vertexCount) { _, new in new }
    }

    /// wᵢⱼ = (cot α + cot β)/2, with α and β the angles opposite to the edge (Pinkall and Polthier
    /// 1993): it does not depend on how a surface is triangulated.
    ///
    /// Cotangents of slivers are held between −10⁴ and 10⁴.
    public static func cotangent(of mesh: TriangleMesh) -> MeshLaplacian {
        let positions = mesh.positions.map { SIMD3<Double>($0) }
        let entries = sides(of: mesh.faces).map { side in
            let apex = positions[Int(side.opposite)]
            let (a, b) = (positions[Int(side.from)] - apex, positions[Int(side.to)] - apex)
            let n = SIMD3(
                a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
            let sine = (n * n).sum().squareRoot()
            let cotangent = sine > 0 ? max(-1e4, min(1e4, (a * b).sum() / sine)) : 0
            return (side.from, side.to, cotangent / 2)
        }
        return MeshLaplacian(entries, positions.count) { $0 + $1 }
    }

    /// One direction of a side of a face.
    private struct Side {
        var from: Int32, to: Int32, opposite: Int32
    }

    private static func sides(of faces: [SIMD3<Int32>]) -> [Side] {
        faces.flatMap { f in
            [
                Side(from: f.x, to: f.y, opposite: f.z), Side(from: f.y, to: f.x, opposite: f.z),
                Side(from: f.y, to: f.z, opposite: f.x), Side(from: f.z, to: f.y, opposite: f.x),
                Side(from: f.z, to: f.x, opposite: f.y), Side(from: f.x, to: f.z, opposite: f.y),
            ]
        }
    }

    /// - Parameter merge: joins the weights of an edge of several faces.
    private init(
        _ entries: [(from: Int32, to: Int32, weight: Double)], _ vertexCount: Int,
        merge: (Double, Double) -> Double
    ) {
        var rows = [[(Int32, Double)]](repeating: [], count: vertexCount)
        for (from, to, weight) in entries {
            let row = Int(from)
            // A vertex has six neighbours or so: looking through them is quicker than a table.
            if let known = rows[row].firstIndex(where: { $0.0 == to }) {
                rows[row][known].1 = merge(rows[row][known].1, weight)
            } else {
                rows[row].append((to, weight))
            }
        }
        var (starts, neighbours, weights) = ([0], [Int32](), [Float]())
        for row in rows {
            let sum = row.reduce(0) { $0 + $1.1 }
            for (neighbour, weight) in row.sorted(by: { $0.0 < $1.0 }) {
                neighbours.append(neighbour)
                weights.append(sum != 0 ? Float(weight / sum) : 0)
            }
            starts.append(neighbours.count)
        }
        (self.starts, self.neighbours, self.weights) = (starts, neighbours, weights)
    }

    /// The number of vertices, V.
    public var vertexCount: Int { starts.count - 1 }

    /// L of vectors [V].
    public func apply(to values: [Vector3]) -> [Vector3] {
        precondition(values.count == vertexCount, "one value a vertex")
        return (0..<vertexCount).map { vertex in
            var sum = Vector3.zero
            for entry in starts[vertex]..<starts[vertex + 1] {
                sum += (values[Int(neighbours[entry])] - values[vertex]) * weights[entry]
            }
            return sum
        }
    }
}
