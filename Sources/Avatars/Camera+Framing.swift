import Spatial

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension Camera {
    /// A camera on a circle around some points that has all of them in its picture.
    ///
    /// - Parameters:
    ///   - points: world space; at least one.
    ///   - yaw: where on the circle, radians: 0 in front (+z), positive to the person's left.
    ///   - pitch: how far above the horizon, radians.
    ///   - verticalFOV: the full vertical field of view, radians.
    ///   - margin: what is left free at each side, in shares of the picture.
    public init(
        showing points: some Collection<Vector3>, yaw: Float = 0, pitch: Float = 0,
        verticalFOV: Float = 0.45, margin: Float = 0.06, width: Int, height: Int
    ) {
        var low = Vector3(repeating: .infinity)
        var high = Vector3(repeating: -.infinity)
        for point in points {
            low = pointwiseMin(low, point)
            high = pointwiseMax(high, point)
        }
        let centre = points.isEmpty ? .zero : (low + high) / 2
        // The widest the points get while the camera goes round, so that it keeps its distance.
        let radius = points.reduce(Float(0)) {
            max($0, Vector2($1.x - centre.x, $1.z - centre.z).length)
        }
        let halfHeight = points.isEmpty ? 1 : (high.y - low.y) / 2
        let aspect = Float(width) / Float(height)
        let room = tan(verticalFOV / 2) * (1 - 2 * margin)
        let distance = max(halfHeight / room, radius / (room * aspect)) + radius
        let direction = Vector3(sin(yaw) * cos(pitch), sin(pitch), cos(yaw) * cos(pitch))
        self.init(
            eye: centre + direction * distance, target: centre, verticalFOV: verticalFOV,
            width: width, height: height)
    }
}
