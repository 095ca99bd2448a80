import Spatial

extension AffineTransform {
    /// The similarity (rotation, one scale, translation) that brings points nearest to others in the
    /// sense of least squares (Umeyama 1991).
    ///
    /// - Parameters:
    ///   - points: any number.
    ///   - targets: as many.
    /// - Returns: nil where the points lie in one place, or the targets do.
    public static func similarity(
        from points: [Vector3], to targets: [Vector3]
    ) -> AffineTransform? {
        let count = Float(points.count)
        let (a, b) = (
            points.reduce(Vector3.zero, +) / count, targets.reduce(Vector3.zero, +) / count
        )
        var covariance = Matrix3(diagonal: .zero)
        var variance: Float = 0
        for (point, target) in zip(points, targets) {
            let (p, t) = (point - a, target - b)
            covariance = covariance + Matrix3(columns: t * p.x, t * p.y, t * p.z)
            variance += dot(p, p)
        }
        let rotation = covariance.nearestRotation
        let product = rotation.transposed * covariance
        let scale = (product[0, 0] + product[1, 1] + product[2, 2]) / variance
        guard scale.isFinite, scale > 1e-3 else { return nil }
        let linear = rotation * scale
        return AffineTransform(linear: linear, translation: b - linear * a)
    }
}
