import Spatial

/// MediaPipe's way from a body's points to the region of a hand, as its holistic graph goes it: a
/// rough square from wrist and knuckles, in which a small graph finds the exact one.
final class HandRecropper {
    private let model: LiteRTModel
    private let scales = ChannelScale()
    private let sampler = TensorSampler(width: 256, height: 256)

    init(graphs: TrackingGraphs) throws {
        model = try graphs.model(
            "holistic_landmark/hand_recrop.tflite", operators: [scales.scaling],
            edit: scales.claim)
        try model.require(inputs: [[1, 256, 256, 3]], outputs: [[1, 1, 1, 4]])
    }

    /// The square around a hand of which the pose knows wrist, little finger's and index finger's
    /// knuckle, in pixels of a picture of size `unit`.
    static func region(wrist: Vector2, little: Vector2, index: Vector2, unit: Vector2) -> Region {
        let middle = (2 * index + little) / 3
        var region = Region(centre: middle, rim: wrist, target: 0, unit: unit)
        region.rotation = Region.rotation(from: wrist, to: middle, target: .pi / 2)
        return region.transformed(scale: 2.7, shift: Vector2(0, -0.1))
    }

    /// The hand's square in `region`.
    func region(in image: Image, rough region: Region) throws -> Region {
        try model.withInput(0) {
            sampler.sample(image, region.padded(toAspectOf: 256, 256), into: $0)
        }
        scales.restart()
        try model.run()
        let raw = try model.withOutput(0) { values in
            (0..<2).map { Vector3(values[2 * $0], values[2 * $0 + 1], 0) }
        }
        let points = region.pixels(
            region.places(of: raw, tensorWidth: 256, height: 256, isLetterboxed: true))
        return Region(
            centre: points[0].planar, rim: points[1].planar, target: -.pi / 2, unit: region.unit
        ).transformed(scale: 1, shift: Vector2(0, -0.1))
    }
}
