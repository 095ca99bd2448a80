import Rigs
import Spatial

/// A mesh cut where a field of its vertices is 0; what is below goes.
struct HemCut {
    /// The vertices that are left: each between two old ones, at a share of the way from the first.
    private let sources: [(a: Int, b: Int, share: Float)]
    let faces: [SIMD3<Int32>]
    /// The edges along the cut, with the kept side on their left.
    let edges: [SIMD2<Int32>]

    init(faces old: [SIMD3<Int32>], fields: [Float]) {
        var sources: [(a: Int, b: Int, share: Float)] = []
        var (kept, cuts) = ([Int32: Int32](), [SIMD2<Int32>: Int32]())
        var (faces, edges) = ([SIMD3<Int32>](), [SIMD2<Int32>]())
        func keep(_ vertex: Int32) -> Int32 {
            if let known = kept[vertex] { return known }
            sources.append((Int(vertex), Int(vertex), 0))
            kept[vertex] = Int32(sources.count - 1)
            return Int32(sources.count - 1)
        }
        func cross(_ a: Int32, _ b: Int32) -> Int32 {
            let key = SIMD2(min(a, b), max(a, b))
            if let known = cuts[key] { return known }
            let (low, high) = (fields[Int(key.x)], fields[Int(key.y)])
            sources.append((Int(key.x), Int(key.y), low / (low - high)))
            cuts[key] = Int32(sources.count - 1)
            return Int32(sources.count - 1)
        }
        for face in old {
            let inside = (0..<3).filter { fields[Int(face[$0])] > 0 }
            switch inside.count {
            case 3: faces.append(SIMD3(keep(face.x), keep(face.y), keep(face.z)))
            case 2:
                let out = (0..<3).first { !inside.contains($0) }!
                let (a, b, c) = (face[(out + 1) % 3], face[(out + 2) % 3], face[out])
                let (p, q) = (cross(b, c), cross(a, c))
                faces.append(SIMD3(keep(a), keep(b), p))
                faces.append(SIMD3(keep(a), p, q))
                edges.append(SIMD2(p, q))
            case 1:
                let k = inside[0]
                let (a, b, c) = (face[k], face[(k + 1) % 3], face[(k + 2) % 3])
                let (p, q) = (cross(a, b), cross(a, c))
                faces.append(SIMD3(keep(a), p, q))
                edges.append(SIMD2(p, q))
            default: break
            }
        }
        (self.sources, self.faces, self.edges) = (sources, faces, edges)
    }

    func blended(_ values: [Vector3]) -> [Vector3] {
        sources.map { values[$0.a] + (values[$0.b] - values[$0.a]) * $0.share }
    }

    func blended(_ values: [Float]) -> [Float] {
        sources.map { values[$0.a] + (values[$0.b] - values[$0.a]) * $0.share }
    }

    /// Lists of bones and weights.
    func blended(_ rows: [[(bone: UInt16, weight: Float)]]) -> [[(bone: UInt16, weight: Float)]] {
        sources.map { source in
            if source.a == source.b { return rows[source.a] }
            var sum = rows[source.a].map { (bone: $0.bone, weight: $0.weight * (1 - source.share)) }
            for (bone, weight) in rows[source.b] {
                if let known = sum.firstIndex(where: { $0.bone == bone }) {
                    sum[known].weight += weight * source.share
                } else {
                    sum.append((bone, weight * source.share))
                }
            }
            return sum.filter { $0.weight > 0 }
        }
    }
}

extension ClothPiece {
    /// Takes the notches out of hems, where the cut crosses triangles that were pulled askew, and keeps
    /// their width (Taubin 1995): what is shorter than some 45 edges goes.
    mutating func evenHems(_ edges: [SIMD2<Int32>]) {
        let next = Dictionary(edges.map { ($0.x, $0.y) }, uniquingKeysWith: { first, _ in first })
        let previous = Dictionary(
            edges.map { ($0.y, $0.x) }, uniquingKeysWith: { first, _ in first })
        // In the order of the edges, for the same bits everywhere.
        let inner = edges.compactMap { edge -> SIMD3<Int>? in
            guard let before = previous[edge.x], next[edge.x] == edge.y else { return nil }
            return SIMD3(Int(before), Int(edge.x), Int(edge.y))
        }
        for round in 0..<800 {
            let factor: Float = round % 2 == 0 ? 0.5 : -0.505
            let steps = inner.map { (rest[$0.x] + rest[$0.z]) * 0.5 - rest[$0.y] }
            for (corner, step) in zip(inner, steps) { rest[corner.y] += step * factor }
        }
    }

    /// Folds the edges of hems inwards, so that cloth has a thickness.
    mutating func turnHems(_ edges: [SIMD2<Int32>], by depth: Float) {
        var inner: [Int32: Int32] = [:]
        var rows: [[(bone: UInt16, weight: Float)]] = (0..<rest.count).map { vertex in
            (vertex * skin.slots..<(vertex + 1) * skin.slots).compactMap {
                skin.weights[$0] > 0 ? (skin.bones[$0], skin.weights[$0]) : nil
            }
        }
        func turned(_ vertex: Int32) -> Int32 {
            if let known = inner[vertex] { return known }
            let v = Int(vertex)
            rest.append(rest[v] - normals[v] * depth)
            normals.append(normals[v])
            canonical.append(canonical[v])
            hem.append(0)
            rows.append(rows[v])
            inner[vertex] = Int32(rest.count - 1)
            return Int32(rest.count - 1)
        }
        for edge in edges {
            let (a, b) = (turned(edge.x), turned(edge.y))
            faces.append(SIMD3(edge.x, a, edge.y))
            faces.append(SIMD3(edge.y, a, b))
        }
        skin = SkinWeights(rows: rows)
    }
}
