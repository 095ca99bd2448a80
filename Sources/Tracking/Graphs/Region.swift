import Foundation
import Spatial

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A rotated rectangle in a picture: what a graph is shown of it.
public struct Region: Equatable, Sendable, Codable {
    /// The centre, in pixels of the picture.
    public var centre: Vector2
    /// Width and height before the rotation, in pixels.
    public var size: Vector2
    /// The angle in radians, clockwise as seen (y points down), about the centre.
    public var rotation: Float

    public init(centre: Vector2, size: Vector2, rotation: Float = 0) {
        self.centre = centre
        self.size = size
        self.rotation = rotation
    }

    /// The upright rectangle around `box`.
    public init(_ box: Box) {
        self.init(centre: box.centre, size: box.size)
    }

    /// The whole of a picture.
    public init(wholeOf image: Image) {
        let size = Vector2(Float(image.width), Float(image.height))
        self.init(centre: size / 2, size: size)
    }

    /// The point of the picture at `fraction` of the region: (0, 0) is its first corner, (1, 1) the
    /// opposite one.
    @inlinable
    public func point(at fraction: Vector2) -> Vector2 {
        let offset = (fraction - 0.5) * size
        return centre + rotated(offset)
    }

    /// Where a point of the picture lies in the region; the inverse of `point(at:)`.
    public func fraction(of point: Vector2) -> Vector2 {
        let d = point - centre
        let (c, s) = (cos(rotation), sin(rotation))
        return Vector2(c * d.x + s * d.y, -s * d.x + c * d.y) / size + 0.5
    }

    /// `offset` turned by the region's rotation.
    @inlinable
    public func rotated(_ offset: Vector2) -> Vector2 {
        let (c, s) = (cos(rotation), sin(rotation))
        return Vector2(c * offset.x - s * offset.y, s * offset.x + c * offset.y)
    }

    /// The region moved by `shift` (in units of its size, in its own frame), made a square on its
    /// longer side, and scaled: MediaPipe's RectTransformation.
    public func transformed(scale: Float, shift: Vector2 = .zero) -> Region {
        let side = max(size.x, size.y) * scale
        return Region(
            centre: centre + rotated(shift * size), size: Vector2(side, side), rotation: rotation)
    }

    /// The smallest region around this one with the aspect of a tensor of `width`×`height`: what
    /// letterboxing shows.
    public func padded(toAspectOf width: Int, _ height: Int) -> Region {
        let aspect = Float(width) / Float(height)
        var result = self
        if size.x < size.y * aspect {
            result.size.x = size.y * aspect
        } else {
            result.size.y = size.x / aspect
        }
        return result
    }

    /// The rotation that brings the direction from `start` to `end` to the angle `target`
    /// (counter-clockwise as seen from the picture's x axis, radians), in −π…π.
    public static func rotation(from start: Vector2, to end: Vector2, target: Float) -> Float {
        let angle = target - atan2(-(end.y - start.y), end.x - start.x)
        return angle - 2 * .pi * ((angle + .pi) / (2 * .pi)).rounded(.down)
    }
}
