import Spatial

/// MediaPipe's iris graph: the rim of an eye, the brow's edge and the iris, from a mesh without them.
///
/// The attention mesh has irises of its own; this graph looks more closely, at both eyes one by one.
public final class IrisLandmarker {
    /// What was found of one eye.
    public struct Eye: Equatable, Sendable {
        /// 71 points in MediaPipe's order, the first 16 of them the rim of the eye: x and y in pixels
        /// of the picture, z in the same unit.
        public var contour: [Vector3]
        /// The iris: its middle, then its rim to the right, up, left and down (of the eye as it is in
        /// the picture's left half; mirrored for the other one).
        public var iris: [Vector3]
    }

    private let model: LiteRTModel
    private let sampler = TensorSampler(width: 64, height: 64)

    /// Loads the graph. Throws `TrackingError`.
    public init(graphs: TrackingGraphs) throws {
        model = try graphs.model("iris_landmark/iris_landmark.tflite")
        try model.require(inputs: [[1, 64, 64, 3]], outputs: [[1, 213], [1, 15]])
    }

    /// The person's eyes, right and left, of a face whose mesh is known.
    public func landmarks(in image: Image, face: FaceLandmarks) throws -> (right: Eye, left: Eye) {
        // The corners of each eye, from the picture's left.
        (
            right: try eye(
                in: image, from: face.points[33], to: face.points[133], isMirrored: false),
            left: try eye(in: image, from: face.points[362], to: face.points[263], isMirrored: true)
        )
    }

    private func eye(in image: Image, from a: Vector3, to b: Vector3, isMirrored: Bool) throws
        -> Eye
    {
        let corners = Box(around: [a.planar, b.planar])
        var region = Region(corners ?? Box(minimum: .zero, maximum: .zero))
        region.rotation = Region.rotation(from: a.planar, to: b.planar, target: 0)
        region = region.transformed(scale: 2.3)
        // The graph knows one eye: the other one is shown to it in the mirror.
        try model.withInput(0) {
            sampler.sample(image, region, into: $0)
            if isMirrored { Self.mirror($0, side: sampler.width) }
        }
        try model.run()
        func points(_ output: Int) throws -> [Vector3] {
            try model.withOutput(output) { values in
                let raw = (0..<values.count / 3).map { i in
                    let x = values[3 * i]
                    return Vector3(isMirrored ? 64 - x : x, values[3 * i + 1], values[3 * i + 2])
                }
                return region.pixels(region.places(of: raw, tensorWidth: 64, height: 64))
            }
        }
        return Eye(contour: try points(0), iris: try points(1))
    }

    /// Turns each row of [side, side, 3] about.
    private static func mirror(_ tensor: UnsafeMutableBufferPointer<Float>, side: Int) {
        for row in 0..<side {
            for x in 0..<side / 2 {
                for channel in 0..<3 {
                    tensor.swapAt(
                        (row * side + x) * 3 + channel,
                        (row * side + side - 1 - x) * 3 + channel)
                }
            }
        }
    }
}
