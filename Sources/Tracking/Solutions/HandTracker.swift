import Spatial

/// MediaPipe's Hands: hands of a picture, or followed through a video.
public final class HandTracker {
    private let detector: HandDetector
    private let landmarker: HandLandmarker
    private let isVideo: Bool
    private let maximumCount: Int
    /// Where the hands of the frame before lead to look.
    private var regions: [Region] = []

    /// Loads the graphs.
    ///
    /// - Parameters:
    ///   - isVideo: Whether pictures follow one another, so that a hand is looked for where it was;
    ///     hands are detected anew where there are fewer than `maximumCount`.
    ///   - maximumCount: The greatest number of hands.
    /// - Throws: `TrackingError`.
    public init(graphs: TrackingGraphs, isVideo: Bool, maximumCount: Int = 2) throws {
        detector = try HandDetector(graphs: graphs)
        landmarker = try HandLandmarker(graphs: graphs)
        self.isVideo = isVideo
        self.maximumCount = maximumCount
    }

    /// The hands of a picture of at least three channels.
    public func track(_ image: Image) throws -> [HandLandmarks] {
        let found =
            regions.count < maximumCount
            ? try detector.detect(in: image).prefix(maximumCount).map(HandLandmarker.region(of:))
            : []
        // Also where nothing was looked for anew: two regions may come to follow the same hand.
        regions = Region.associated(found: found, previous: regions)
        let hands = try regions.map { try landmarker.landmarks(in: image, region: $0) }
            .filter { $0.score > 0.5 }
        regions = isVideo ? hands.map(HandLandmarker.region(of:)) : []
        return hands
    }
}
