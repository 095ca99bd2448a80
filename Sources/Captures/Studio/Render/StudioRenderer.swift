import Rigs
import Spatial
import Splatting

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Draws people of the studio: triangle by triangle at twice the size, shaded sample by sample where
/// neighbours differ.
final class StudioRenderer {
    let rasteriser = MeshRasteriser()
    private var fine = MeshFrame()

    /// The sphere around what cameras see of a pose.
    static func focus(of pose: StudioPose, in cameras: [Camera]) -> (centre: Vector3, radius: Float)
    {
        var (low, high) = (Vector3(repeating: .infinity), Vector3(repeating: -.infinity))
        for i in stride(from: 0, to: pose.person.bodyVertexCount, by: 3) {
            let point = pose.positions[i]
            let isSeen = cameras.contains { camera in
                let (pixel, depth) = camera.project(point)
                let (w, h) = (Float(camera.width), Float(camera.height))
                return depth > 0.05 && pixel.x > -0.1 * w && pixel.x < 1.1 * w
                    && pixel.y > -0.1 * h && pixel.y < 1.1 * h
            }
            if isSeen {
                low = pointwiseMin(low, point)
                high = pointwiseMax(high, point)
            }
        }
        guard low.x <= high.x else { return (pose.positions[0], 1) }
        return ((low + high) / 2, 0.52 * (high - low).length + 0.04)
    }

    /// Draws one picture.
    ///
    /// - Parameter ground: the height of the floor, metres.
    func render(_ lit: LitPose, camera: Camera, backdrop: Backdrop, ground: Float)
        -> StudioFrame
    {
        let person = lit.pose.person
        let (width, height) = (camera.width, camera.height)
        var vertices = Array(
            UnsafeBufferPointer(start: lit.pose.positions.start, count: person.vertexCount))
        let eye = camera.position
        let head = lit.pose.bones.vertices[person.body.anny.mesh.vertices(of: [.scalp])[0]]
        let depth = max(camera.project(head).depth, 0.1)
        let pitch = depth / camera.intrinsics.fx / 2
        let ribbons = Ribbons(
            lit.pose, towards: eye, isDirection: false, pitch: pitch, coarsening: 1,
            into: &vertices)
        let faces = person.faces + ribbons.faces
        rasteriser.render(
            positions: vertices, faces: faces, camera: camera.scaled(by: 2), into: &fine)

        let shader = Shader(
            lit, ribbons: ribbons, vertices: vertices, faces: faces, eye: eye, pitch: pitch,
            focal: camera.intrinsics.fx * 2)
        var result = StudioFrame(
            colour: Image(width: width, height: height, channels: 3),
            mask: Image(width: width, height: height, channels: 1),
            depth: Image(width: width, height: height, channels: 1),
            normal: Image(width: width, height: height, channels: 3),
            albedo: Image(width: width, height: height, channels: 3),
            labels: [UInt8](repeating: 0, count: width * height))
        let scene = backdrop.prepared(lit, ground: ground)
        let cast = RayCast(camera)
        let plane = width * height
        nonisolated(unsafe) let table = UnsafePointer(LinearColour.table.start)
        withOutputs(&result) { colour, mask, depth, normal, albedo, labels in
            nonisolated(unsafe) let (colour, mask, depth) = (colour, mask, depth)
            nonisolated(unsafe) let (normal, albedo, labels) = (normal, albedo, labels)
            nonisolated(unsafe) let shader = shader
            let turn = camera.viewMatrix.linear
            shader.withPixels(of: fine) { samples in
                nonisolated(unsafe) let samples = samples
                parallelFor(height, grain: 4) { rows, _ in
                    for y in rows {
                        for x in 0..<width {
                            let i = y * width + x
                            let quad = Quad(samples, x: x, y: y, width: width)
                            var (light, paint) = shader.shade(quad, samples)
                            if quad.covered < 4 {
                                let behind = Shader.exposed(
                                    scene.colour(
                                        cast.ray(x, y).normalized, from: eye, sample: UInt32(i)))
                                light += behind * (1 - quad.share)
                            }
                            Self.store(light, colour, i, plane, table)
                            mask[i] = quad.share
                            if quad.covered == 0 { continue }
                            Self.store(paint, albedo, i, plane, table)
                            guard
                                let point = shader.centre(
                                    of: quad, samples, along: cast.ray(x, y))
                            else { continue }
                            depth[i] = point.depth
                            let n = turn * shader.normal(point)
                            (normal[i], normal[plane + i], normal[2 * plane + i]) =
                                (n.x, n.y, n.z)
                            labels[i] = shader.label(point.face)
                        }
                    }
                }
            }
        }
        return result
    }

    /// Writes light 0…1 as a display value.
    @inline(__always)
    private static func store(
        _ light: Vector3, _ target: UnsafeMutablePointer<Float>, _ i: Int, _ plane: Int,
        _ table: UnsafePointer<Float>
    ) {
        for c in 0..<3 {
            let place = min(max(light[c], 0), 1).squareRoot() * 1024
            let index = Int(place)
            target[c * plane + i] = mix(table[index], table[index + 1], place - Float(index))
        }
    }

    private func withOutputs(
        _ frame: inout StudioFrame,
        _ body: (
            _ colour: UnsafeMutablePointer<Float>, _ mask: UnsafeMutablePointer<Float>,
            _ depth: UnsafeMutablePointer<Float>, _ normal: UnsafeMutablePointer<Float>,
            _ albedo: UnsafeMutablePointer<Float>, _ labels: UnsafeMutablePointer<UInt8>
        ) -> Void
    ) {
        frame.colour.samples.withUnsafeMutableBufferPointer { colour in
            frame.mask.samples.withUnsafeMutableBufferPointer { mask in
                frame.depth.samples.withUnsafeMutableBufferPointer { depth in
                    frame.normal.samples.withUnsafeMutableBufferPointer { normal in
                        frame.albedo.samples.withUnsafeMutableBufferPointer { albedo in
                            frame.labels.withUnsafeMutableBufferPointer { labels in
                                body(
                                    colour.baseAddress!, mask.baseAddress!, depth.baseAddress!,
                                    normal.baseAddress!, albedo.baseAddress!, labels.baseAddress!)
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Where a pixel's centre looks, world space.
struct RayCast {
    private let turn: Matrix3
    private let intrinsics: Intrinsics

    init(_ camera: Camera) {
        turn = camera.viewMatrix.linear.transposed
        intrinsics = camera.intrinsics
    }

    /// The ray, as long as its depth is 1.
    @inline(__always)
    func ray(_ x: Int, _ y: Int) -> Vector3 {
        turn
            * Vector3(
                (Float(x) + 0.5 - intrinsics.cx) / intrinsics.fx,
                (Float(y) + 0.5 - intrinsics.cy) / intrinsics.fy, 1)
    }
}
