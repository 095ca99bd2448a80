import Spatial
import Splatting

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// How much of the environment's light reaches each vertex past the rest of the body.
///
/// Light comes from some directions spread over the sphere; whether a vertex sees one is looked up in
/// a depth map drawn from there. The result is the share of the irradiance that is left, a colour:
/// Σ V(d)·L(d)·max(n·d, 0) over Σ L(d)·max(n·d, 0).
struct Occlusion {
    private struct Beam {
        var direction: Vector3
        var radiance: Vector3
        var lookup: ShadowMap.Lookup
    }

    /// The side of each map, pixels.
    static let size = 128

    private let maps: [ShadowMap]
    private let beams: [Beam]
    private let bias: Float

    init(
        light: StudioLight, focus: (centre: Vector3, radius: Float), positions: [Vector3],
        faces: [SIMD3<Int32>], rasteriser: MeshRasteriser, count: Int = 22
    ) {
        let size = Self.size
        var frame = MeshFrame()
        var (maps, beams) = ([ShadowMap](), [Beam]())
        for index in 0..<count {
            // A spiral on the sphere.
            let y = 1 - (2 * Float(index) + 1) / Float(count)
            let (radius, angle) = ((1 - y * y).squareRoot(), Float(index) * 2.3999632)
            let direction = Vector3(cosf(angle) * radius, y, sinf(angle) * radius)
            let map = ShadowMap(
                direction: direction, focus: focus, size: size, positions: positions,
                faces: faces, rasteriser: rasteriser, frame: &frame)
            maps.append(map)
            beams.append(
                Beam(
                    direction: direction, radiance: light.radiance(direction) + 0.02,
                    lookup: map.lookup))
        }
        (self.maps, self.beams) = (maps, beams)
        bias = 0.003 + 1.2 * (maps.first?.lookup.texel ?? 0)
    }

    /// The shares of points of given normals: xyz, and in w their mean; of those that are nearer than
    /// `reach` to a centre.
    func shares(
        of count: Int, near centre: Vector3, reach: Float, _ positions: UnsafePointer<Vector3>,
        _ normals: UnsafePointer<Vector3>,
        into shares: UnsafeMutablePointer<SIMD4<Float>>
    ) {
        nonisolated(unsafe) let (positions, normals, shares) = (positions, normals, shares)
        parallelFor(count, grain: 1024) { range, _ in
            for i in range where (positions[i] - centre).lengthSquared < reach * reach {
                shares[i] = share(positions[i], normals[i])
            }
        }
    }

    /// The share of one point.
    func share(_ position: Vector3, _ normal: Vector3) -> SIMD4<Float> {
        var (reached, whole) = (Vector3.zero, Vector3(repeating: 1e-6))
        let lifted = position + normal * (0.7 * bias)
        beams.withUnsafeBufferPointer { beams in
            for index in beams.indices {
                let cosine = dot(normal, beams[index].direction) + 0.05
                if cosine <= 0 { continue }
                let light = beams[index].radiance * cosine
                whole += light
                let lookup = beams[index].lookup
                reached += light * lookup.visibility(lookup.place(lifted), bias: bias)
            }
        }
        let share = reached / whole
        return SIMD4(share.x, share.y, share.z, share.sum() / 3)
    }
}
