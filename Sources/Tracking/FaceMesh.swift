import Spatial

/// MediaPipe's face mesh.
public final class FaceMesh {
    /// The number of points, without the irises.
    public static let pointCount = 468

    private let model: LiteRTModel
    private let sampler = TensorSampler(width: 192, height: 192)
    private let attention: AttentionOperators?

    /// Loads the graph.
    ///
    /// - Parameter isRefined: Whether to use the attention graph, which looks at lips and eyes again
    ///   and finds the irises too.
    /// - Throws: `TrackingError`.
    public init(isRefined: Bool = false, graphs: TrackingGraphs) throws {
        let input = [[1, 192, 192, 3]]
        if isRefined {
            let attention = AttentionOperators()
            model = try graphs.model(
                "face_landmark/face_landmark_with_attention.tflite", operators: attention.all
            ) { content in
                for offset in AttentionOperators.versionOffsets {
                    content[content.startIndex + offset] = 1
                }
            }
            self.attention = attention
            let counts = [3 * Self.pointCount, 160, 142, 142, 10, 10, 1]
            try model.require(inputs: input, outputs: counts.map { [1, 1, 1, $0] })
        } else {
            model = try graphs.model("face_landmark/face_landmark.tflite")
            attention = nil
            try model.require(
                inputs: input, outputs: [[1, 1, 1, 3 * Self.pointCount], [1, 1, 1, 1]])
        }
    }

    /// The mesh of the face that `detection` found.
    public func landmarks(in image: Image, detection: Detection) throws -> FaceLandmarks {
        try landmarks(in: image, region: Self.region(of: detection))
    }

    /// The mesh of the face in `region`.
    public func landmarks(in image: Image, region: Region) throws -> FaceLandmarks {
        try model.withInput(0) { sampler.sample(image, region, into: $0) }
        attention?.restart()
        try model.run()
        var raw = try model.withOutput(0) { values in
            (0..<Self.pointCount).map {
                Vector3(values[3 * $0], values[3 * $0 + 1], values[3 * $0 + 2])
            }
        }
        var irises: [[Vector3]] = [[], []]
        if attention != nil {
            for (k, part) in Self.parts.enumerated() {
                try model.withOutput(1 + k) { values in
                    for (i, point) in part.points.enumerated() {
                        raw[point].x = values[2 * i]
                        raw[point].y = values[2 * i + 1]
                    }
                }
            }
            irises = try [1, 2].map { eye in
                // An iris is as deep as the rim of its eye is on average.
                let rim = Self.parts[eye].points.prefix(16)
                let depth = rim.reduce(0) { $0 + raw[$1].z } / Float(rim.count)
                return try model.withOutput(3 + eye) { values in
                    (0..<5).map { Vector3(values[2 * $0], values[2 * $0 + 1], depth) }
                }
            }
        }
        let places = ([raw] + irises).map {
            region.places(of: $0, tensorWidth: sampler.width, height: sampler.height)
        }
        let score = try model.withOutput(model.outputs.count - 1) { $0[0] }
        var face = FaceLandmarks(
            points: region.pixels(places[0]), rightIris: region.pixels(places[1]),
            leftIris: region.pixels(places[2]), score: sigmoid(score))
        face.next = Self.region(around: places.joined(), unit: region.unit)
        return face
    }

    /// Half as large again as the detector's box, a square, upright along the eyes.
    public static func region(of detection: Detection) -> Region {
        var region = detection.region
        region.rotation = Region.rotation(
            from: detection.keypoints[0], to: detection.keypoints[1], target: 0)
        return region.transformed(scale: 1.5)
    }

    /// The region in which to look for a face whose points are known, as from the frame before.
    public static func region(of landmarks: FaceLandmarks) -> Region {
        landmarks.next ?? region(around: landmarks.allPoints, unit: Vector2(1, 1))
    }

    private static func region(around points: some Collection<Vector3>, unit: Vector2) -> Region {
        let places = points.map(\.planar)
        var region = Region(around: places, unit: unit)
        region.rotation = Region.rotation(
            from: places[33] * unit, to: places[263] * unit, target: 0)
        return region.transformed(scale: 1.5)
    }
}
