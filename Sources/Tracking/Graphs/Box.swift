import Spatial

/// An upright rectangle in pixels.
public struct Box: Equatable, Sendable {
    /// The corner nearest the picture's origin.
    public var minimum: Vector2
    /// The opposite corner.
    public var maximum: Vector2

    public init(minimum: Vector2, maximum: Vector2) {
        self.minimum = minimum
        self.maximum = maximum
    }

    /// The smallest box around `points`, or nil if there are none.
    public init?(around points: some Sequence<Vector2>) {
        var iterator = points.makeIterator()
        guard let first = iterator.next() else { return nil }
        self.init(minimum: first, maximum: first)
        while let point = iterator.next() {
            minimum = pointwiseMin(minimum, point)
            maximum = pointwiseMax(maximum, point)
        }
    }

    public var size: Vector2 { maximum - minimum }
    public var centre: Vector2 { (minimum + maximum) / 2 }
    public var area: Float { max(0, size.x) * max(0, size.y) }

    /// The part of both boxes, or nil if they do not meet.
    public func intersection(_ other: Box) -> Box? {
        let low = pointwiseMax(minimum, other.minimum)
        let high = pointwiseMin(maximum, other.maximum)
        return low.x < high.x && low.y < high.y ? Box(minimum: low, maximum: high) : nil
    }

    /// Area of the intersection over area of the union.
    public func overlap(with other: Box) -> Float {
        let shared = intersection(other)?.area ?? 0
        let union = area + other.area - shared
        return union > 0 ? shared / union : 0
    }

    public func contains(_ point: Vector2) -> Bool {
        all(point .>= minimum) && all(point .<= maximum)
    }
}
