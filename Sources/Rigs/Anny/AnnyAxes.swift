import Spatial

/// The change between Anny's axes (z up, facing −y) and Likeness's (y up, facing +z): a quarter
/// turn about x.
public enum AnnyAxes {
    /// A point or direction of Anny's space in Likeness's.
    public static func fromAnny(_ v: Vector3) -> Vector3 { Vector3(v.x, v.z, -v.y) }

    /// A point or direction of Likeness's space in Anny's.
    public static func toAnny(_ v: Vector3) -> Vector3 { Vector3(v.x, -v.z, v.y) }

    /// The matrix of a linear map of Anny's space, in Likeness's axes.
    public static func fromAnny(_ m: Matrix3) -> Matrix3 {
        let (x, y, z) = m.columns
        // C M Cᵀ: the columns are permuted like the components.
        return Matrix3(columns: fromAnny(x), fromAnny(z), -fromAnny(y))
    }

    /// The matrix of a linear map of Likeness's space, in Anny's axes.
    public static func toAnny(_ m: Matrix3) -> Matrix3 {
        let (x, y, z) = m.columns
        return Matrix3(columns: toAnny(x), -toAnny(z), toAnny(y))
    }

    /// A rotation of Likeness's space, in Anny's axes.
    public static func toAnny(_ q: Quaternion) -> Quaternion {
        let axis = toAnny(Vector3(q.x, q.y, q.z))
        return Quaternion(w: q.w, x: axis.x, y: axis.y, z: axis.z)
    }

    /// A rotation of Anny's space, in Likeness's axes.
    public static func fromAnny(_ q: Quaternion) -> Quaternion {
        let axis = fromAnny(Vector3(q.x, q.y, q.z))
        return Quaternion(w: q.w, x: axis.x, y: axis.y, z: axis.z)
    }
}
