import Testing

@testable import Spatial

/// Subdivision, Laplacians and nearest points.
@Suite struct MeshToolTests {
    /// A wavy square of n × n cells, its inner vertices moved about in the plane.
    static func sheet(_ n: Int, height: Float, seed: UInt64 = 3) -> TriangleMesh {
        var g = SplitMix(seed: seed)
        var positions: [Vector3] = []
        var faces: [SIMD3<Int32>] = []
        for y in 0...n {
            for x in 0...n {
                let isInner = (1..<n).contains(x) && (1..<n).contains(y)
                let (u, v) = (Float(x) / Float(n), Float(y) / Float(n))
                let jitter: Float = isInner ? 0.3 / Float(n) : 0
                positions.append(
                    Vector3(
                        u + jitter * g.uniform(-1...1), v + jitter * g.uniform(-1...1),
                        height * g.uniform(-1...1)))
            }
        }
        for y in 0..<n {
            for x in 0..<n {
                let a = Int32(y * (n + 1) + x)
                let c = a + Int32(n) + 1
                faces += [SIMD3(a, a + 1, c), SIMD3(a + 1, c + 1, c)]
            }
        }
        return TriangleMesh(
            positions: positions, faces: faces, uvs: positions.map { Vector2($0.x, $0.y) },
            uvFaces: faces)
    }

    private func area(_ mesh: TriangleMesh) -> Double {
        mesh.faces.reduce(0) { sum, f in
            let (a, b) = (mesh.positions[Int(f.x)], mesh.positions[Int(f.y)])
            return sum + Double(cross(b - a, mesh.positions[Int(f.z)] - a).length) / 2
        }
    }

    @Test func subdivisionKeepsTheSurfaceAndItsOrientation() {
        let mesh = Self.sheet(5, height: 0.2)
        let fine = mesh.subdivided()
        let edges = 5 * 6 * 2 + 25
        #expect(fine.positions.count == 36 + edges)
        #expect(fine.faces.count == 4 * mesh.faces.count)
        #expect(Array(fine.positions.prefix(36)) == mesh.positions)
        #expect(abs(area(fine) - area(mesh)) < 1e-5)
        let cut = MidpointSubdivision(faces: mesh.faces, vertexCount: 36)
        for (index, face) in cut.faces.enumerated() {
            let old = mesh.faces[cut.origin(of: index)]
            func normal(_ mesh: TriangleMesh, _ f: SIMD3<Int32>) -> Vector3 {
                let a = mesh.positions[Int(f.x)]
                return cross(
                    mesh.positions[Int(f.y)] - a, mesh.positions[Int(f.z)] - a)
            }
            #expect((normal(fine, face) * 4 - normal(mesh, old)).length < 1e-5)
        }
        // Texture coordinates are the plane positions here, and stay so.
        for (uvs, face) in zip(fine.uvFaces, fine.faces) {
            for corner in 0..<3 {
                let p = fine.positions[Int(face[corner])]
                #expect((fine.uvs[Int(uvs[corner])] - Vector2(p.x, p.y)).length < 1e-6)
            }
        }
    }

    /// The order on which parameters of published avatars are laid out.
    @Test func newVerticesComeInTheOrderOfTheirEdges() {
        let cut = MidpointSubdivision(faces: [SIMD3(2, 0, 3), SIMD3(3, 1, 2)], vertexCount: 4)
        #expect(
            cut.edges == [SIMD2(0, 2), SIMD2(0, 3), SIMD2(1, 2), SIMD2(1, 3), SIMD2(2, 3)])
        #expect(
            cut.faces == [
                SIMD3(2, 4, 8), SIMD3(3, 7, 8), SIMD3(0, 5, 4), SIMD3(1, 6, 7), SIMD3(3, 8, 5),
                SIMD3(2, 8, 6), SIMD3(5, 8, 4), SIMD3(6, 8, 7),
            ])
        #expect(cut.values([0, 1, 2, 3] as [Float], channels: 1)[4...] == [1, 1.5, 1.5, 2, 2.5])
        #expect(cut.labels(["a", "b", "c", "d"])[4...] == ["a", "a", "b", "b", "c"])
    }

    @Test func uniformLaplacianIsTheMeanOfTheNeighbours() {
        let mesh = Self.sheet(4, height: 0.3)
        let laplacian = MeshLaplacian.uniform(faces: mesh.faces, vertexCount: 25)
        let found = laplacian.apply(to: mesh.positions)
        for vertex in 0..<25 {
            var neighbours = Set<Int32>()
            for face in mesh.faces {
                let corners = [face.x, face.y, face.z]
                if corners.contains(Int32(vertex)) { neighbours.formUnion(corners) }
            }
            neighbours.remove(Int32(vertex))
            let mean =
                neighbours.sorted().reduce(Vector3.zero) { $0 + mesh.positions[Int($1)] }
                / Float(neighbours.count)
            #expect((found[vertex] - (mean - mesh.positions[vertex])).length < 1e-6)
        }
    }

    /// Whatever the triangulation of a plane, a linear function has no Laplacian inside.
    @Test func cotangentLaplacianIsExactForLinearFunctions() {
        let mesh = Self.sheet(6, height: 0)
        let laplacian = MeshLaplacian.cotangent(of: mesh)
        let linear = mesh.positions.map { Vector3(2 * $0.x - $0.y, $0.x + 3 * $0.y, 1) }
        let uniform = MeshLaplacian.uniform(faces: mesh.faces, vertexCount: 49)
        let (found, plain) = (laplacian.apply(to: linear), uniform.apply(to: linear))
        var differs = false
        for y in 1..<6 {
            for x in 1..<6 {
                #expect(found[y * 7 + x].length < 1e-5)
                differs = differs || plain[y * 7 + x].length > 1e-2
            }
        }
        #expect(differs)
    }

    @Test func nearestPointsAreThoseOfASearchThroughAllTriangles() {
        let mesh = Self.sheet(12, height: 0.1)
        let tree = SurfaceTree(mesh)
        var g = SplitMix(seed: 9)
        let points = (0..<300).map { _ in
            Vector3(g.uniform(-0.5...1.5), g.uniform(-0.5...1.5), g.uniform(-0.4...0.4))
        }
        let hits = tree.nearest(to: points)
        // The distance as a convex function of the barycentric coordinates, by ever finer grids.
        func distance(_ p: Vector3, _ face: SIMD3<Int32>) -> Float {
            let (a, b) = (mesh.positions[Int(face.x)], mesh.positions[Int(face.y)])
            let c = mesh.positions[Int(face.z)]
            var (u, v, size): (Float, Float, Float) = (0.33, 0.33, 0.5)
            var best = Float.infinity
            for _ in 0..<22 {
                let (cu, cv) = (u, v)
                for i in -4...4 {
                    for j in -4...4 {
                        let s = max(0, min(1, cu + size * Float(i) / 4))
                        let t = max(0, min(1 - s, cv + size * Float(j) / 4))
                        let d = (a + (b - a) * s + (c - a) * t - p).length
                        if d < best { (best, u, v) = (d, s, t) }
                    }
                }
                size *= 0.6
            }
            return best
        }
        for (point, hit) in zip(points, hits).prefix(60) {
            guard let hit else {
                Issue.record("no hit")
                continue
            }
            let best = mesh.faces.map { distance(point, $0) }.min() ?? 0
            #expect(abs(hit.distance - best) < 1e-4)
        }
        for (point, hit) in zip(points, hits) {
            guard let hit else { continue }
            let face = mesh.faces[hit.face]
            let position =
                mesh.positions[Int(face.x)] * hit.barycentrics.x
                + mesh.positions[Int(face.y)] * hit.barycentrics.y
                + mesh.positions[Int(face.z)] * hit.barycentrics.z
            #expect((position - hit.position).length < 1e-6)
            #expect(abs((point - hit.position).length - hit.distance) < 1e-6)
            #expect(hit.barycentrics.min() >= -1e-6)
            #expect(tree.nearest(to: point) == hit)
        }
    }

    @Test func badTrianglesAndQueriesAreLeftOut() {
        let tree = SurfaceTree(
            positions: [.zero, Vector3(1, 0, 0), Vector3(0, 1, 0), Vector3(.nan, 0, 0)],
            faces: [
                SIMD3(0, 1, 3), SIMD3(0, 1, 9), SIMD3(-1, 1, 2), SIMD3(0, 1, 2), SIMD3(1, 1, 1),
            ])
        #expect(tree.nearest(to: Vector3(0.2, 0.2, 1))?.face == 3)
        #expect(tree.nearest(to: Vector3(.nan, 0, 0)) == nil)
        #expect(SurfaceTree(positions: [], faces: []).nearest(to: Vector3.zero) == nil)
    }
}
