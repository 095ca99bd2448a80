import Spatial

/// MediaPipe's pose: a detector of people and the graph of their 33 points and outline.
public final class PoseLandmarker {
    private static let rawPointCount = 39

    private let detector: LiteRTModel
    private let decoder = AnchorDecoder(
        inputSize: 224, strides: [8, 16, 32, 32, 32], anchorsPerLayer: 2, keypointCount: 4)
    private let detectorSampler = TensorSampler(
        width: 224, height: 224, range: -1...1, border: .zero)
    private let model: LiteRTModel
    private let sampler = TensorSampler(width: 256, height: 256)

    /// The score from which a detection counts.
    public var minimumDetectionScore: Float = 0.5

    /// Loads the graphs. Throws `TrackingError`.
    public init(graphs: TrackingGraphs) throws {
        detector = try graphs.model("pose_detection/pose_detection.tflite")
        let count = decoder.anchors.count
        try detector.require(
            inputs: [[1, 224, 224, 3]],
            outputs: [[1, count, decoder.valuesPerBox], [1, count, 1]])
        model = try graphs.model("pose_landmark/pose_landmark_full.tflite")
        try model.require(
            inputs: [[1, 256, 256, 3]],
            outputs: [
                [1, 5 * Self.rawPointCount], [1, 1], [1, 256, 256, 1],
                [1, 64, 64, Self.rawPointCount], [1, 3 * Self.rawPointCount],
            ])
    }

    /// The people in `region` of the picture (all of it if nil), best first. Key point 0 is the middle
    /// of the hips; key point 1 lies on a circle about it that holds the whole body.
    public func detect(in image: Image, region: Region? = nil) throws -> [Detection] {
        let whole = Region(wholeOf: image)
        let (shown, margin) = (region ?? whole).letterboxed(toAspectOf: 1, 1)
        try detector.withInput(0) { detectorSampler.sample(image, shown, into: $0) }
        try detector.run()
        return try detector.withOutput(0) { boxes in
            try detector.withOutput(1) { scores in
                decoder.detections(
                    boxes: boxes, scores: scores, minimumScore: minimumDetectionScore)
            }
        }.map {
            region == nil
                ? $0.placed(margin: margin, unit: whole.unit)
                : $0.placed(in: shown, unit: whole.unit)
        }
    }

    /// The square around a body, upright along the line from hips to head, a quarter larger.
    public static func region(of detection: Detection) -> Region {
        Region(
            centre: detection.keypoints[0], rim: detection.keypoints[1], target: .pi / 2,
            unit: detection.region.unit
        ).transformed(scale: 1.25)
    }

    /// The points of the body in `region`.
    public func landmarks(in image: Image, region: Region) throws -> PoseLandmarks {
        try model.withInput(0) {
            sampler.sample(image, region.padded(toAspectOf: 256, 256), into: $0)
        }
        try model.run()
        var raw = try model.output(0)
        try model.withOutput(3) { Self.refine(&raw, heatMaps: $0, side: 64, inputSide: 256) }
        let world = try model.output(4)
        let positions = region.pixels(
            region.places(
                of: (0..<Self.rawPointCount).map {
                    Vector3(raw[5 * $0], raw[5 * $0 + 1], raw[5 * $0 + 2])
                }, tensorWidth: 256, height: 256, isLetterboxed: true))
        let points = (0..<Self.rawPointCount).map { i in
            let planar = region.rotated(Vector2(world[3 * i], world[3 * i + 1]))
            return PoseLandmarks.Point(
                position: positions[i],
                world: Vector3(planar.x, planar.y, world[3 * i + 2]),
                visibility: sigmoid(raw[5 * i + 3]), presence: sigmoid(raw[5 * i + 4]))
        }
        return PoseLandmarks(
            points: Array(points.prefix(PosePoint.allCases.count)),
            score: try model.withOutput(1) { $0[0] }, region: region,
            hips: points[33].position, rim: points[34].position,
            segmentation: Image(
                width: 256, height: 256, channels: 1,
                samples: try model.withOutput(2) { $0.map(sigmoid) }))
    }

    /// Moves each point to the mean of its heat map within four cells of it, weighted by the map,
    /// where the map is sure of at least one cell: MediaPipe's RefineLandmarksFromHeatmap.
    ///
    /// The graph's file says a kernel of seven cells. Python's solutions lose that option when they
    /// load the file and use the calculator's own nine; the results of both differ by a pixel.
    ///
    /// - Parameters:
    ///   - raw: Five values a point, the first two x and y in pixels of the input.
    ///   - heatMaps: [side, side, points] logits.
    static func refine(
        _ raw: inout [Float], heatMaps: UnsafeBufferPointer<Float>, side: Int, inputSide: Int
    ) {
        let count = heatMaps.count / (side * side)
        let (reach, scale) = (4, Float(inputSide))
        for i in 0..<count {
            let place = Vector2(raw[5 * i], raw[5 * i + 1]) / scale * Float(side)
            // As the reference has it: rounded towards zero, and the last row is not the last.
            guard place.x > -1, place.x < Float(side), place.y > -1, place.y < Float(side + reach)
            else { continue }
            let (column, row) = (Int(place.x), Int(place.y))
            var (sum, mean, best) = (Float(0), Vector2.zero, Float(0))
            for y in max(0, row - reach)...min(side - 1, row + reach) {
                for x in max(0, column - reach)...min(side - 1, column + reach) {
                    let weight = sigmoid(heatMaps[(y * side + x) * count + i])
                    sum += weight
                    best = max(best, weight)
                    mean += weight * Vector2(Float(x), Float(y))
                }
            }
            guard best >= 0.5 else { continue }
            let refined = mean / sum / Float(side) * scale
            (raw[5 * i], raw[5 * i + 1]) = (refined.x, refined.y)
        }
    }
}
