import Foundation
import Media
import Spatial

/// Another mesh laid over Anny's surface: each of its vertices is the nearest point of a triangle.
struct AnnyRetopology {
    /// Where the vertices lie on the vertices of the surface.
    let map: VertexMap
    let faces: [SIMD3<Int32>]

    /// Lays a mesh over a surface.
    ///
    /// - Parameters:
    ///   - mesh: the mesh's own file, in the surface's place and size.
    ///   - surface: the surface's vertices, in the pose of the mesh.
    ///   - isSymmetric: whether vertices of the middle plane stay in it. Nearest points of them may
    ///     lie on either side, where the surface is hollow.
    init(
        mesh: QuadMesh, surface: [Vector3], surfaceFaces: [SIMD3<Int32>], isSymmetric: Bool,
        file url: URL
    ) throws {
        let tree = SurfaceTree(positions: surface, faces: surfaceFaces)
        let seam = isSymmetric ? Seam(surface, surfaceFaces) : nil
        var sources: [[(vertex: Int32, weight: Float)]] = []
        for (point, hit) in zip(mesh.positions, tree.nearest(to: mesh.positions)) {
            var place = hit.map { ($0.face, $0.barycentrics, $0.distance) }
            if abs(point.x) < 1e-6, let onSeam = seam?.nearest(to: point) { place = onSeam }
            guard let (face, weights, distance) = place, distance < 0.015 else {
                throw RigError.damaged(
                    file: url.relativePath, found: "a vertex that is far from the body",
                    expected: "a mesh over Anny's surface")
            }
            let corners = surfaceFaces[face]
            sources.append(
                (0..<3).filter { weights[$0] != 0 }.map { (corners[$0], weights[$0]) })
        }
        map = VertexMap(sources: sources, sourceCount: surface.count)
        faces = mesh.triangles
    }

    /// The line in which a surface meets the plane x = 0, as segments within its triangles.
    private struct Seam {
        private let faces: [Int]
        private let ends: [(Vector3, Vector3)]
        private let points: [(Vector3, Vector3)]

        init(_ surface: [Vector3], _ triangles: [SIMD3<Int32>]) {
            var segments: [(Int, (Vector3, Vector3), (Vector3, Vector3))] = []
            for (face, triangle) in triangles.enumerated() {
                let corners = (0..<3).map { surface[Int(triangle[$0])] }
                let x = corners.map { abs($0.x) < 1e-6 ? 0 : $0.x }
                var found: [Vector3] = []
                for i in 0..<3 where x[i] == 0 {
                    var one = Vector3.zero
                    one[i] = 1
                    found.append(one)
                }
                for i in 0..<3 {
                    let j = (i + 1) % 3
                    guard x[i] * x[j] < 0 else { continue }
                    var crossing = Vector3.zero
                    crossing[j] = x[i] / (x[i] - x[j])
                    crossing[i] = 1 - crossing[j]
                    found.append(crossing)
                }
                guard let first = found.first, found.count < 3 else { continue }
                let last = found.last!
                func point(_ b: Vector3) -> Vector3 {
                    corners[0] * b.x + corners[1] * b.y + corners[2] * b.z
                }
                segments.append((face, (first, last), (point(first), point(last))))
            }
            (faces, ends, points) = (
                segments.map(\.0), segments.map(\.1), segments.map(\.2)
            )
        }

        /// The nearest point: its triangle, barycentrics and distance.
        func nearest(to point: Vector3) -> (Int, Vector3, Float)? {
            var best: (Int, Vector3, Float)?
            for (i, (a, b)) in points.enumerated() {
                let along = b - a
                let length = along.lengthSquared
                let t = length > 0 ? min(max(dot(point - a, along) / length, 0), 1) : 0
                let distance = (point - (a + along * t)).length
                if best.map({ distance < $0.2 }) ?? true {
                    best = (faces[i], ends[i].0 * (1 - t) + ends[i].1 * t, distance)
                }
            }
            return best
        }
    }
}

/// A Wavefront mesh of triangles and quads, as Anny's alternative topologies are stored.
struct QuadMesh {
    /// The vertices in double precision: some diagonals differ by rounding only.
    var exactPositions: [SIMD3<Double>] = []
    /// The corners of each face: three or four.
    var faces: [[Int32]] = []

    /// Reads `v` and `f` lines; of a corner only its vertex counts.
    init(contentsOf url: URL) throws {
        let bytes = try readFile(url)
        try bytes.withUnsafeBufferPointer { bytes in
            var scanner = TextScanner(bytes)
            while !scanner.isAtEnd {
                switch scanner.skipBlanks() ? scanner.word() : "" {
                case "v":
                    guard let x = scanner.number(), let y = scanner.number(),
                        let z = scanner.number()
                    else { throw Self.damaged(url, scanner) }
                    exactPositions.append(SIMD3(x, y, z))
                case "f":
                    var face: [Int32] = []
                    while scanner.skipBlanks() {
                        let corner = scanner.word().split(separator: "/").first.flatMap {
                            Int32($0)
                        }
                        guard let corner, corner > 0, corner <= exactPositions.count else {
                            throw Self.damaged(url, scanner)
                        }
                        face.append(corner - 1)
                    }
                    guard face.count == 3 || face.count == 4 else {
                        throw Self.damaged(url, scanner)
                    }
                    faces.append(face)
                default: break
                }
                scanner.nextLine()
            }
        }
    }

    var positions: [Vector3] { exactPositions.map { Vector3($0) } }

    /// The faces with quads cut along their shorter diagonals, the second if they are equal.
    var triangles: [SIMD3<Int32>] {
        faces.flatMap { face -> [SIMD3<Int32>] in
            if face.count == 3 { return [SIMD3(face[0], face[1], face[2])] }
            let (a, b, c, d) = (face[0], face[1], face[2], face[3])
            func length(_ i: Int32, _ j: Int32) -> Double {
                (exactPositions[Int(i)] - exactPositions[Int(j)]).length
            }
            return length(a, c) < length(b, d)
                ? [SIMD3(a, b, c), SIMD3(c, d, a)] : [SIMD3(a, b, d), SIMD3(d, b, c)]
        }
    }

    private static func damaged(_ url: URL, _ scanner: TextScanner) -> RigError {
        RigError.damaged(
            file: url.relativePath, found: "another text in line \(scanner.line)",
            expected: "a vertex or a face of three or four corners")
    }
}
