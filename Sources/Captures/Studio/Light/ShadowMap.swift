import Spatial
import Splatting

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What a light far away sees of the scene: the depth of the nearest surface along its rays.
final class ShadowMap {
    /// How to look a point up; valid while the map is there.
    struct Lookup {
        fileprivate var x: SIMD4<Float>
        fileprivate var y: SIMD4<Float>
        fileprivate var z: SIMD4<Float>
        fileprivate var size: Int
        fileprivate var depth: UnsafePointer<Float>
        /// The width of a texel, metres.
        var texel: Float

        /// The pixel of a point and its depth, metres.
        @inline(__always)
        func place(_ point: Vector3) -> Vector3 {
            let p = SIMD4(point, 1)
            return Vector3((x * p).sum(), (y * p).sum(), (z * p).sum())
        }

        /// The share of light that passes, blended between the four nearest texels; 1 outside.
        @inline(__always)
        func visibility(_ place: Vector3, bias: Float) -> Float {
            let (x, y) = (place.x - 0.5, place.y - 0.5)
            guard x >= 0, y >= 0, x < Float(size - 1), y < Float(size - 1) else { return 1 }
            let (column, row) = (Int(x), Int(y))
            let (fx, fy) = (x - Float(column), y - Float(row))
            let i = row * size + column
            let samples = SIMD4(depth[i], depth[i + 1], depth[i + size], depth[i + size + 1])
            let lit = SIMD4<Float>(repeating: 0).replacing(
                with: SIMD4(repeating: 1),
                where: (samples .>= SIMD4(repeating: place.z - bias)) .| (samples .== 0))
            let top = lit.x + (lit.y - lit.x) * fx
            return top + (lit.z + (lit.w - lit.z) * fx - top) * fy
        }
    }

    private let depth: StudioBuffer<Float>
    let lookup: Lookup

    /// Draws triangles as seen from a direction.
    ///
    /// - Parameters:
    ///   - direction: towards the light, unit length.
    ///   - focus: the sphere that the map covers.
    ///   - size: the map's side, pixels.
    ///   - frame: memory to draw into.
    init(
        direction: Vector3, focus: (centre: Vector3, radius: Float), size: Int,
        positions: [Vector3], faces: [SIMD3<Int32>], rasteriser: MeshRasteriser,
        frame: inout MeshFrame
    ) {
        let up = abs(direction.y) > 0.9 ? Vector3(0, 0, 1) : Vector3(0, 1, 0)
        // Far enough away that whatever could cast a shadow is in front.
        var camera = Camera(
            eye: focus.centre + direction * (focus.radius + 3), target: focus.centre, up: up,
            verticalFOV: 1, width: size, height: size)
        let scale = Float(size) / (2 * focus.radius)
        camera.intrinsics = Intrinsics(
            fx: scale, fy: scale, cx: Float(size) / 2, cy: Float(size) / 2)
        camera.projection = .orthographic
        rasteriser.render(positions: positions, faces: faces, camera: camera, into: &frame)
        depth = StudioBuffer(frame.depth, default: 0)
        let (m, t) = (camera.viewMatrix.linear, camera.viewMatrix.translation)
        func row(_ i: Int) -> SIMD4<Float> { SIMD4(m[i, 0], m[i, 1], m[i, 2], t[i]) }
        lookup = Lookup(
            x: row(0) * scale + SIMD4(0, 0, 0, Float(size) / 2),
            y: row(1) * scale + SIMD4(0, 0, 0, Float(size) / 2), z: row(2), size: size,
            depth: UnsafePointer(depth.start), texel: 1 / scale)
    }

    /// The number of places a soft shadow is looked up at, and of the ways their disc is turned.
    static let taps = 7
    static let turns = 64

    /// Points of a disc, spread evenly (Vogel 1979), turned by `turns` angles [turns, taps].
    static func discs() -> StudioBuffer<Vector2> {
        StudioBuffer(
            (0..<turns).flatMap { turn in
                (0..<taps).map { tap in
                    let radius = (Float(tap) + 0.5) / Float(taps)
                    let angle =
                        Float(tap) * 2.3999632 + 2 * .pi * Float(turn) / Float(turns)
                    return Vector2(cosf(angle), sinf(angle)) * radius.squareRoot()
                }
            }, default: .zero)
    }
}
