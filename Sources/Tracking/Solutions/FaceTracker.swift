import Spatial

/// MediaPipe's Face Mesh: faces of a picture, or followed through a video.
public final class FaceTracker {
    private let detector: FaceDetector
    private let mesh: FaceMesh
    private let isVideo: Bool
    private let maximumCount: Int
    /// Where the faces of the frame before lead to look.
    var regions: [Region] = []

    /// Loads the graphs.
    ///
    /// - Parameters:
    ///   - isVideo: Whether pictures follow one another, so that a face is looked for where it was;
    ///     a face is detected anew where there are fewer than `maximumCount`.
    ///   - maximumCount: The greatest number of faces.
    /// - Throws: `TrackingError`.
    public init(graphs: TrackingGraphs, isVideo: Bool, maximumCount: Int = 1) throws {
        detector = try FaceDetector(.short, graphs: graphs)
        mesh = try FaceMesh(isRefined: true, graphs: graphs)
        self.isVideo = isVideo
        self.maximumCount = maximumCount
    }

    /// The faces of a picture of at least three channels: 468 points and the irises.
    public func track(_ image: Image) throws -> [FaceLandmarks] {
        let found =
            regions.count < maximumCount
            ? try detector.detect(in: image).prefix(maximumCount).map(FaceMesh.region(of:)) : []
        // Also where nothing was looked for anew: two regions may come to follow the same face.
        regions = Region.associated(found: found, previous: regions)
        let faces = try regions.map { try mesh.landmarks(in: image, region: $0) }
            .filter { $0.score > 0.5 }
        regions = isVideo ? faces.map(FaceMesh.region(of:)) : []
        return faces
    }
}
