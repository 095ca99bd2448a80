import Spatial

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Where the two eyes look, relative to the head.
public struct Gaze: Equatable, Sendable {
    /// How far an eye turns when an `eyeLook…` unit is 1: 30° sideways, 25° up and down.
    public static let fullTurn = Vector2(0.52, 0.44)

    /// The left eye's angles in radians: x towards the person's left, y down; 0 is straight ahead.
    public var left: Vector2
    /// The right eye's, alike.
    public var right: Vector2

    public init(left: Vector2, right: Vector2) {
        (self.left, self.right) = (left, right)
    }

    /// The gaze of eyes that are turned from straight ahead (+z) by these rotations.
    public init(left: Quaternion, right: Quaternion) {
        func angles(_ eye: Quaternion) -> Vector2 {
            let ahead = eye.matrix * Vector3(0, 0, 1)
            return Vector2(
                atan2(ahead.x, ahead.z), -asin(min(max(ahead.y, -1), 1)))
        }
        self.init(left: angles(left), right: angles(right))
    }

    /// The same gaze as `eyeLook…` units.
    public var expression: FaceExpression {
        var expression = FaceExpression.neutral
        let (left, right) = (left / Self.fullTurn, right / Self.fullTurn)
        expression[.eyeLookOutLeft] = max(left.x, 0)
        expression[.eyeLookInLeft] = max(-left.x, 0)
        expression[.eyeLookDownLeft] = max(left.y, 0)
        expression[.eyeLookUpLeft] = max(-left.y, 0)
        expression[.eyeLookInRight] = max(right.x, 0)
        expression[.eyeLookOutRight] = max(-right.x, 0)
        expression[.eyeLookDownRight] = max(right.y, 0)
        expression[.eyeLookUpRight] = max(-right.y, 0)
        return expression
    }

    /// The gaze on the way from `a` (t = 0) to `b` (t = 1); where only one is known, that one.
    static func interpolate(_ a: Gaze?, _ b: Gaze?, _ t: Float) -> Gaze? {
        guard let a, let b else { return a ?? b }
        return Gaze(
            left: a.left + (b.left - a.left) * t, right: a.right + (b.right - a.right) * t)
    }
}

extension FaceExpression {
    private static let lookUnits: [FaceUnit] = [
        .eyeLookDownLeft, .eyeLookInLeft, .eyeLookOutLeft, .eyeLookUpLeft, .eyeLookDownRight,
        .eyeLookInRight, .eyeLookOutRight, .eyeLookUpRight,
    ]

    /// Whether an `eyeLook…` unit acts.
    var looks: Bool { Self.lookUnits.contains { self[$0] != 0 } }
}
