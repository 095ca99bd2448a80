import Spatial

/// The 468 points of a face and how sure the graph is that they are one.
public struct FaceLandmarks: Equatable, Sendable {
    /// In MediaPipe's order: x and y in pixels of the picture, z in the same unit, smaller towards the
    /// camera, zero near the middle of the head.
    public var points: [Vector3]
    /// Presence of a face, 0…1.
    public var score: Float

    public init(points: [Vector3], score: Float) {
        self.points = points
        self.score = score
    }

    /// The smallest box around all points.
    public var box: Box {
        Box(around: points.lazy.map { Vector2($0.x, $0.y) })
            ?? Box(minimum: .zero, maximum: .zero)
    }
}

/// MediaPipe's face mesh.
public final class FaceMesh {
    /// The number of points.
    public static let pointCount = 468

    private let model: LiteRTModel
    private let sampler = TensorSampler(width: 192, height: 192)

    /// Loads the graph. Throws `TrackingError`.
    public init(graphs: TrackingGraphs) throws {
        model = try graphs.model("face_landmark/face_landmark.tflite")
        try model.require(
            inputs: [[1, 192, 192, 3]], outputs: [[1, 1, 1, 3 * Self.pointCount], [1, 1, 1, 1]])
    }

    /// The mesh of the face that `detection` found.
    public func landmarks(in image: Image, detection: Detection) throws -> FaceLandmarks {
        try landmarks(in: image, region: Self.region(of: detection))
    }

    /// The mesh of the face in `region`.
    public func landmarks(in image: Image, region: Region) throws -> FaceLandmarks {
        try model.withInput(0) { sampler.sample(image, region, into: $0) }
        try model.run()
        let points = try model.withOutput(0) { raw in
            (0..<Self.pointCount).map { i in
                region.landmark(
                    Vector3(raw[3 * i], raw[3 * i + 1], raw[3 * i + 2]),
                    tensorWidth: sampler.width, height: sampler.height)
            }
        }
        return FaceLandmarks(points: points, score: sigmoid(try model.withOutput(1) { $0[0] }))
    }

    /// Half as large again as the detector's box, a square, upright along the eyes.
    public static func region(of detection: Detection) -> Region {
        var region = Region(detection.box)
        region.rotation = Region.rotation(
            from: detection.keypoints[0], to: detection.keypoints[1], target: 0)
        return region.transformed(scale: 1.5)
    }

    /// The region in which to look for a face whose points are known, as from the frame before.
    public static func region(of landmarks: FaceLandmarks) -> Region {
        let (left, right) = (landmarks.points[33], landmarks.points[263])
        var region = Region(landmarks.box)
        region.rotation = Region.rotation(
            from: Vector2(left.x, left.y), to: Vector2(right.x, right.y), target: 0)
        return region.transformed(scale: 1.5)
    }
}

extension Region {
    /// A landmark in pixels of a tensor that shows this region, as pixels of the picture; z keeps its
    /// proportion to x.
    func landmark(_ raw: Vector3, tensorWidth: Int, height: Int) -> Vector3 {
        let (width, height) = (Float(tensorWidth), Float(height))
        let point = point(at: Vector2(raw.x / width, raw.y / height))
        return Vector3(point.x, point.y, raw.z / width * size.x)
    }
}
