import Spatial

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Where a camera looks, and from how far, to have some points in its picture from every side.
public struct CameraShot: Equatable, Sendable {
    /// The point in the middle of the picture, world space.
    public var centre: Vector3
    /// The camera's distance from it, metres.
    public var distance: Float
    /// The full vertical field of view, radians.
    public var verticalFOV: Float

    /// - Parameters:
    ///   - points: world space.
    ///   - aspect: width over height of the picture.
    ///   - margin: what is left free at each side, in shares of the picture.
    public init(
        showing points: some Collection<Vector3>, aspect: Float = 1, verticalFOV: Float = 0.45,
        margin: Float = 0.06
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
        let room = tan(verticalFOV / 2) * (1 - 2 * margin)
        self.centre = centre
        distance = max(halfHeight / room, radius / (room * aspect)) + radius
        self.verticalFOV = verticalFOV
    }

    /// The shot on the way from `a` (t = 0) to `b` (t = 1).
    public static func interpolate(_ a: CameraShot, _ b: CameraShot, _ t: Float) -> CameraShot {
        var shot = a
        shot.centre = a.centre + (b.centre - a.centre) * t
        // Equal steps of t change the picture's scale by equal factors.
        shot.distance = a.distance * pow(b.distance / a.distance, t)
        return shot
    }

    /// The camera at an angle.
    ///
    /// - Parameters:
    ///   - yaw: where on the circle, radians: 0 in front (+z), positive to the person's left.
    ///   - pitch: how far above the horizon, radians.
    public func camera(yaw: Float = 0, pitch: Float = 0, width: Int, height: Int) -> Camera {
        let direction = Vector3(sin(yaw) * cos(pitch), sin(pitch), cos(yaw) * cos(pitch))
        return Camera(
            eye: centre + direction * distance, target: centre, verticalFOV: verticalFOV,
            width: width, height: height)
    }
}

extension Camera {
    /// A camera on a circle around some points that has all of them in its picture; see `CameraShot`.
    public init(
        showing points: some Collection<Vector3>, yaw: Float = 0, pitch: Float = 0, width: Int,
        height: Int
    ) {
        let shot = CameraShot(showing: points, aspect: Float(width) / Float(height))
        self = shot.camera(yaw: yaw, pitch: pitch, width: width, height: height)
    }
}
