import Diffusion
import Foundation
import Media
import Spatial
import Splatting
import Testing

@testable import Methods

@Suite struct RGBDSceneTests {
    static let range = DepthRange(near: 1, far: 8, verticalFOV: 1)

    /// A room with a box in it, looked into from anywhere: what rays meet.
    struct Room {
        /// How far along a ray the first surface is, and its colour.
        static func hit(from origin: Vector3, along ray: Vector3) -> (Float, Vector3) {
            var (nearest, colour) = (Float.infinity, Vector3.zero)
            func meet(_ distance: Float, _ paint: (Vector3) -> Vector3) {
                guard distance > 1e-4, distance < nearest else { return }
                (nearest, colour) = (distance, paint(origin + ray * distance))
            }
            for (axis, low, high) in [(0, Float(-2), Float(2)), (1, -1.2, 1.5), (2, -5, 4)] {
                for (bound, tint) in [(low, Float(0.9)), (high, 0.6)] where ray[axis] != 0 {
                    meet((bound - origin[axis]) / ray[axis]) { p in
                        let checks = Int(
                            (p.x * 2).rounded(.down) + (p.y * 2).rounded(.down)
                                + (p.z * 2).rounded(.down))
                        let shade: Float = checks % 2 == 0 ? 1 : 0.7
                        return Vector3(tint, 0.3 + 0.3 * Float(axis), 1 - tint) * shade
                    }
                }
            }
            // The front and the sides of a box.
            let (low, high) = (Vector3(-0.9, -1.2, -3.2), Vector3(0.1, 0.3, -2.4))
            for axis in 0..<3 where ray[axis] != 0 {
                for bound in [low[axis], high[axis]] {
                    let distance = (bound - origin[axis]) / ray[axis]
                    let p = origin + ray * distance
                    let inside = (0..<3).allSatisfy {
                        $0 == axis || (low[$0]...high[$0] ~= p[$0])
                    }
                    if inside { meet(distance) { _ in Vector3(0.1, 0.5 + 0.2 * Float(axis), 0.1) } }
                }
            }
            return (nearest, colour)
        }

        static func perspective(
            width: Int, height: Int, from eye: Vector3 = .zero
        ) -> (image: RGBDImage, depth: [Float]) {
            let focal = Float(height) / 2 / tan(range.verticalFOV / 2)
            return picture(width, height, from: eye) { x, y in
                Vector3((x - Float(width) / 2) / focal, (Float(height) / 2 - y) / focal, -1)
            }
        }

        static func panorama(width: Int, height: Int) -> (image: RGBDImage, depth: [Float]) {
            picture(width, height, from: .zero) { x, y in
                let longitude = (x / Float(width) - 0.5) * 2 * .pi
                let latitude = (0.5 - y / Float(height)) * .pi
                return Vector3(
                    sin(longitude) * cos(latitude), sin(latitude),
                    -cos(longitude) * cos(latitude))
            }
        }

        private static func picture(
            _ width: Int, _ height: Int, from eye: Vector3, _ ray: (Float, Float) -> Vector3
        ) -> (RGBDImage, [Float]) {
            var colour = Image(width: width, height: height, channels: 3)
            var distances: [Float] = []
            for y in 0..<height {
                for x in 0..<width {
                    let (distance, rgb) = hit(from: eye, along: ray(Float(x) + 0.5, Float(y) + 0.5))
                    distances.append(distance)
                    for c in 0..<3 { colour[x, y, c] = rgb[c] }
                }
            }
            let depth = distances.map(range.depth(ofDistance:))
            return (RGBDImage(colour: colour, depth: depth), distances)
        }
    }

    static func psnr(_ a: Image, _ b: Image, where mask: (Int) -> Bool = { _ in true }) -> Float {
        var (sum, count): (Float, Float) = (0, 0)
        for i in 0..<a.pixelCount where mask(i) {
            for c in 0..<3 {
                let d = a.samples[c * a.pixelCount + i] - b.samples[c * a.pixelCount + i]
                sum += d * d
                count += 1
            }
        }
        return -10 * log10(sum / max(count, 1))
    }

    @Test func pointsLieWhereTheRoomIs() {
        let (image, depth) = Room.perspective(width: 96, height: 72)
        let scene = RGBDScene(image, range: Self.range)
        // But for a few at steps, which are taken for blurred ones.
        let wrong = zip(scene.points, depth).count { abs(-$0.z - $1) > 0.003 * $1 }
        #expect(wrong * 100 < depth.count)
        for (i, point) in scene.points.enumerated() where i % 37 == 0 {
            let pixel = scene.camera.project(point).pixel
            #expect(abs(pixel.x - Float(i % 96) - 0.5) < 1e-3)
            #expect(abs(pixel.y - Float(i / 96) - 0.5) < 1e-3)
        }
        let cloud = scene.pointCloud()
        #expect(cloud.faces.isEmpty && cloud.positions == scene.points)
    }

    @Test func noTriangleSpansAStep() {
        let (image, depth) = Room.perspective(width: 96, height: 72)
        let mesh = RGBDScene(image, range: Self.range).mesh()
        // Floor, walls and ceiling, however slanted, stay whole: only the box's outline is torn.
        let possible = 2 * 95 * 71
        #expect(mesh.faces.count < possible && mesh.faces.count > possible * 95 / 100)
        var inTheAir = 0
        for face in mesh.faces {
            let middle = (0..<3).reduce(Vector3.zero) { $0 + mesh.positions[Int(face[$1])] } / 3
            let (distance, _) = Room.hit(from: .zero, along: middle / -middle.z)
            if abs(distance + middle.z) > 0.25 { inTheAir += 1 }
        }
        #expect(inTheAir * 500 < mesh.faces.count)
        // Counter-clockwise for the viewer.
        for face in mesh.faces {
            let p = (0..<3).map { mesh.positions[Int(face[$0])] }
            #expect(dot(cross(p[1] - p[0], p[2] - p[0]), p[0]) < 0)
        }
        let frame = MeshRasteriser().render(
            positions: mesh.positions, faces: mesh.faces,
            camera: RGBDScene(image, range: Self.range).camera)
        let covered = (0..<depth.count).filter { frame.triangles[$0] >= 0 }.count
        #expect(covered > depth.count * 93 / 100)
    }

    @Test func gaussiansShowThePictureAndWhatOneSeesBesideIt() {
        let (image, _) = Room.perspective(width: 160, height: 120)
        let scene = RGBDScene(image, range: Self.range)
        let cloud = scene.gaussians()
        #expect(cloud.count > 160 * 120 && cloud.count < 160 * 120 * 12 / 10)
        let rasteriser = Rasteriser()
        func draw(_ camera: Camera) -> RenderedFrame {
            var frame = RenderedFrame()
            rasteriser.render(cloud, camera: camera, settings: RenderSettings(), into: &frame)
            return frame
        }
        let same = draw(scene.camera)
        #expect(Self.psnr(same.image, image.colour) > 24)
        #expect(same.alpha.dropFirst(161).prefix(1000).allSatisfy { $0 > 0.9 })
        // A step to the right: what was hidden is a hole, all else is as the room looks from there.
        let eye = Vector3(0.2, 0.05, 0)
        let beside = draw(
            Camera(
                eye: eye, target: eye + Vector3(0, 0, -1), verticalFOV: Self.range.verticalFOV,
                width: 160, height: 120))
        let expected = Room.perspective(width: 160, height: 120, from: eye).image.colour
        let seen = beside.alpha.map { $0 > 0.9 }
        #expect(seen.count(where: \.self) > 160 * 120 * 93 / 100)
        #expect(Self.psnr(beside.image, expected) { seen[$0] } > 19)
    }

    @Test func blurredStepsAreMadeSharp() {
        // As an autoencoder leaves it: an edge that takes three pixels.
        var (image, _) = Room.perspective(width: 96, height: 72)
        let sharp = image.depth!
        let blurred = (0..<sharp.count).map { i in
            let row = i / 96 * 96
            let sum = (-1...1).reduce(0) { $0 + Int(sharp[row + min(max(i - row + $1, 0), 95)]) }
            return UInt16(sum / 3)
        }
        image.depth = blurred
        let scene = RGBDScene(image, range: Self.range)
        func inTheAir(_ points: [Vector3]) -> Int {
            points.count { p in
                let (distance, _) = Room.hit(from: .zero, along: p / -p.z)
                // Neither what is there nor what is beside it.
                let others = [-2, -1, 1, 2].map { dx in
                    Room.hit(
                        from: .zero,
                        along: p / -p.z + Vector3(dx * 2 * tan(0.5) / 72, 0, 0)
                    ).0
                }
                return ([distance] + others).allSatisfy { abs($0 + p.z) > 0.15 }
            }
        }
        let raw = zip(scene.points, blurred).map {
            $0 / -$0.z * Self.range.distance($1)
        }
        #expect(inTheAir(raw) > 100)
        // What is left are steps so small that they count as slopes.
        #expect(inTheAir(scene.points) * 2 < inTheAir(raw))
    }

    @Test func aPanoramaIsClosedAllAround() {
        let (image, depth) = Room.panorama(width: 128, height: 64)
        let scene = RGBDScene(image, range: Self.range, isPanorama: true)
        let wrong = zip(scene.points, depth).count { abs($0.length - $1) > 0.005 * $1 }
        #expect(wrong * 100 < depth.count)
        // Ahead is −z, the right border is behind.
        #expect(scene.points[32 * 128 + 64].z < 0 && scene.points[32 * 128 + 127].z > 0)
        #expect(scene.points[32 * 128 + 96].x > 0)
        let mesh = scene.mesh()
        // Across the wrap, the poles and everywhere but at the box, each edge has a triangle on both
        // sides. Vertices are told apart by where they are.
        var names: [Vector3: Int] = [:]
        let vertex = mesh.positions.map { p in
            names[p]
                ?? {
                    names[p] = names.count; return names.count - 1
                }()
        }
        var edges: [SIMD2<Int>: Int] = [:]
        for face in mesh.faces {
            let v = (0..<3).map { vertex[Int(face[$0])] }
            for k in 0..<3 { edges[SIMD2(v[k], v[(k + 1) % 3]), default: 0] += 1 }
        }
        #expect(edges.values.allSatisfy { $0 == 1 })
        let open = edges.keys.filter { edges[SIMD2($0.y, $0.x)] == nil }
        let places = names.sorted { $0.value < $1.value }.map(\.key)
        for edge in open {
            let p = places[edge.x]
            #expect(p.z < -1.5 && abs(p.x) < 2.5, "open at \(p)")
        }
        #expect(!open.isEmpty && open.count < 400)
        // The texture goes on beyond the border.
        #expect(mesh.uvs.contains { $0.x > 1 })
        // Gaussians cover the seam: looked at from the centre, nothing shines through behind.
        var frame = RenderedFrame()
        Rasteriser().render(
            scene.gaussians(),
            camera: Camera(
                eye: .zero, target: Vector3(0, 0, 1), verticalFOV: 1.2, width: 64, height: 64),
            settings: RenderSettings(), into: &frame)
        #expect(frame.alpha.allSatisfy { $0 > 0.9 })
    }

    @Test func depthIsInverseAndToldByTheModel() throws {
        let range = DepthRange(near: 0.5, far: 20)
        #expect(range.distance(65535) == 0.5 && abs(range.distance(0) - 20) < 1e-4)
        for distance: Float in [0.5, 1, 3, 19] {
            #expect(
                abs(range.distance(range.depth(ofDistance: distance)) - distance) < 0.002 * distance
            )
        }
        #expect(range.depth(ofDistance: 100) == 0 && range.depth(ofDistance: 0.1) == 65535)
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        #expect(try DepthRange(modelFolder: folder) == nil)
        let file = folder.appending(path: "depth.json")
        try Data(#"{"near": 2, "far": 6.5, "verticalFOV": 90}"#.utf8).write(to: file)
        #expect(
            try DepthRange(modelFolder: folder)
                == DepthRange(near: 2, far: 6.5, verticalFOV: .pi / 2))
        for text in ["{}", #"{"near": 2, "far": 1, "verticalFOV": 40}"#, "[1]", "{\"near\": 1"] {
            try Data(text.utf8).write(to: file)
            #expect(throws: DiffusionError.self) { try DepthRange(modelFolder: folder) }
        }
    }
}
