import Spatial

/// Which place of Anny's face each vertex of another face lies on.
///
/// Anny is brought onto the other face by its 51 landmarks, first by the best similarity (Umeyama
/// 1991), then by the warp through all of them that bends least (splines of the kernel |r|, with an
/// affine part); a vertex belongs to the nearest place of the warped surface, if that is near and faces
/// the same way. Cost O(F log F + V log F) for F faces of Anny's and V vertices.
struct FaceCorrespondence {
    /// A vertex and its place: a face of Anny's and barycentric coordinates.
    struct Match {
        let vertex: Int
        let face: SIMD3<Int32>
        let barycentrics: Vector3
    }

    let matches: [Match]
    /// Turns and scales a movement of Anny's to one of the other face.
    let movement: Matrix3

    /// How far a vertex may be from the warped face, metres.
    private static let reach: Float = 0.006
    /// The least cosine between the normals.
    private static let agreement: Float = 0.6

    /// - Parameters:
    ///   - face: the other face at rest, world space.
    ///   - landmarks: its 51 landmarks.
    init?(from anny: Anny, to face: TriangleMesh, landmarks: [Vector3]) {
        let source = anny.shaped(AnnyShape()).vertices
        let points = AnnyLandmarks.face.map { source[$0] }
        guard let similarity = AffineTransform.similarity(from: points, to: landmarks) else {
            return nil
        }
        movement = similarity.linear
        let moved = points.map { similarity.linear * $0 + similarity.translation }
        guard let warp = Warp(from: moved, to: landmarks) else { return nil }

        let kept = anny.mesh.faces(of: [.face, .lips]).map { anny.mesh.faces[$0] }
        var warped = source
        for vertex in Set(kept.flatMap { [$0.x, $0.y, $0.z] }).map(Int.init) {
            warped[vertex] = warp(similarity.linear * source[vertex] + similarity.translation)
        }
        let surface = TriangleMesh(positions: warped, faces: kept)
        let (normals, others) = (surface.vertexNormals(), face.vertexNormals())
        matches = SurfaceTree(surface).nearest(to: face.positions).enumerated().compactMap {
            vertex, hit -> Match? in
            guard let hit, hit.distance < Self.reach else { return nil }
            let triangle = kept[hit.face]
            let normal = (0..<3).reduce(Vector3.zero) {
                $0 + normals[Int(triangle[$1])] * hit.barycentrics[$1]
            }
            let cosine = dot(normal, others[vertex]) / max(normal.length, 1e-9)
            guard cosine > Self.agreement else { return nil }
            return Match(vertex: vertex, face: triangle, barycentrics: hit.barycentrics)
        }
    }

    /// A movement of Anny's vertices, at the matched vertices of the other face.
    func moved(_ offsets: [Vector3]) -> [Vector3] {
        matches.map { match in
            movement
                * (0..<3).reduce(Vector3.zero) {
                    $0 + offsets[Int(match.face[$1])] * match.barycentrics[$1]
                }
        }
    }
}

/// A warp of space through given points: an affine map and splines of the kernel |r|.
private struct Warp {
    private let centres: [Vector3]
    /// [n + 4, 3]: of each centre, of 1, x, y and z.
    private let weights: [Double]

    init?(from centres: [Vector3], to targets: [Vector3]) {
        let (n, size) = (centres.count, centres.count + 4)
        var a = [Double](repeating: 0, count: size * size)
        var b = [Double](repeating: 0, count: 3 * size)
        for (i, centre) in centres.enumerated() {
            for (j, other) in centres.enumerated() {
                a[i * size + j] = Double((centre - other).length)
            }
            let affine = [1, Double(centre.x), Double(centre.y), Double(centre.z)]
            for (k, value) in affine.enumerated() {
                a[i * size + n + k] = value
                a[(n + k) * size + i] = value
            }
            for k in 0..<3 { b[3 * i + k] = Double(targets[i][k]) }
        }
        guard let weights = solveLinearSystem(a, b, unknowns: size) else { return nil }
        (self.centres, self.weights) = (centres, weights)
    }

    func callAsFunction(_ point: Vector3) -> Vector3 {
        var sum = SIMD3<Double>()
        func add(_ row: Int, _ value: Double) {
            sum += SIMD3(weights[3 * row], weights[3 * row + 1], weights[3 * row + 2]) * value
        }
        for (row, centre) in centres.enumerated() { add(row, Double((point - centre).length)) }
        for (k, value) in [1, Double(point.x), Double(point.y), Double(point.z)].enumerated() {
            add(centres.count + k, value)
        }
        return Vector3(sum)
    }
}

/// Places of Anny's standard mesh that carry names elsewhere.
enum AnnyLandmarks {
    /// The vertices of iBUG's landmarks 17 to 67: brows, nose, eyes, outer and inner lips, each from
    /// the person's right to the left as the standard orders them. Chosen on the mesh by hand.
    static let face = [
        255, 207, 206, 205, 208, 6967, 6964, 6965, 6966, 7008, 132, 131, 201, 294, 354, 313, 317,
        7060, 7099, 24, 4833, 4849, 70, 50, 41, 6838, 11451, 11435, 6792, 6809, 6818, 3720, 5338,
        456, 455, 7199, 11924, 10372, 7219, 7225, 492, 486, 480, 499, 462, 468, 7205, 7232, 7226,
        523, 487,
    ]
}
