/// A 3×3 matrix in single precision, held as three columns, that multiplies column vectors.
///
/// Rotations, covariances and the linear part of rigid or blended transforms are of this type.
public struct Matrix3: Equatable, Sendable {
    /// The columns: the images of the x, y and z axes.
    public var columns: (x: Vector3, y: Vector3, z: Vector3)

    @inlinable
    public init(columns x: Vector3, _ y: Vector3, _ z: Vector3) {
        columns = (x, y, z)
    }

    @inlinable
    public init(rows x: Vector3, _ y: Vector3, _ z: Vector3) {
        columns = (
            Vector3(x.x, y.x, z.x), Vector3(x.y, y.y, z.y), Vector3(x.z, y.z, z.z)
        )
    }

    /// The matrix with `diagonal` on its diagonal and zero elsewhere.
    @inlinable
    public init(diagonal: Vector3) {
        columns = (
            Vector3(diagonal.x, 0, 0), Vector3(0, diagonal.y, 0), Vector3(0, 0, diagonal.z)
        )
    }

    public static let identity = Matrix3(diagonal: Vector3(1, 1, 1))

    @inlinable
    public static func == (a: Matrix3, b: Matrix3) -> Bool { a.columns == b.columns }

    /// The element in `row` and `column`, both 0…2.
    @inlinable
    public subscript(row: Int, column: Int) -> Float {
        get { column == 0 ? columns.x[row] : column == 1 ? columns.y[row] : columns.z[row] }
        set {
            switch column {
            case 0: columns.x[row] = newValue
            case 1: columns.y[row] = newValue
            default: columns.z[row] = newValue
            }
        }
    }

    @inlinable
    public static func * (m: Matrix3, v: Vector3) -> Vector3 {
        m.columns.x * v.x + m.columns.y * v.y + m.columns.z * v.z
    }

    @inlinable
    public static func * (a: Matrix3, b: Matrix3) -> Matrix3 {
        Matrix3(columns: a * b.columns.x, a * b.columns.y, a * b.columns.z)
    }

    @inlinable
    public static func * (a: Matrix3, s: Float) -> Matrix3 {
        Matrix3(columns: a.columns.x * s, a.columns.y * s, a.columns.z * s)
    }

    @inlinable
    public static func + (a: Matrix3, b: Matrix3) -> Matrix3 {
        Matrix3(
            columns: a.columns.x + b.columns.x, a.columns.y + b.columns.y,
            a.columns.z + b.columns.z)
    }

    @inlinable
    public var transposed: Matrix3 { Matrix3(rows: columns.x, columns.y, columns.z) }

    @inlinable
    public var determinant: Float { dot(columns.x, cross(columns.y, columns.z)) }

    /// The inverse, or nil where the determinant is zero or not finite.
    @inlinable
    public var inverse: Matrix3? {
        let determinant = self.determinant
        guard determinant != 0, determinant.isFinite else { return nil }
        return Matrix3(
            rows: cross(columns.y, columns.z), cross(columns.z, columns.x),
            cross(columns.x, columns.y)) * (1 / determinant)
    }
}
