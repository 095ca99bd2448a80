/// The map p ↦ linear·p + translation.
///
/// It is rigid where `linear` is a rotation (a camera's view, a joint), and merely affine where
/// joints were blended by skinning weights.
public struct AffineTransform: Equatable, Sendable {
    /// The 3×3 linear part.
    public var linear: Matrix3
    /// The translation, in metres.
    public var translation: Vector3

    @inlinable
    public init(linear: Matrix3 = .identity, translation: Vector3 = .zero) {
        self.linear = linear
        self.translation = translation
    }

    public static let identity = AffineTransform()

    /// The transform that applies `b`, then `a`.
    @inlinable
    public static func * (a: AffineTransform, b: AffineTransform) -> AffineTransform {
        AffineTransform(
            linear: a.linear * b.linear, translation: a.linear * b.translation + a.translation)
    }

    /// The image of the point `p`.
    @inlinable
    public static func * (a: AffineTransform, p: Vector3) -> Vector3 {
        a.linear * p + a.translation
    }

    /// The inverse of a rigid transform, by transposing: wrong where `linear` is no rotation.
    @inlinable public var rigidInverse: AffineTransform {
        let transposed = linear.transposed
        return AffineTransform(linear: transposed, translation: -(transposed * translation))
    }

    /// The inverse, or nil where the linear part cannot be inverted.
    @inlinable public var inverse: AffineTransform? {
        guard let inverse = linear.inverse else { return nil }
        return AffineTransform(linear: inverse, translation: -(inverse * translation))
    }

    /// The 4×4 matrix of the map, row by row.
    public var rowMajor: [Float] {
        (0..<3).flatMap { [linear[$0, 0], linear[$0, 1], linear[$0, 2], translation[$0]] }
            + [0, 0, 0, 1]
    }

    /// The map of the first three rows of a 4×4 matrix given row by row: at least 12 values.
    public init(rowMajor m: some Collection<Float>) {
        let m = Array(m)
        precondition(m.count >= 12, "a row-major affine matrix has at least 12 elements")
        self.init(
            linear: Matrix3(
                rows: Vector3(m[0], m[1], m[2]), Vector3(m[4], m[5], m[6]),
                Vector3(m[8], m[9], m[10])),
            translation: Vector3(m[3], m[7], m[11]))
    }
}
