import Evaluation
import Rigs
import Spatial
import Tracking

/// Reads faces with MediaPipe's face mesh, each picture by itself, for metrics that compare them.
struct TrackedFaces: FaceReader {
    private let tracker: FaceTracker
    private let reader: ExpressionReader

    /// - Throws: an `InputError` that says what is not installed.
    init() throws {
        let graphs = try TrackingGraphs.installed()
        let anny = try Anny.load()
        tracker = try FaceTracker(graphs: graphs, isVideo: false)
        reader = ExpressionReader(
            anny: anny, embedding: try FaceLandmarkEmbedding.load(for: anny, graphs: graphs))
    }

    func face(of image: Image) throws -> FaceReading? {
        guard let face = try tracker.track(image).first, let reading = reader.read(face) else {
            return nil
        }
        return FaceReading(
            landmarks: face.points.map { Vector2($0.x, $0.y) }, eyeCorners: (33, 263),
            expression: reading.expression.weights, headRotation: reading.headRotation)
    }
}
