/// How strongly each of the 52 face units acts: 0 not at all, 1 in full.
///
/// Values outside 0…1 are allowed and exaggerate; the units add up linearly.
public struct FaceExpression: Equatable, Sendable {
    /// The weights in the order of `FaceUnit`, always 52.
    public var weights: [Float]

    /// An expression of the given weights; 52 of them.
    public init(weights: [Float]) {
        precondition(weights.count == FaceUnit.count, "an expression has 52 weights")
        self.weights = weights
    }

    /// An expression of a few units, all others 0.
    public init(_ units: [FaceUnit: Float] = [:]) {
        weights = [Float](repeating: 0, count: FaceUnit.count)
        for (unit, weight) in units { weights[unit.rawValue] = weight }
    }

    /// The face at rest.
    public static let neutral = FaceExpression()

    /// The weight of one unit.
    public subscript(unit: FaceUnit) -> Float {
        get { weights[unit.rawValue] }
        set { weights[unit.rawValue] = newValue }
    }

    /// The expression with left and right exchanged.
    public var mirrored: FaceExpression {
        FaceExpression(weights: FaceUnit.allCases.map { self[$0.mirrored] })
    }

    /// Each weight times `factor`.
    public static func * (expression: FaceExpression, factor: Float) -> FaceExpression {
        FaceExpression(weights: expression.weights.map { $0 * factor })
    }

    /// The sum, unit by unit.
    public static func + (a: FaceExpression, b: FaceExpression) -> FaceExpression {
        FaceExpression(weights: zip(a.weights, b.weights).map { $0 + $1 })
    }

    /// The expression on the way from `a` (t = 0) to `b` (t = 1).
    public static func interpolate(_ a: FaceExpression, _ b: FaceExpression, _ t: Float)
        -> FaceExpression
    {
        FaceExpression(weights: zip(a.weights, b.weights).map { $0 + ($1 - $0) * t })
    }
}
