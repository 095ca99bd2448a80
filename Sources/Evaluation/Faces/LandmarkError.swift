import Spatial

/// How far landmarks are from the true ones, on average.
public struct LandmarkError: Equatable, Sendable {
    /// In pixels: the average keypoint distance (AKD) of talking heads.
    public let pixels: Double
    /// In percent of the box around the true landmarks (the root of its area).
    public let percentOfBox: Double
    /// In percent of the distance between the outer corners of the eyes, as 300-W normalises.
    public let percentOfEyes: Double

    /// Compares landmarks of one order.
    public init(_ face: FaceReading, _ truth: FaceReading) {
        precondition(face.landmarks.count == truth.landmarks.count, "the same landmarks")
        let sum = zip(face.landmarks, truth.landmarks).reduce(0.0) {
            $0 + Double(($1.0 - $1.1).length)
        }
        pixels = sum / Double(truth.landmarks.count)
        let (low, high) = truth.box
        let area = Double(high.x - low.x) * Double(high.y - low.y)
        percentOfBox = 100 * pixels / area.squareRoot()
        let (right, left) = truth.eyeCorners
        percentOfEyes =
            100 * pixels / Double((truth.landmarks[right] - truth.landmarks[left]).length)
    }
}
