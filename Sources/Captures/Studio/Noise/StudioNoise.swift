import Spatial

/// Noise that depends on nothing but the place and a seed: the same on every machine and thread.
enum StudioNoise {
    /// Value noise of a lattice of unit cells, in −1…1: random values at the corners, blended by
    /// quintic curves (Perlin 2002). The eight corners are hashed in one vector.
    @inline(__always)
    static func value(_ point: Vector3, seed: UInt32) -> Float {
        let floor = point.rounded(.down)
        let t = point - floor
        let base = SIMD3<Int32>(
            Int32(truncatingIfNeeded: Int(floor.x)), Int32(truncatingIfNeeded: Int(floor.y)),
            Int32(truncatingIfNeeded: Int(floor.z)))
        let x = UInt32(bitPattern: base.x) &* 0x8da6_b343
        let y = UInt32(bitPattern: base.y) &* 0xd816_3841
        let z = UInt32(bitPattern: base.z) &* 0xcb1a_b31f
        let (dx, dy, dz): (UInt32, UInt32, UInt32) = (0x8da6_b343, 0xd816_3841, 0xcb1a_b31f)
        let origin = x &+ y &+ z &+ seed &* 0x9e37_79b9
        var h = SIMD8<UInt32>(
            0, dx, dy, dx &+ dy, dz, dx &+ dz, dy &+ dz, dx &+ dy &+ dz)
        h &+= SIMD8(repeating: origin)
        h ^= h &>> 15
        h &*= SIMD8(repeating: 0x2c1b_3c6d)
        h ^= h &>> 12
        h &*= SIMD8(repeating: 0x297a_2d39)
        h ^= h &>> 15
        // The upper bits become the mantissa of a number in 1…2.
        let values =
            unsafeBitCast(h &>> 9 | SIMD8(repeating: 0x3f80_0000), to: SIMD8<Float>.self)
        let w = t * t * t * (t * (t * 6 - 15) + 10)
        let low = values.lowHalf + (values.highHalf - values.lowHalf) * w.z
        let a = low.lowHalf + (low.highHalf - low.lowHalf) * w.y
        return (a.x + (a.y - a.x) * w.x) * 2 - 3
    }

    /// Octaves of value noise, each twice as fine and half as strong, in about −1…1.
    @inline(__always)
    static func fractal(_ point: Vector3, octaves: Int, seed: UInt32) -> Float {
        var (sum, weight, scale) = (Float(0), Float(0.5), Float(1))
        for octave in 0..<octaves {
            sum += weight * value(point * scale, seed: seed &+ UInt32(octave) &* 101)
            weight *= 0.5
            scale *= 2.03
        }
        return sum
    }

    /// A hash of whole numbers, in 0…1.
    @inline(__always)
    static func hash(_ a: UInt32, _ b: UInt32 = 0, _ c: UInt32 = 0) -> Float {
        var h = a &* 0x8da6_b343 &+ b &* 0xd816_3841 &+ c &* 0xcb1a_b31f &+ 0x9e37_79b9
        h ^= h >> 16
        h &*= 0x7feb_352d
        h ^= h >> 15
        h &*= 0x846c_a68b
        h ^= h >> 16
        return Float(h >> 8) * 0x1p-24
    }

    /// The point of the unit cell around a place, of those of `nearestPoint`.
    @inline(__always)
    static func ownPoint(_ point: Vector3, seed: UInt32) -> (distance: Float, name: Float) {
        let cell = point.rounded(.down)
        let (squared, a, b, c) = scattered(in: cell, point, seed: seed)
        return (squared.squareRoot(), hash(a &+ 5, b &+ 3, c))
    }

    /// The squared distance of a cell's point, and the cell's coordinates.
    @inline(__always)
    private static func scattered(
        in cell: Vector3, _ point: Vector3, seed: UInt32
    ) -> (Float, UInt32, UInt32, UInt32) {
        let (a, b, c) = (
            UInt32(truncatingIfNeeded: Int(cell.x)), UInt32(truncatingIfNeeded: Int(cell.y)),
            UInt32(truncatingIfNeeded: Int(cell.z)) &+ seed &* 7919
        )
        let jitter = Vector3(hash(a, b, c), hash(b, c, a &+ 77), hash(c, a, b &+ 991))
        return ((cell + 0.18 + jitter * 0.64 - point).lengthSquared, a, b, c)
    }

    /// The nearest of points scattered one a unit cell: its distance, and a number of its own in
    /// 0…1 (Worley 1996).
    @inline(__always)
    static func nearestPoint(_ point: Vector3, seed: UInt32) -> (distance: Float, name: Float) {
        // Points keep to the middle of their cells: the nearest is in one of the eight cells around.
        let floor = (point - 0.5).rounded(.down)
        var (best, name) = (Float(9), Float(0))
        for corner in 0..<8 {
            let cell =
                floor
                + Vector3(Float(corner & 1), Float(corner >> 1 & 1), Float(corner >> 2))
            let (distance, a, b, c) = scattered(in: cell, point, seed: seed)
            if distance < best { (best, name) = (distance, hash(a &+ 5, b &+ 3, c)) }
        }
        return (best.squareRoot(), name)
    }
}

/// 0 below `low`, 1 above `high`, a smooth step between; descending where `high` < `low`.
@inline(__always)
func smoothStep(_ low: Float, _ high: Float, _ x: Float) -> Float {
    let t = min(max((x - low) / (high - low), 0), 1)
    return t * t * (3 - 2 * t)
}

/// exp(−x²).
@inline(__always)
func bell(_ x: Float) -> Float {
    // (1 + x²/16)⁻¹⁶ falls off alike and costs no call.
    let a = 1 / (1 + x * x * 0.0625)
    let b = a * a
    let c = b * b
    let d = c * c
    return d * d
}

/// From `a` (t = 0) to `b` (t = 1).
@inline(__always)
func mix(_ a: Float, _ b: Float, _ t: Float) -> Float { a + (b - a) * t }

/// From `a` (t = 0) to `b` (t = 1).
@inline(__always)
func mix(_ a: Vector3, _ b: Vector3, _ t: Float) -> Vector3 { a + (b - a) * t }
