import Spatial

/// MediaPipe's Pose: the body of a picture, or followed through a video.
public final class PoseTracker {
    private let landmarker: PoseLandmarker
    private let isVideo: Bool
    private let wantsMask: Bool
    private var smoother = PoseSmoother()
    private var maskSmoother = MaskSmoother()
    /// Where the body of the frame before leads to look.
    private var region: Region?

    /// Loads the graphs.
    ///
    /// - Parameters:
    ///   - isVideo: Whether pictures follow one another, so that the body is looked for where it was,
    ///     and points and mask are smoothed in time.
    ///   - wantsMask: Whether to give the body's mask too.
    /// - Throws: `TrackingError`.
    public init(graphs: TrackingGraphs, isVideo: Bool, wantsMask: Bool = false) throws {
        landmarker = try PoseLandmarker(graphs: graphs)
        self.isVideo = isVideo
        self.wantsMask = wantsMask
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
                ?? landmarker.detect(in: image).first
                .map(PoseLandmarker.region(of:)),
            case var pose = try landmarker.landmarks(in: image, region: place), pose.score > 0.5
        else {
            smoother.miss()
            return nil
        }
        var mask = wantsMask ? pose.mask(width: image.width, height: image.height) : nil
        if isVideo {
            pose = smoother.apply(pose, at: time)
            mask = mask.map { maskSmoother.apply($0) }
            region = pose.nextRegion
        }
        return (pose, mask)
    }
}
