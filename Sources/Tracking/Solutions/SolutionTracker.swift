import Spatial

/// Any of MediaPipe's solutions, for photographs and for video alike.
///
///     let tracker = try SolutionTracker(.holistic, isVideo: true)
///     try await video.readTimedFrames { _, time, frame in
///         let found = try tracker.track(frame, at: time)
///     }
///
/// Not for use by two threads at once.
public final class SolutionTracker {
    /// What is looked for.
    public let solution: Solution

    private enum Engine {
        case face(FaceTracker)
        case hands(HandTracker)
        case pose(PoseTracker)
        case holistic(HolisticTracker)
    }
    private let engine: Engine

    /// Loads the graphs, by default those that scripts/bootstrap brought.
    ///
    /// - Parameters:
    ///   - isVideo: Whether pictures follow one another. Then what was found is looked for where it
    ///     was, detected anew when its presence falls, and smoothed in time as MediaPipe's Python
    ///     solutions smooth: bodies; their masks, faces and hands are not smoothed.
    ///   - wantsMask: Whether to give a body's mask too.
    /// - Throws: `MediaError.notInstalled` or `TrackingError`.
    public init(
        _ solution: Solution, isVideo: Bool, wantsMask: Bool = false,
        graphs: TrackingGraphs? = nil
    ) throws {
        let graphs = try graphs ?? TrackingGraphs.installed()
        self.solution = solution
        engine =
            switch solution {
            case .face: .face(try FaceTracker(graphs: graphs, isVideo: isVideo))
            case .hands: .hands(try HandTracker(graphs: graphs, isVideo: isVideo))
            case .pose:
                .pose(try PoseTracker(graphs: graphs, isVideo: isVideo, wantsMask: wantsMask))
            case .holistic:
                .holistic(
                    try HolisticTracker(graphs: graphs, isVideo: isVideo, wantsMask: wantsMask))
            }
    }

    /// What a picture shows.
    ///
    /// - Parameters:
    ///   - image: Grey or colour, display sRGB in 0…1; alpha is ignored.
    ///   - time: Seconds from the video's start, later than the frame's before.
    ///   - name: What an error calls the picture, such as its file.
    /// - Throws: `TrackingError.pictureUnusable`.
    public func track(_ image: Image, at time: Double = 0, named name: String = "The picture")
        throws -> TrackedFrame
    {
        guard image.width >= 2, image.height >= 2, (1...4).contains(image.channels) else {
            throw TrackingError.pictureUnusable(
                name: name, found: "\(image.width) × \(image.height) pixels")
        }
        let picture = image.channels >= 3 ? image : image.colourChannels
        var frame = TrackedFrame(time: time, width: image.width, height: image.height)
        switch engine {
        case .face(let tracker): frame.faces = try tracker.track(picture)
        case .hands(let tracker): frame.hands = try tracker.track(picture)
        case .pose(let tracker):
            if let found = try tracker.track(picture, at: time) {
                (frame.pose, frame.mask) = found
            }
        case .holistic(let tracker):
            if let person = try tracker.track(picture, at: time) {
                (frame.pose, frame.mask) = (person.pose, person.mask)
                frame.faces = [person.face].compactMap { $0 }
                frame.hands = [person.leftHand, person.rightHand].compactMap { $0 }
            }
        }
        return frame
    }
}
