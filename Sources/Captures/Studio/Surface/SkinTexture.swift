import Spatial
import Splatting

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A square picture of four planes side by side in memory, with halved copies of it: what is painted
/// once a person and looked up a thousand times.
struct SkinTexture: Sendable {
    /// The corner and the size of the part of texture space it covers.
    let origin: Vector2
    let extent: Vector2
    /// The largest is first; each is half as wide as the one before.
    private let buffers: [StudioBuffer<SIMD4<Float>>]
    /// Where each level begins; the buffers keep them.
    private let starts: StudioBuffer<UnsafeMutablePointer<SIMD4<Float>>>
    let levelCount: Int
    let size: Int

    /// The width of a texel of a texture of 1024 × 1024, of the head and of the body, metres.
    static let headTexel: Float = 0.00026
    static let bodyTexel: Float = 0.0012

    /// The side of a texture whose texels are not much wider than samples: 128 … 1024.
    static func size(forTexel texel: Float, _ footprint: Float) -> Int {
        1024 >> min(max(Int(log2f(max(footprint / texel, 1e-3)) + 0.35), 0), 3)
    }

    /// The copy whose texels are about as wide as a sample, given the width of a texel of a texture of
    /// 1024 × 1024.
    @inline(__always)
    func level(texel: Float, footprint: Float) -> Int {
        let wanted = log2f(max(footprint / texel * Float(size) / 1024, 0.5)) + 0.35
        return min(max(Int(wanted), 0), levelCount - 1)
    }

    /// Fills the texels that faces cover, then spreads them past the borders.
    ///
    /// - Parameters:
    ///   - size: a power of two.
    ///   - paint: the value at a corner-weighted place: the face, and its barycentric coordinates.
    init(
        origin: Vector2, extent: Vector2, size: Int, uvs: [Vector2], faces: [SIMD3<Int32>],
        rasteriser: MeshRasteriser, paint: (_ face: Int, _ weights: Vector3) -> SIMD4<Float>
    ) {
        (self.origin, self.extent, self.size) = (origin, extent, size)
        let frame = rasteriser.renderTexture(
            uvs: uvs.map { ($0 - origin) / extent }, faces: faces, width: size, height: size)
        var texels = [SIMD4<Float>](repeating: SIMD4(repeating: -1), count: size * size)
        texels.withUnsafeMutableBufferPointer { buffer in
            nonisolated(unsafe) let target = buffer
            parallelFor(size, grain: 4) { rows, _ in
                for pixel in rows.lowerBound * size..<rows.upperBound * size {
                    let face = frame.triangles[pixel]
                    if face >= 0 { target[pixel] = paint(Int(face), frame.weights(at: pixel)) }
                }
            }
        }
        Self.spread(&texels, size: size, rounds: 6)
        var levels = [texels]
        var side = size
        while side > 8 {
            side /= 2
            let finer = levels[levels.count - 1]
            var coarser = [SIMD4<Float>](repeating: SIMD4(repeating: -1), count: side * side)
            for y in 0..<side {
                for x in 0..<side {
                    var (sum, count) = (SIMD4<Float>.zero, Float(0))
                    for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                        let texel = finer[(2 * y + dy) * 2 * side + 2 * x + dx]
                        if texel.x >= 0 {
                            sum += texel
                            count += 1
                        }
                    }
                    if count > 0 { coarser[y * side + x] = sum / count }
                }
            }
            Self.spread(&coarser, size: side, rounds: 2)
            levels.append(coarser)
        }
        buffers = levels.map { StudioBuffer($0, default: .zero) }
        starts = StudioBuffer(buffers.map(\.start), default: buffers[0].start)
        levelCount = levels.count
    }

    /// Gives empty texels next to filled ones their mean, some times over.
    private static func spread(_ texels: inout [SIMD4<Float>], size: Int, rounds: Int) {
        for _ in 0..<rounds {
            let before = texels
            for y in 0..<size {
                for x in 0..<size where before[y * size + x].x < 0 {
                    var (sum, count) = (SIMD4<Float>.zero, Float(0))
                    for (dx, dy) in [(-1, 0), (1, 0), (0, -1), (0, 1)] {
                        let (nx, ny) = (x + dx, y + dy)
                        guard nx >= 0, ny >= 0, nx < size, ny < size else { continue }
                        let texel = before[ny * size + nx]
                        if texel.x >= 0 {
                            sum += texel
                            count += 1
                        }
                    }
                    if count > 0 { texels[y * size + x] = sum / count }
                }
            }
        }
    }

    /// The value at a place of texture space, blended of four texels.
    ///
    /// - Parameter level: which copy; see `level(footprint:)`.
    @inline(__always)
    func sample(_ uv: Vector2, level: Int) -> SIMD4<Float> {
        let side = size >> level
        let texels = starts[level]
        let place = (uv - origin) / extent
        let x = min(max(place.x * Float(side) - 0.5, 0), Float(side) - 1.001)
        let y = min(max((1 - place.y) * Float(side) - 0.5, 0), Float(side) - 1.001)
        let (column, row) = (Int(x), Int(y))
        let (fx, fy) = (x - Float(column), y - Float(row))
        let i = row * side + column
        let top = texels[i] + (texels[i + 1] - texels[i]) * fx
        let bottom = texels[i + side] + (texels[i + side + 1] - texels[i + side]) * fx
        return top + (bottom - top) * fy
    }
}
