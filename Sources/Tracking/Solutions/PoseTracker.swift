import Spatial

/// MediaPipe's Pose: the body of a picture, or followed through a video.
public final class PoseTracker {
    private let landmarker: PoseLandmarker
    private let isVideo: Bool
    private let wantsMask: Bool
    private let smooths: Bool
    private var smoother = PoseSmoother()
    /// Where the body of the frame before leads to look.
    private(set) var region: Region?
    /// Of several people found anew, the one nearest to this place is taken; the surest if nil.
    var place: Vector2?

    /// Loads the graphs.
    ///
    /// - Parameters:
    ///   - isVideo: Whether pictures follow one another, so that the body is looked for where it was,
    ///     and its points are smoothed in time.
    ///   - wantsMask: Whether to give the body's mask too.
    /// - Throws: `TrackingError`.
    public convenience init(graphs: TrackingGraphs, isVideo: Bool, wantsMask: Bool = false) throws {
        try self.init(graphs: graphs, isVideo: isVideo, wantsMask: wantsMask, smooths: isVideo)
    }

    init(graphs: TrackingGraphs, isVideo: Bool, wantsMask: Bool, smooths: Bool) throws {
        landmarker = try PoseLandmarker(graphs: graphs)
        self.isVideo = isVideo
        self.wantsMask = wantsMask
        self.smooths = smooths
    }

    /// Forgets where the body was.
    func restart(at region: Region? = nil) {
        self.region = region
        smoother.miss()
    }

    /// Everybody whom the detector finds in a picture.
    func people(in image: Image) throws -> [Detection] { try landmarker.detect(in: image) }

    private func detect(in image: Image) throws -> Detection? {
        let found = try landmarker.detect(in: image)
        guard let place else { return found.first }
        return found.min {
            ($0.keypoints[0] - place).length < ($1.keypoints[0] - place).length
        }
    }

    /// The body of a picture of at least three channels, and its mask if wanted; nil if there is none.
    ///
    /// - Parameter time: Seconds, later than the frame's before.
    public func track(_ image: Image, at time: Double) throws -> (
        pose: PoseLandmarks, mask: Image?
    )? {
        let known = region
        region = nil
        guard
            let place = try known
                ?? detect(in: image).map(PoseLandmarker.region(of:)),
            case var pose = try landmarker.landmarks(in: image, region: place), pose.score > 0.5
        else {
            smoother.miss()
            return nil
        }
        // Python's solutions lose the graph's option to smooth masks too when they load its file.
        let mask = wantsMask ? pose.mask(width: image.width, height: image.height) : nil
        if smooths { pose = smoother.apply(pose, at: time) }
        if isVideo { region = pose.nextRegion }
        return (pose, mask)
    }
}
