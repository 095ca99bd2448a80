import Spatial

/// MediaPipe's palm detector.
///
/// Its seven key points are the wrist, the knuckles of index, middle, ring and little finger, and the
/// thumb's two lower joints.
public final class HandDetector {
    /// The score from which a detection counts.
    public var minimumScore: Float = 0.5

    private let model: LiteRTModel
    private let decoder = AnchorDecoder(
        inputSize: 192, strides: [8, 16, 16, 16], anchorsPerLayer: 2, keypointCount: 7)
    private let sampler = TensorSampler(width: 192, height: 192, border: .zero)

    /// Loads the graph. Throws `TrackingError`.
    public init(graphs: TrackingGraphs) throws {
        model = try graphs.model("palm_detection/palm_detection_full.tflite")
        let count = decoder.anchors.count
        try model.require(
            inputs: [[1, 192, 192, 3]],
            outputs: [[1, count, decoder.valuesPerBox], [1, count, 1]])
    }

    /// The palms in `region` of the picture (all of it if nil), best first.
    public func detect(in image: Image, region: Region? = nil) throws -> [Detection] {
        let whole = Region(wholeOf: image)
        let (shown, margin) = (region ?? whole).letterboxed(toAspectOf: 1, 1)
        try model.withInput(0) { sampler.sample(image, shown, into: $0) }
        try model.run()
        return try model.withOutput(0) { boxes in
            try model.withOutput(1) { scores in
                decoder.detections(boxes: boxes, scores: scores, minimumScore: minimumScore)
            }
        }.map {
            region == nil
                ? $0.placed(margin: margin, unit: whole.unit)
                : $0.placed(in: shown, unit: whole.unit)
        }
    }
}
