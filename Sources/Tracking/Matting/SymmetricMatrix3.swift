import Spatial

/// A symmetric 3×3 matrix: the covariance of colours.
struct SymmetricMatrix3 {
    /// The elements xx, yy, zz.
    var diagonal: Vector3
    /// The elements xy, xz, yz.
    var offDiagonal: Vector3

    static let zero = SymmetricMatrix3(diagonal: .zero, offDiagonal: .zero)

    /// v·vᵀ.
    static func outer(_ v: Vector3) -> SymmetricMatrix3 {
        SymmetricMatrix3(
            diagonal: v * v, offDiagonal: Vector3(v.x * v.y, v.x * v.z, v.y * v.z))
    }

    static func + (a: Self, b: Self) -> Self {
        Self(diagonal: a.diagonal + b.diagonal, offDiagonal: a.offDiagonal + b.offDiagonal)
    }

    static func - (a: Self, b: Self) -> Self {
        Self(diagonal: a.diagonal - b.diagonal, offDiagonal: a.offDiagonal - b.offDiagonal)
    }

    static func * (a: Self, s: Float) -> Self {
        Self(diagonal: a.diagonal * s, offDiagonal: a.offDiagonal * s)
    }

    static func * (a: Self, v: Vector3) -> Vector3 {
        let (d, o) = (a.diagonal, a.offDiagonal)
        return Vector3(
            d.x * v.x + o.x * v.y + o.y * v.z, o.x * v.x + d.y * v.y + o.z * v.z,
            o.y * v.x + o.z * v.y + d.z * v.z)
    }

    var determinant: Float {
        let (d, o) = (diagonal, offDiagonal)
        return d.x * (d.y * d.z - o.z * o.z) - o.x * (o.x * d.z - o.z * o.y)
            + o.y * (o.x * o.z - d.y * o.y)
    }

    /// The inverse; the matrix must be positive definite.
    var inverse: SymmetricMatrix3 {
        let (d, o) = (diagonal, offDiagonal)
        return SymmetricMatrix3(
            diagonal: Vector3(
                d.y * d.z - o.z * o.z, d.x * d.z - o.y * o.y, d.x * d.y - o.x * o.x),
            offDiagonal: Vector3(
                o.y * o.z - o.x * d.z, o.x * o.z - o.y * d.y, o.x * o.y - o.z * d.x)
        ) * (1 / determinant)
    }
}
