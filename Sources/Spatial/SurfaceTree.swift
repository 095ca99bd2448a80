import Foundation

/// Finds the nearest point of a surface.
///
/// A bounding volume hierarchy over the triangles, halved along a Morton curve through their centres
/// (Lauterbach et al. 2009, "Fast BVH construction on GPUs"): built in O(F log F), a query looks at
/// O(log F) nodes where the point is near. Triangles with an index out of range or a vertex that is
/// not finite are left out.
public struct SurfaceTree: Sendable {
    /// A point of the surface.
    public struct Hit: Equatable, Sendable {
        /// The index of the face.
        public var face: Int
        /// The barycentric coordinates of the point on it; not negative, adding up to 1.
        public var barycentrics: Vector3
        public var position: Vector3
        /// The distance of the query from it, metres.
        public var distance: Float
    }

    /// A node: a box, and either the nodes `left` and `left + 1` or, if `count` is not 0, the
    /// triangles from `left` on.
    private struct Node {
        var low: Vector3
        var high: Vector3
        var left: Int32
        var count: Int32
    }

    private struct Triangle {
        var a: Vector3, b: Vector3, c: Vector3
        var face: Int32
    }

    private static let leafSize = 4

    private var nodes: [Node] = []
    private var triangles: [Triangle] = []

    /// A tree over the faces of a mesh.
    public init(_ mesh: TriangleMesh) {
        self.init(positions: mesh.positions, faces: mesh.faces)
    }

    /// A tree over the triangles of `positions`.
    public init(positions: [Vector3], faces: [SIMD3<Int32>]) {
        var found: [Triangle] = []
        found.reserveCapacity(faces.count)
        for (index, face) in faces.enumerated() {
            let corners = [Int(face.x), Int(face.y), Int(face.z)]
            guard corners.allSatisfy(positions.indices.contains) else { continue }
            let (a, b, c) = (positions[corners[0]], positions[corners[1]], positions[corners[2]])
            guard (a + b + c).sum().isFinite else { continue }
            found.append(Triangle(a: a, b: b, c: c, face: Int32(index)))
        }
        guard !found.isEmpty else { return }
        let centres = found.map { ($0.a + $0.b + $0.c) / 3 }
        let low = centres.reduce(centres[0], pointwiseMin)
        let high = centres.reduce(centres[0], pointwiseMax)
        let size = max((high - low).max(), 1e-30)
        let codes = centres.enumerated().map { index, centre in
            UInt64(Self.mortonCode((centre - low) / size)) << 32 | UInt64(index)
        }
        triangles = codes.sorted().map { found[Int($0 & 0xFFFF_FFFF)] }
        nodes.reserveCapacity(2 * triangles.count / Self.leafSize + 2)
        nodes.append(Node(low: .zero, high: .zero, left: 0, count: 0))
        build(0, 0..<triangles.count)
    }

    /// Whether there is no triangle.
    public var isEmpty: Bool { triangles.isEmpty }

    /// Ten bits of each coordinate in 0…1, interleaved.
    private static func mortonCode(_ p: Vector3) -> UInt32 {
        func spread(_ value: Float) -> UInt32 {
            var v = UInt32(max(0, min(1023, value * 1024)))
            v = (v | v << 16) & 0x0300_00FF
            v = (v | v << 8) & 0x0300_F00F
            v = (v | v << 4) & 0x030C_30C3
            v = (v | v << 2) & 0x0924_9249
            return v
        }
        return spread(p.x) << 2 | spread(p.y) << 1 | spread(p.z)
    }

    private mutating func build(_ node: Int, _ range: Range<Int>) {
        if range.count <= Self.leafSize {
            var low = Vector3(repeating: .infinity)
            var high = -low
            for triangle in triangles[range] {
                low = pointwiseMin(
                    low, pointwiseMin(triangle.a, pointwiseMin(triangle.b, triangle.c)))
                high = pointwiseMax(
                    high, pointwiseMax(triangle.a, pointwiseMax(triangle.b, triangle.c)))
            }
            nodes[node] = Node(
                low: low, high: high, left: Int32(range.lowerBound), count: Int32(range.count))
            return
        }
        let left = nodes.count
        nodes.append(Node(low: .zero, high: .zero, left: 0, count: 0))
        nodes.append(Node(low: .zero, high: .zero, left: 0, count: 0))
        let middle = range.lowerBound + range.count / 2
        build(left, range.lowerBound..<middle)
        build(left + 1, middle..<range.upperBound)
        nodes[node] = Node(
            low: pointwiseMin(nodes[left].low, nodes[left + 1].low),
            high: pointwiseMax(nodes[left].high, nodes[left + 1].high), left: Int32(left), count: 0)
    }

    /// The nearest point of the surface, of equally near ones that of the smallest face; nil if there
    /// is no triangle or the query is not finite.
    public func nearest(to point: Vector3) -> Hit? {
        guard !isEmpty, point.sum().isFinite else { return nil }
        return nodes.withUnsafeBufferPointer { nodes in
            triangles.withUnsafeBufferPointer { triangles in
                Self.nearest(to: point, nodes, triangles)
            }
        }
    }

    /// The nearest points of many, on all threads.
    public func nearest(to points: [Vector3]) -> [Hit?] {
        var hits = [Hit?](repeating: nil, count: points.count)
        hits.withUnsafeMutableBufferPointer { hits in
            // Each item writes its own.
            nonisolated(unsafe) let hits = hits
            parallelFor(points.count, grain: 256) { range, _ in
                for i in range { hits[i] = nearest(to: points[i]) }
            }
        }
        return hits
    }

    private static func nearest(
        to point: Vector3, _ nodes: UnsafeBufferPointer<Node>,
        _ triangles: UnsafeBufferPointer<Triangle>
    ) -> Hit {
        var best = Hit(face: -1, barycentrics: .zero, position: .zero, distance: .infinity)
        var bestSquared = Float.infinity
        // The tree halves at every level: 32 levels hold more faces than an Int32 counts.
        return withUnsafeTemporaryAllocation(of: (Int32, Float).self, capacity: 64) { stack in
            stack[0] = (0, 0)
            var depth = 1
            while depth > 0 {
                depth -= 1
                let (index, distance) = stack[depth]
                if distance > bestSquared { continue }
                let node = nodes[Int(index)]
                if node.count > 0 {
                    for triangle in triangles[Int(node.left)..<Int(node.left + node.count)] {
                        let weights = closest(point, triangle)
                        let position =
                            triangle.a * weights.x + triangle.b * weights.y
                            + triangle.c * weights.z
                        let offset = point - position
                        let squared = (offset * offset).sum()
                        let face = Int(triangle.face)
                        if squared < bestSquared || (squared == bestSquared && face < best.face) {
                            bestSquared = squared
                            best = Hit(
                                face: face, barycentrics: weights, position: position,
                                distance: squared.squareRoot())
                        }
                    }
                    continue
                }
                let left = squaredDistance(point, nodes[Int(node.left)])
                let right = squaredDistance(point, nodes[Int(node.left) + 1])
                // The nearer one is looked at first: it is likely to rule out the other.
                let (near, far) =
                    left <= right
                    ? ((node.left, left), (node.left + 1, right))
                    : ((node.left + 1, right), (node.left, left))
                if far.1 <= bestSquared {
                    stack[depth] = far
                    depth += 1
                }
                if near.1 <= bestSquared {
                    stack[depth] = near
                    depth += 1
                }
            }
            return best
        }
    }

    @inline(__always)
    private static func squaredDistance(_ point: Vector3, _ node: Node) -> Float {
        // The standard pointwiseMax is called lane by lane; a selection is one instruction.
        let (below, above) = (node.low - point, point - node.high)
        var outside = below.replacing(with: above, where: above .> below)
        outside.replace(with: 0, where: outside .< 0)
        return outside.x * outside.x + outside.y * outside.y + outside.z * outside.z
    }

    /// The barycentric coordinates of the point of a triangle nearest to `p` (Ericson 2005, "Real-Time
    /// Collision Detection", 5.1.5).
    private static func closest(_ p: Vector3, _ t: Triangle) -> Vector3 {
        let (ab, ac) = (t.b - t.a, t.c - t.a)
        let ap = p - t.a
        let (d1, d2) = (dot(ab, ap), dot(ac, ap))
        if d1 <= 0 && d2 <= 0 { return Vector3(1, 0, 0) }
        let bp = p - t.b
        let (d3, d4) = (dot(ab, bp), dot(ac, bp))
        if d3 >= 0 && d4 <= d3 { return Vector3(0, 1, 0) }
        let vc = d1 * d4 - d3 * d2
        if vc <= 0 && d1 >= 0 && d3 <= 0 {
            let v = d1 == d3 ? 0 : d1 / (d1 - d3)
            return Vector3(1 - v, v, 0)
        }
        let cp = p - t.c
        let (d5, d6) = (dot(ab, cp), dot(ac, cp))
        if d6 >= 0 && d5 <= d6 { return Vector3(0, 0, 1) }
        let vb = d5 * d2 - d1 * d6
        if vb <= 0 && d2 >= 0 && d6 <= 0 {
            let w = d2 == d6 ? 0 : d2 / (d2 - d6)
            return Vector3(1 - w, 0, w)
        }
        let va = d3 * d6 - d5 * d4
        let (e, f) = (d4 - d3, d5 - d6)
        if va <= 0 && e >= 0 && f >= 0 {
            let w = e + f == 0 ? 0 : e / (e + f)
            return Vector3(0, 1 - w, w)
        }
        let sum = va + vb + vc
        return sum == 0 ? Vector3(1, 0, 0) : Vector3(1 - vb / sum - vc / sum, vb / sum, vc / sum)
    }
}
