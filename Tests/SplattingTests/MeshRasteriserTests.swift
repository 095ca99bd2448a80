import Spatial
import Testing

@testable import Splatting

@Suite struct MeshRasteriserTests {
    /// A lumpy closed surface around the origin: a subdivided octahedron.
    static func ball(_ subdivisions: Int, radius: Float = 0.8) -> TriangleMesh {
        var positions: [Vector3] = [
            Vector3(1, 0, 0), Vector3(-1, 0, 0), Vector3(0, 1, 0), Vector3(0, -1, 0),
            Vector3(0, 0, 1), Vector3(0, 0, -1),
        ]
        var faces: [SIMD3<Int32>] = [
            SIMD3(0, 2, 4), SIMD3(2, 1, 4), SIMD3(1, 3, 4), SIMD3(3, 0, 4), SIMD3(2, 0, 5),
            SIMD3(1, 2, 5), SIMD3(3, 1, 5), SIMD3(0, 3, 5),
        ]
        for _ in 0..<subdivisions {
            var middles: [SIMD2<Int32>: Int32] = [:]
            func middle(_ a: Int32, _ b: Int32) -> Int32 {
                let key = SIMD2(min(a, b), max(a, b))
                if let known = middles[key] { return known }
                positions.append((positions[Int(a)] + positions[Int(b)]).normalized)
                middles[key] = Int32(positions.count - 1)
                return Int32(positions.count - 1)
            }
            faces = faces.flatMap { face in
                let (ab, bc, ca) = (
                    middle(face.x, face.y), middle(face.y, face.z), middle(face.z, face.x)
                )
                return [
                    SIMD3(face.x, ab, ca), SIMD3(ab, face.y, bc), SIMD3(ca, bc, face.z),
                    SIMD3(ab, bc, ca),
                ]
            }
        }
        var g = SplitMix(seed: 21)
        return TriangleMesh(
            positions: positions.map { $0 * (radius * g.uniform(0.8...1.2)) }, faces: faces)
    }

    /// The ray of a pixel's centre in camera space; its parameter is the depth.
    static func ray(_ camera: Camera, x: Int, y: Int)
        -> (origin: SIMD3<Double>, direction: SIMD3<Double>)
    {
        let k = camera.intrinsics
        let point = SIMD3(
            (Double(x) + 0.5 - Double(k.cx)) / Double(k.fx),
            (Double(y) + 0.5 - Double(k.cy)) / Double(k.fy), 0)
        let forward = SIMD3<Double>(0, 0, 1)
        return camera.projection == .orthographic
            ? (point, forward) : (.zero, point + forward)
    }

    /// What a ray through the pixel's centre hits first (Möller and Trumbore 1997, in doubles).
    static func cast(_ mesh: TriangleMesh, _ camera: Camera, x: Int, y: Int)
        -> (triangle: Int, depth: Double, weights: SIMD3<Double>)?
    {
        let (origin, direction) = ray(camera, x: x, y: y)
        var best: (triangle: Int, depth: Double, weights: SIMD3<Double>)?
        for (index, face) in mesh.faces.enumerated() {
            let v = [face.x, face.y, face.z].map {
                SIMD3<Double>(camera.viewMatrix * mesh.positions[Int($0)])
            }
            let (e1, e2) = (v[1] - v[0], v[2] - v[0])
            let p = cross(direction, e2)
            let determinant = dot(e1, p)
            if abs(determinant) < 1e-14 { continue }
            let s = origin - v[0]
            let b = dot(s, p) / determinant
            let q = cross(s, e1)
            let c = dot(direction, q) / determinant
            let t = dot(e2, q) / determinant
            if b < 0 || c < 0 || b + c > 1 || t < 0.01 { continue }
            if t < best?.depth ?? .infinity { best = (index, t, SIMD3(1 - b - c, b, c)) }
        }
        return best
    }

    @Test(arguments: [
        (64, 48, Float(-3), false), (33, 35, -1.4, false), (40, 40, -0.3, false),
        (1, 1, -3, false), (64, 48, -3, true), (40, 40, -0.3, true),
    ])
    func equalsARayCaster(
        _ width: Int, _ height: Int, _ distance: Float, _ isOrthographic: Bool
    ) {
        let mesh = Self.ball(3)
        var camera = Camera(
            eye: Vector3(0.1, 0.2, distance), target: Vector3(0, 0, 0.5), verticalFOV: 0.9,
            width: width, height: height)
        if isOrthographic {
            camera.projection = .orthographic
            camera.intrinsics.fx /= 3
            camera.intrinsics.fy /= 3
        }
        let frame = MeshRasteriser().render(
            positions: mesh.positions, faces: mesh.faces, camera: camera)
        var hits = 0
        for y in 0..<height {
            for x in 0..<width {
                let pixel = y * width + x
                let expected = Self.cast(mesh, camera, x: x, y: y)
                #expect(Int(frame.triangles[pixel]) == expected?.triangle ?? -1)
                #expect(abs(Double(frame.depth[pixel]) - (expected?.depth ?? 0)) < 1e-5)
                for corner in 0..<3 {
                    let actual = Double(frame.barycentrics[corner * width * height + pixel])
                    #expect(abs(actual - (expected?.weights[corner] ?? 0)) < 1e-4)
                }
                hits += expected == nil ? 0 : 1
            }
        }
        #expect(hits > width * height / 10)
    }

    @Test func sharedEdgesLeaveNoGapAndOverlapNothing() {
        // A grid of squares whose edges run exactly through texel centres.
        let n = 8
        var uvs: [Vector2] = []
        var faces: [SIMD3<Int32>] = []
        for y in 0...n {
            for x in 0...n { uvs.append(Vector2(Float(x) / Float(n), Float(y) / Float(n))) }
        }
        for y in 0..<n {
            for x in 0..<n {
                let a = Int32(y * (n + 1) + x)
                faces.append(SIMD3(a, a + 1, a + Int32(n) + 2))
                faces.append(SIMD3(a, a + Int32(n) + 2, a + Int32(n) + 1))
            }
        }
        let frame = MeshRasteriser().renderTexture(uvs: uvs, faces: faces, width: 52, height: 44)
        #expect(frame.triangles.allSatisfy { $0 >= 0 })
        let back = frame.interpolate(
            uvs.flatMap { [$0.x, $0.y] }, channels: 2, faces: faces)
        for y in 0..<44 {
            for x in 0..<52 {
                #expect(abs(back[x, y, 0] - (Float(x) + 0.5) / 52) < 1e-6)
                #expect(abs(back[x, y, 1] - (1 - (Float(y) + 0.5) / 44)) < 1e-6)
            }
        }
    }

    @Test func badFacesAreLeftOut() {
        let positions = [
            Vector3(-1, -1, 0), Vector3(1, -1, 0), Vector3(0, 1, 0), Vector3(.nan, 0, 0),
            Vector3(.infinity, 0, 0), Vector3(0, 0, -9),
        ]
        let faces: [SIMD3<Int32>] = [
            SIMD3(0, 1, 3), SIMD3(0, 1, 4), SIMD3(0, 1, 6), SIMD3(-1, 1, 2), SIMD3(1, 1, 2),
            SIMD3(0, 1, 2), SIMD3(0, 5, 2),
        ]
        let camera = Camera.test(width: 37, height: 29)
        let frame = MeshRasteriser().render(positions: positions, faces: faces, camera: camera)
        #expect(Set(frame.triangles).isSubset(of: [-1, 5, 6]))
        #expect(frame.triangles[14 * 37 + 18] == 5)
        #expect(frame.depth.allSatisfy { $0.isFinite })
    }

    @Test func isTheSameForAnyNumberOfThreads() {
        let mesh = Self.ball(5)
        let camera = Camera.test(width: 150, height: 131)
        let attributes = mesh.positions.map(\.x)
        let weights = (0..<150 * 131).map { Float($0 % 7) - 3 }
        func run(_ threads: Int) -> (MeshFrame, [Float], [Vector3]) {
            Threads.limit(to: threads)
            defer { Threads.limit(to: 0) }
            let frame = MeshRasteriser().render(
                positions: mesh.positions, faces: mesh.faces, camera: camera)
            let gradient = frame.interpolationGradient(
                weights, attributes: attributes, channels: 1, faces: mesh.faces)
            let positions = frame.positionGradient(
                barycentrics: gradient.barycentrics, positions: mesh.positions,
                faces: mesh.faces, camera: camera)
            return (frame, gradient.attributes, positions)
        }
        let one = run(1)
        #expect(run(2) == one)
        #expect(run(7) == one)
    }

    /// Which triangle a pixel shows is held; the ray caster's formulas give the rest.
    @Test(arguments: [false, true])
    func gradientsEqualFiniteDifferences(_ isOrthographic: Bool) {
        let mesh = Self.ball(1)
        let (width, height) = (23, 19)
        let camera = Camera.test(width: width, height: height, isOrthographic: isOrthographic)
        let frame = MeshRasteriser().render(
            positions: mesh.positions, faces: mesh.faces, camera: camera)
        var g = SplitMix(seed: 4)
        let attributes = (0..<2 * mesh.positions.count).map { _ in g.uniform(-1...1) }
        let weights = (0..<2 * width * height).map { _ in g.uniform(-1...1) }
        let depthWeights = (0..<width * height).map { _ in g.uniform(-1...1) }
        let gradient = frame.interpolationGradient(
            weights, attributes: attributes, channels: 2, faces: mesh.faces)
        let positions = frame.positionGradient(
            barycentrics: gradient.barycentrics, depth: depthWeights, positions: mesh.positions,
            faces: mesh.faces, camera: camera)

        func loss(_ positions: [SIMD3<Double>], _ attributes: [Double]) -> Double {
            var sum = 0.0
            for pixel in 0..<width * height where frame.triangles[pixel] >= 0 {
                let face = mesh.faces[Int(frame.triangles[pixel])]
                let v = [face.x, face.y, face.z].map { index in
                    let p = positions[Int(index)]
                    return SIMD3<Double>(camera.viewMatrix.translation)
                        + SIMD3(
                            (0..<3).map { r in
                                (0..<3).reduce(0) {
                                    $0 + Double(camera.viewMatrix.linear[r, $1]) * p[$1]
                                }
                            })
                }
                let (origin, direction) = Self.ray(camera, x: pixel % width, y: pixel / width)
                let (e1, e2) = (v[1] - v[0], v[2] - v[0])
                let p = cross(direction, e2)
                let determinant = dot(e1, p)
                let b = dot(origin - v[0], p) / determinant
                let q = cross(origin - v[0], e1)
                let c = dot(direction, q) / determinant
                sum += dot(e2, q) / determinant * Double(depthWeights[pixel])
                for channel in 0..<2 {
                    func value(_ corner: Int32) -> Double { attributes[2 * Int(corner) + channel] }
                    sum +=
                        ((1 - b - c) * value(face.x) + b * value(face.y) + c * value(face.z))
                        * Double(weights[channel * width * height + pixel])
                }
            }
            return sum
        }
        let exact = mesh.positions.map { SIMD3<Double>($0) }
        let values = attributes.map(Double.init)
        let step = 1e-6
        for vertex in exact.indices {
            for axis in 0..<3 {
                var (up, down) = (exact, exact)
                up[vertex][axis] += step
                down[vertex][axis] -= step
                let expected = (loss(up, values) - loss(down, values)) / (2 * step)
                #expect(
                    abs(Double(positions[vertex][axis]) - expected) < 1e-3 + 1e-4 * abs(expected))
            }
        }
        for i in values.indices {
            var (up, down) = (values, values)
            up[i] += step
            down[i] -= step
            let expected = (loss(exact, up) - loss(exact, down)) / (2 * step)
            #expect(abs(Double(gradient.attributes[i]) - expected) < 1e-5)
        }
        #expect(positions.contains { $0.x != 0 })
    }
}
