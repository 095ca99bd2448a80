import Spatial

/// The smoothing of MediaPipe's pose graph (PoseLandmarkFiltering), with its parameters: each body of
/// a video needs one.
struct PoseSmoother {
    /// How much of a new visibility counts.
    private static let visibilityShare: Float = 0.1

    private var points = OneEuroFilter(minimumCutoff: 0.05, beta: 80)
    private var world = OneEuroFilter(minimumCutoff: 0.1, beta: 40)
    private var auxiliary = OneEuroFilter(minimumCutoff: 0.01, beta: 10)
    private var visibility: [Float] = []

    /// Tells that a frame shows nobody. Like the graph's, the filters of world points and visibility
    /// go on where they were.
    mutating func miss() {
        points.reset()
        auxiliary.reset()
    }

    /// The body smoothed; the next region follows from the smoothed auxiliary points.
    mutating func apply(_ pose: PoseLandmarks, at time: Double) -> PoseLandmarks {
        var result = pose
        // The object's size is the side of its own square, before any margin.
        let scale = 2 * (pose.rim.planar - pose.hips.planar).length
        let placed = points.apply(pose.points.map(\.position), at: time, scale: scale)
        let metres = world.apply(pose.points.map(\.world), at: time)
        if visibility.isEmpty { visibility = pose.points.map(\.visibility) }
        for i in result.points.indices {
            result.points[i].position = placed[i]
            result.points[i].world = metres[i]
            visibility[i] +=
                Self.visibilityShare * (pose.points[i].visibility - visibility[i])
            result.points[i].visibility = visibility[i]
        }
        let smooth = auxiliary.apply([pose.hips, pose.rim], at: time, scale: scale)
        (result.hips, result.rim) = (smooth[0], smooth[1])
        return result
    }
}
