import Foundation
import Spatial

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// MediaPipe's graph of a hand's 21 points.
public final class HandLandmarker {
    /// The number of points.
    public static let pointCount = 21

    private let model: LiteRTModel
    private let sampler = TensorSampler(width: 224, height: 224)

    /// Loads the graph. Throws `TrackingError`.
    public init(graphs: TrackingGraphs) throws {
        model = try graphs.model("hand_landmark/hand_landmark_full.tflite")
        let count = 3 * Self.pointCount
        try model.require(
            inputs: [[1, 224, 224, 3]], outputs: [[1, count], [1, 1], [1, 1], [1, count]])
    }

    /// The points of the hand in `region`.
    public func landmarks(in image: Image, region: Region) throws -> HandLandmarks {
        try model.withInput(0) {
            sampler.sample(image, region.padded(toAspectOf: 224, 224), into: $0)
        }
        try model.run()
        let places = try model.withOutput(0) { values in
            region.places(
                of: (0..<Self.pointCount).map { i in
                    Vector3(values[3 * i], values[3 * i + 1], values[3 * i + 2])
                }, tensorWidth: 224, height: 224, isLetterboxed: true, depth: 0.4)
        }
        let world = try model.withOutput(3) { values in
            (0..<Self.pointCount).map { i in
                let planar = region.rotated(Vector2(values[3 * i], values[3 * i + 1]))
                return Vector3(planar.x, planar.y, values[3 * i + 2])
            }
        }
        // The graph takes the picture for a mirrored one, and says how surely it shows a left hand.
        let own = try model.withOutput(2) { $0[0] }
        var hand = HandLandmarks(
            points: region.pixels(places), world: world, score: try model.withOutput(1) { $0[0] },
            side: own > 0.5 ? .right : .left, sideScore: max(own, 1 - own))
        hand.next = Self.region(around: places, unit: region.unit)
        return hand
    }

    /// The square about a palm that was found, upright along the line from the wrist to the middle
    /// finger's knuckle, with room for the fingers.
    public static func region(of detection: Detection) -> Region {
        var region = detection.region
        region.rotation = Region.rotation(
            from: detection.keypoints[0], to: detection.keypoints[2], target: .pi / 2)
        return region.transformed(scale: 2.6, shift: Vector2(0, -0.5))
    }

    /// The points that move least when fingers do: wrist, thumb without its tip, and knuckle and
    /// middle joint of each finger.
    private static let steady: [HandPoint] = [
        .wrist, .thumbBase, .thumbKnuckle, .thumbJoint, .indexKnuckle, .indexMiddle, .middleKnuckle,
        .middleMiddle, .ringKnuckle, .ringMiddle, .littleKnuckle, .littleMiddle,
    ]

    /// The region in which to look for a hand whose points are known, as from the frame before:
    /// MediaPipe's HandLandmarksToRect.
    public static func region(of hand: HandLandmarks) -> Region {
        hand.next ?? region(around: hand.points, unit: Vector2(1, 1))
    }

    /// The same from points in `unit`, the size of the picture in pixels.
    private static func region(around points: [Vector3], unit: Vector2) -> Region {
        func point(_ name: HandPoint) -> Vector2 { points[name.rawValue].planar }
        let knuckles =
            ((point(.indexKnuckle) + point(.ringKnuckle)) / 2 + point(.middleKnuckle)) / 2
        let rotation = Region.rotation(
            from: point(.wrist) * unit, to: knuckles * unit, target: .pi / 2)
        let upright = Region.bounds(steady.lazy.map(point))
        let centre = (upright.high + upright.low) / 2
        // In the hand's own frame, in pixels from the centre.
        let back = Region.normalised(-rotation)
        let (low, high) = Region.bounds(
            steady.lazy.map { Region.turned((point($0) - centre) * unit, by: back) })
        return Region(
            place: (Region.turned((high + low) / 2, by: rotation) + unit * centre) / unit,
            extent: (high - low) / unit, rotation: rotation, unit: unit
        ).transformed(scale: 2, shift: Vector2(0, -0.1))
    }
}
