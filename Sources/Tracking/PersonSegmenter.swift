import Spatial

/// MediaPipe's selfie segmentation: the share of people in each pixel.
public final class PersonSegmenter {
    /// Which graph.
    public enum Kind: Sendable {
        /// 256×256.
        case general
        /// 256×144, for wide pictures.
        case landscape
    }

    private let model: LiteRTModel
    private let sampler: TensorSampler

    /// Loads the graph. Throws `TrackingError`.
    public init(_ kind: Kind, graphs: TrackingGraphs) throws {
        let name = kind == .general ? "selfie_segmentation" : "selfie_segmentation_landscape"
        model = try graphs.model("selfie_segmentation/\(name).tflite")
        let height = kind == .general ? 256 : 144
        sampler = TensorSampler(width: 256, height: height, border: .zero)
        try model.require(
            inputs: [[1, height, 256, 3]], outputs: [[1, height, 256, 1]])
    }

    /// The person's share of each element of the graph's grid over `region` (all of the picture if
    /// nil), 0…1, one channel. The region is stretched to the grid, not letterboxed.
    public func segment(_ image: Image, region: Region? = nil) throws -> Image {
        try model.withInput(0) {
            sampler.sample(image, region ?? Region(wholeOf: image), into: $0)
        }
        try model.run()
        return Image(
            width: sampler.width, height: sampler.height, channels: 1,
            samples: try model.output(0))
    }
}
