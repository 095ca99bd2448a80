import Spatial

/// MediaPipe's way from a body's points to the region of a hand, as its holistic graph goes it: a
/// rough square from wrist and knuckles, in which a small graph finds the exact one.
final class HandRecropper {
    private let model: LiteRTModel
    private let sampler = TensorSampler(width: 256, height: 256)

    init(graphs: TrackingGraphs) throws {
        model = try graphs.model("holistic_landmark/hand_recrop.tflite")
        try model.require(inputs: [[1, 256, 256, 3]], outputs: [[1, 1, 1, 4]])
    }

    /// The square around a hand of which the pose knows wrist, little finger's and index finger's
    /// knuckle, in pixels.
    static func region(wrist: Vector2, little: Vector2, index: Vector2) -> Region {
        let middle = (2 * index + little) / 3
        let side = 2 * (middle - wrist).length
        return Region(
            centre: middle, size: Vector2(side, side),
            rotation: Region.rotation(from: wrist, to: middle, target: .pi / 2)
        ).transformed(scale: 2.7, shift: Vector2(0, -0.1))
    }

    /// The hand's square in `region`.
    func region(in image: Image, rough region: Region) throws -> Region {
        try model.withInput(0) { sampler.sample(image, region, into: $0) }
        try model.run()
        let (centre, end) = try model.withOutput(0) { values in
            let points = (0..<2).map { i in
                region.point(at: Vector2(values[2 * i], values[2 * i + 1]) / 256)
            }
            return (points[0], points[1])
        }
        let side = 2 * (end - centre).length
        return Region(
            centre: centre, size: Vector2(side, side),
            rotation: Region.rotation(from: centre, to: end, target: -.pi / 2)
        ).transformed(scale: 1, shift: Vector2(0, -0.1))
    }
}
