import Foundation
import Spatial

/// How far expression and head pose, as one tracker reads them from both pictures, are apart: what
/// papers on driven heads call AED and APD, each with a tracker of its own.
///
/// What the tracker gets wrong of the person's features it gets wrong in both, so that little of it is
/// in the difference; figures of different trackers do not compare.
public struct ExpressionError: Equatable, Sendable {
    /// The mean absolute difference of the coefficients, 0…1.
    public let coefficients: Double
    /// The angle between the heads' rotations, degrees.
    public let degrees: Double

    public init(_ face: FaceReading, _ truth: FaceReading) {
        precondition(face.expression.count == truth.expression.count, "the same coefficients")
        let sum = zip(face.expression, truth.expression).reduce(0.0) {
            $0 + Double(abs($1.0 - $1.1))
        }
        coefficients = sum / Double(truth.expression.count)
        let turn = face.headRotation * truth.headRotation.transposed
        let cosine = (Double(turn[0, 0]) + Double(turn[1, 1]) + Double(turn[2, 2]) - 1) / 2
        degrees = acos(min(max(cosine, -1), 1)) * 180 / .pi
    }
}
