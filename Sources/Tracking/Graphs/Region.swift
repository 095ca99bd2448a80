import Foundation
import Spatial

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A rotated rectangle in a picture: what a graph is shown of it.
///
/// The reference keeps centre and size as shares of the picture. Along a video a rounding error grows
/// threefold a frame where a graph is unsure, so regions that come from a graph are kept in the same
/// way here, and every operation rounds where the reference rounds.
public struct Region: Equatable, Sendable, Codable {
    /// The centre, in `unit`.
    var place: Vector2
    /// Width and height before the rotation, in `unit`.
    var extent: Vector2
    /// The angle in radians, clockwise as seen (y points down), about the centre.
    public var rotation: Float
    /// The size of the picture in pixels; of a pixel for a region that comes from no graph.
    let unit: Vector2

    /// The centre, in pixels of the picture.
    public var centre: Vector2 {
        get { place * unit }
        set { place = newValue / unit }
    }

    /// Width and height before the rotation, in pixels.
    public var size: Vector2 {
        get { extent * unit }
        set { extent = newValue / unit }
    }

    public init(centre: Vector2, size: Vector2, rotation: Float = 0) {
        self.init(place: centre, extent: size, rotation: rotation, unit: Vector2(1, 1))
    }

    init(place: Vector2, extent: Vector2, rotation: Float = 0, unit: Vector2) {
        self.place = place
        self.extent = extent
        self.rotation = rotation
        self.unit = unit
    }

    /// The upright rectangle around `box`.
    public init(_ box: Box) {
        self.init(centre: box.centre, size: box.size)
    }

    /// The whole of a picture.
    public init(wholeOf image: Image) {
        self.init(
            place: Vector2(0.5, 0.5), extent: Vector2(1, 1),
            unit: Vector2(Float(image.width), Float(image.height)))
    }

    /// The point of the picture at `fraction` of the region: (0, 0) is its first corner, (1, 1) the
    /// opposite one.
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
    public func rotated(_ offset: Vector2) -> Vector2 {
        Self.turned(offset, by: rotation)
    }

    static func turned(_ offset: Vector2, by angle: Float) -> Vector2 {
        let (c, s) = (cos(angle), sin(angle))
        return Vector2(c * offset.x - s * offset.y, s * offset.x + c * offset.y)
    }

    /// The region moved by `shift` (in units of its size, in its own frame), made a square on its
    /// longer side, and scaled: MediaPipe's RectTransformation.
    public func transformed(scale: Float, shift: Vector2 = .zero) -> Region {
        var result = self
        if rotation == 0 {
            result.place += extent * shift
        } else {
            result.place += rotated(unit * extent * shift) / unit
        }
        let side = max(size.x, size.y)
        result.extent = Vector2(side, side) / unit * scale
        return result
    }

    /// The smallest region around this one with the aspect of a tensor of `width`×`height`: what
    /// letterboxing shows.
    public func padded(toAspectOf width: Int, _ height: Int) -> Region {
        letterboxed(toAspectOf: width, height).region
    }

    /// The rotation that brings the direction from `start` to `end` to the angle `target`
    /// (counter-clockwise as seen from the picture's x axis, radians), in −π…π.
    public static func rotation(from start: Vector2, to end: Vector2, target: Double) -> Float {
        normalised(Float(target) - atan2(-(end.y - start.y), end.x - start.x))
    }

    /// An angle in −π…π.
    static func normalised(_ angle: Float) -> Float {
        let exact = Double(angle)
        return Float(exact - 2 * .pi * ((exact + .pi) / (2 * .pi)).rounded(.down))
    }
}
