#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The pinhole part of a camera: focal lengths and principal point, in pixels.
///
/// A point (x, y, z) of the camera's space falls on pixel (fx·x/z + cx, fy·y/z + cy), where the
/// centre of the first pixel is (0.5, 0.5).
public struct Intrinsics: Equatable, Sendable, Codable {
    public var fx: Float
    public var fy: Float
    public var cx: Float
    public var cy: Float

    public init(fx: Float, fy: Float, cx: Float, cy: Float) {
        self.fx = fx
        self.fy = fy
        self.cx = cx
        self.cy = cy
    }
}

/// A camera: OpenCV axes (x right, y down, z forward), for an image of a given size.
public struct Camera: Equatable, Sendable {
    /// How a point of the camera's space falls on the image.
    public enum Projection: Equatable, Sendable {
        /// At (fx·x/z + cx, fy·y/z + cy).
        case perspective
        /// At (fx·x + cx, fy·y + cy): fx and fy are pixels per metre.
        case orthographic
    }

    public var intrinsics: Intrinsics
    /// The image size in pixels.
    public var width: Int
    public var height: Int
    /// The rigid map from world to camera space.
    public var viewMatrix: AffineTransform
    /// Perspective, unless said otherwise.
    public var projection: Projection

    public init(
        intrinsics: Intrinsics, width: Int, height: Int, viewMatrix: AffineTransform = .identity,
        projection: Projection = .perspective
    ) {
        self.intrinsics = intrinsics
        self.width = width
        self.height = height
        self.viewMatrix = viewMatrix
        self.projection = projection
    }

    /// A camera at `eye` that looks at `target`, with the principal point at the image's centre.
    ///
    /// - Parameters:
    ///   - eye: position in world space, metres.
    ///   - target: the world point in the image's centre; not equal to `eye`.
    ///   - up: the world direction that points up in the image.
    ///   - verticalFOV: the full vertical field of view, radians.
    public init(
        eye: Vector3, target: Vector3, up: Vector3 = Vector3(0, 1, 0), verticalFOV: Float,
        width: Int, height: Int
    ) {
        let forward = (target - eye).normalized
        let right = cross(forward, up).normalized
        let rotation = Matrix3(rows: right, cross(forward, right), forward)
        let focal = Float(height) / 2 / tan(verticalFOV / 2)
        self.init(
            intrinsics: Intrinsics(
                fx: focal, fy: focal, cx: Float(width) / 2, cy: Float(height) / 2),
            width: width, height: height,
            viewMatrix: AffineTransform(linear: rotation, translation: -(rotation * eye)))
    }

    /// The camera's centre in world space.
    public var position: Vector3 { viewMatrix.rigidInverse.translation }

    /// The pixel of a world point, and its depth along the optical axis in metres (the pixel means
    /// nothing where the depth is not positive).
    @inlinable
    public func project(_ point: Vector3) -> (pixel: Vector2, depth: Float) {
        let p = viewMatrix * point
        let distance = projection == .perspective ? p.z : 1
        return (
            Vector2(
                intrinsics.fx * p.x / distance + intrinsics.cx,
                intrinsics.fy * p.y / distance + intrinsics.cy), p.z
        )
    }

    /// The same view on an image `factor` times as large, its size rounded to whole pixels.
    public func scaled(by factor: Float) -> Camera {
        let size = (
            max(1, Int((Float(width) * factor).rounded())),
            max(1, Int((Float(height) * factor).rounded()))
        )
        let ratio = (Float(size.0) / Float(width), Float(size.1) / Float(height))
        var scaled = self
        scaled.width = size.0
        scaled.height = size.1
        scaled.intrinsics = Intrinsics(
            fx: intrinsics.fx * ratio.0, fy: intrinsics.fy * ratio.1,
            cx: intrinsics.cx * ratio.0, cy: intrinsics.cy * ratio.1)
        return scaled
    }
}
