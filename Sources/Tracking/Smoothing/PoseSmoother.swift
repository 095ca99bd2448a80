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
        let own = Region(
            centre: pose.hips.planar, rim: pose.rim.planar, target: .pi / 2, unit: pose.region.unit
        ).size
        let scale = (own.x + own.y) / 2
        // The reference keeps what is smoothed as shares of the picture.
        let size = Vector3(pose.region.unit.x, pose.region.unit.y, pose.region.unit.x)
        func kept(_ points: [Vector3]) -> [Vector3] { points.map { $0 / size * size } }
        let placed = kept(points.apply(pose.points.map(\.position), at: time, scale: scale))
        let metres = world.apply(pose.points.map(\.world), at: time)
        if visibility.isEmpty { visibility = pose.points.map(\.visibility) }
        for i in result.points.indices {
            result.points[i].position = placed[i]
            result.points[i].world = metres[i]
            visibility[i] = OneEuroFilter.mixed(
                pose.points[i].visibility, visibility[i], share: Self.visibilityShare)
            result.points[i].visibility = visibility[i]
        }
        let smooth = kept(auxiliary.apply([pose.hips, pose.rim], at: time, scale: scale))
        (result.hips, result.rim) = (smooth[0], smooth[1])
        return result
    }
}
