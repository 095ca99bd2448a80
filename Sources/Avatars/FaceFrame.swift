import Spatial

/// The frame of a triangle: the first axis along its first edge, the third along its normal.
public struct FaceFrame {
    /// The axes as columns: a rotation.
    public var axes: Matrix3
    /// The second edge along the first two axes; the first edge is (`firstLength`, 0).
    public var second: Vector2
    public var firstLength: Float

    /// The frame of the triangle a, b, c; for one without area, some frame with tiny edges, so that
    /// nothing that is divided by them is infinite.
    @inlinable
    public init(_ a: Vector3, _ b: Vector3, _ c: Vector3) {
        let (e1, e2) = (b - a, c - a)
        let length = e1.length
        var t = e1 / max(length, 1e-12)
        var n = cross(e1, e2)
        if !(n.lengthSquared > 1e-24) {
            t = length > 1e-9 ? t : Vector3(1, 0, 0)
            n = abs(t.x) < 0.9 ? cross(t, Vector3(1, 0, 0)) : cross(t, Vector3(0, 1, 0))
        }
        n = n.normalized
        let bitangent = cross(n, t)
        axes = Matrix3(columns: t, bitangent, n)
        firstLength = max(length, 1e-7)
        second = Vector2(dot(e2, t), max(dot(e2, bitangent), 1e-7))
    }

    /// The linear map of the plane that takes this triangle's edges to those of `posed`, each in its
    /// own frame: (x, y) ↦ (`xx`·x + `xy`·y, `yy`·y).
    @inlinable
    public func stretch(to posed: FaceFrame) -> (xx: Float, xy: Float, yy: Float) {
        let xx = posed.firstLength / firstLength
        return (xx, (posed.second.x - xx * second.x) / second.y, posed.second.y / second.y)
    }
}
