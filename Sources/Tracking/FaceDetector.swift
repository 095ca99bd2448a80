import Spatial

/// MediaPipe's face detector (BlazeFace).
///
/// Its six key points are the eye on the picture's left, the eye on its right, the tip of the nose,
/// the mouth, and the ears on the picture's left and right.
public final class FaceDetector {
    /// For which distances the graph is made.
    public enum Range: Sendable {
        /// Faces that fill a fifth of the picture or more.
        case short
        /// Faces down to about a twentieth of the picture.
        case full
    }

    /// The score from which a detection counts.
    public var minimumScore: Float

    private let model: LiteRTModel
    private let decoder: AnchorDecoder
    private let sampler: TensorSampler

    /// Loads the graph. Throws `TrackingError`.
    public init(_ range: Range, graphs: TrackingGraphs) throws {
        switch range {
        case .short:
            model = try graphs.model("face_detection/face_detection_short_range.tflite")
            decoder = AnchorDecoder(
                inputSize: 128, strides: [8, 16, 16, 16], anchorsPerLayer: 2, keypointCount: 6)
            minimumScore = 0.5
        case .full:
            model = try graphs.model("face_detection/face_detection_full_range_sparse.tflite")
            decoder = AnchorDecoder(
                inputSize: 192, strides: [4], anchorsPerLayer: 1, keypointCount: 6)
            minimumScore = 0.6
        }
        let side = Int(decoder.inputSize)
        sampler = TensorSampler(width: side, height: side, range: -1...1, border: .zero)
        let count = decoder.anchors.count
        try model.require(
            inputs: [[1, side, side, 3]],
            outputs: [[1, count, decoder.valuesPerBox], [1, count, 1]])
    }

    /// The faces in `region` of the picture (all of it if nil), best first.
    public func detect(in image: Image, region: Region? = nil) throws -> [Detection] {
        let whole = Region(wholeOf: image)
        let shown = (region ?? whole).padded(toAspectOf: sampler.width, sampler.height)
        try model.withInput(0) { sampler.sample(image, shown, into: $0) }
        try model.run()
        return try model.withOutput(0) { boxes in
            try model.withOutput(1) { scores in
                decoder.detections(boxes: boxes, scores: scores, minimumScore: minimumScore)
            }
        }.map { $0.placed(in: shown, unit: whole.unit) }
    }
}
