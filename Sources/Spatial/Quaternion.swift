#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A rotation as a quaternion w + xi + yj + zk, in that order everywhere in Likeness.
///
/// Operations that treat it as a rotation expect unit length; `normalized` restores it.
public struct Quaternion: Equatable, Sendable {
    /// The components (w, x, y, z).
    public var components: SIMD4<Float>

    @inlinable public var w: Float { components[0] }
    @inlinable public var x: Float { components[1] }
    @inlinable public var y: Float { components[2] }
    @inlinable public var z: Float { components[3] }

    @inlinable
    public init(w: Float, x: Float, y: Float, z: Float) {
        components = SIMD4(w, x, y, z)
    }

    @inlinable
    public init(components: SIMD4<Float>) {
        self.components = components
    }

    public static let identity = Quaternion(w: 1, x: 0, y: 0, z: 0)

    /// The rotation about the direction of `axisAngle` by its length in radians.
    public init(axisAngle: Vector3) {
        let angle = axisAngle.length
        // sin(a/2)/a has the limit 1/2; the series keeps tiny rotations exact.
        let scale = angle < 1e-4 ? 0.5 - angle * angle / 48 : sin(angle / 2) / angle
        self.init(
            w: cos(angle / 2), x: axisAngle.x * scale, y: axisAngle.y * scale,
            z: axisAngle.z * scale)
    }

    /// The rotation by `angle` radians about the unit vector `axis`.
    public init(angle: Float, axis: Vector3) {
        self.init(axisAngle: axis * angle)
    }

    /// The quaternion of a proper rotation matrix, with w ≥ 0 (Shepperd's method).
    public init(_ m: Matrix3) {
        let trace = m[0, 0] + m[1, 1] + m[2, 2]
        var q: SIMD4<Float>
        if trace > 0 {
            q = SIMD4(1 + trace, m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1])
        } else if m[0, 0] >= m[1, 1], m[0, 0] >= m[2, 2] {
            q = SIMD4(
                m[2, 1] - m[1, 2], 1 + m[0, 0] - m[1, 1] - m[2, 2], m[0, 1] + m[1, 0],
                m[0, 2] + m[2, 0])
        } else if m[1, 1] >= m[2, 2] {
            q = SIMD4(
                m[0, 2] - m[2, 0], m[0, 1] + m[1, 0], 1 + m[1, 1] - m[0, 0] - m[2, 2],
                m[1, 2] + m[2, 1])
        } else {
            q = SIMD4(
                m[1, 0] - m[0, 1], m[0, 2] + m[2, 0], m[1, 2] + m[2, 1],
                1 + m[2, 2] - m[0, 0] - m[1, 1])
        }
        if q[0] < 0 { q = -q }
        components = q.normalized
    }

    @inlinable public var normalized: Quaternion {
        Quaternion(components: components.normalized)
    }

    /// The inverse of a unit quaternion.
    @inlinable public var conjugate: Quaternion { Quaternion(w: w, x: -x, y: -y, z: -z) }

    /// The Hamilton product: the rotation that applies `b`, then `a`.
    @inlinable
    public static func * (a: Quaternion, b: Quaternion) -> Quaternion {
        Quaternion(
            w: a.w * b.w - a.x * b.x - a.y * b.y - a.z * b.z,
            x: a.w * b.x + a.x * b.w + a.y * b.z - a.z * b.y,
            y: a.w * b.y - a.x * b.z + a.y * b.w + a.z * b.x,
            z: a.w * b.z + a.x * b.y - a.y * b.x + a.z * b.w)
    }

    /// The 3×3 rotation matrix of a unit quaternion.
    @inlinable public var matrix: Matrix3 {
        Matrix3(
            rows: Vector3(1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)),
            Vector3(2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)),
            Vector3(2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)))
    }

    /// The axis times the angle in radians, 0…π, of a unit quaternion.
    public var axisAngle: Vector3 {
        let q = components[0] < 0 ? -components : components
        let v = Vector3(q[1], q[2], q[3])
        let sine = v.length
        return sine < 1e-6 ? v * 2 : v * (2 * atan2(sine, q[0]) / sine)
    }

    /// Spherical interpolation from `a` (t = 0) to `b` (t = 1) along the shorter arc.
    public static func slerp(_ a: Quaternion, _ b: Quaternion, _ t: Float) -> Quaternion {
        var cosine = dot(a.components, b.components)
        let end = cosine < 0 ? -b.components : b.components
        cosine = abs(cosine)
        // Nearly parallel: the chord is the arc, and dividing by the sine is not safe.
        if cosine > 0.9995 {
            return Quaternion(components: (a.components + (end - a.components) * t).normalized)
        }
        let angle = acos(cosine)
        let weights = (sin((1 - t) * angle) / sin(angle), sin(t * angle) / sin(angle))
        return Quaternion(components: a.components * weights.0 + end * weights.1)
    }
}
