import Foundation
import Spatial

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Something found by a detector, in pixels of the picture.
public struct Detection: Equatable, Sendable {
    /// How sure the detector is, 0…1.
    public var score: Float
    /// The box around it.
    public var box: Box
    /// The detector's key points.
    public var keypoints: [Vector2]

    /// What the graph's own numbers give.
    private struct Exact: Equatable {
        /// The upright region of the box.
        var region: Region
        /// The key points, in the region's unit.
        var keypoints: [Vector2]
    }
    private var exact: Exact?

    public init(score: Float, box: Box, keypoints: [Vector2]) {
        self.score = score
        self.box = box
        self.keypoints = keypoints
    }

    /// The upright region of the box.
    var region: Region { exact?.region ?? Region(box) }

    /// The upright region around the key points.
    var core: Region {
        let (low, high) = Region.bounds(exact?.keypoints ?? keypoints)
        return Region(place: (low + high) / 2, extent: high - low, unit: region.unit)
    }

    /// MediaPipe's weighted suppression: of detections that overlap the best one by more than
    /// `threshold`, one remains, with the best score and the mean of boxes and key points weighted by
    /// score; then the same among the rest. Best first.
    public static func merged(_ detections: [Detection], overlap threshold: Float = 0.3)
        -> [Detection]
    {
        var rest = detections.sorted { $0.score > $1.score }
        var result: [Detection] = []
        while let best = rest.first {
            var others: [Detection] = []
            var mean = Detection(
                score: 0, box: Box(minimum: .zero, maximum: .zero),
                keypoints: best.keypoints.map { _ in .zero })
            for detection in rest {
                let isSame = detection.box.overlap(with: best.box) > threshold
                // The best one goes even if its box is empty, or the loop would not end.
                if !isSame && detection != best {
                    others.append(detection)
                    continue
                }
                mean.score += detection.score
                mean.box.minimum += detection.score * detection.box.minimum
                mean.box.maximum += detection.score * detection.box.maximum
                for i in mean.keypoints.indices {
                    mean.keypoints[i] += detection.score * detection.keypoints[i]
                }
            }
            let total = mean.score
            guard total > 0 else { return result }
            mean.score = best.score
            mean.box.minimum /= total
            mean.box.maximum /= total
            mean.keypoints = mean.keypoints.map { $0 / total }
            result.append(mean)
            rest = others
        }
        return result
    }

    /// The detection with its coordinates, fractions of a tensor that shows the whole picture between
    /// margins, as pixels of the picture: MediaPipe's DetectionLetterboxRemoval.
    ///
    /// - Parameters:
    ///   - margin: Each margin, as a share of the tensor.
    ///   - unit: The picture's size.
    func placed(margin: Vector2, unit: Vector2) -> Detection {
        let rest = 1 - (margin + margin)
        return placed(
            low: (box.minimum - margin) / rest, extent: box.size / rest,
            keypoints: keypoints.map { ($0 - margin) / rest }, unit: unit)
    }

    /// The detection with its coordinates, fractions of a tensor that shows `region`, as pixels of a
    /// picture of size `unit`: MediaPipe's DetectionProjection. The box becomes the upright box around
    /// its rotated corners.
    func placed(in region: Region, unit: Vector2) -> Detection {
        let (size, half) = (region.size, 0.5 * region.size)
        let (share, c, s) = (1 / unit, cos(region.rotation), sin(region.rotation))
        let across = Vector2(size.x * c, size.x * s) * share
        let along = Vector2(-size.y * s, size.y * c) * share
        let origin =
            Vector2(
                -half.x * c + half.y * s + region.centre.x,
                -half.y * c - half.x * s + region.centre.y) * share
        func place(_ point: Vector2) -> Vector2 { point.x * across + point.y * along + origin }
        let (low, high) = (box.minimum, box.minimum + box.size)
        let corners = [low, Vector2(high.x, low.y), high, Vector2(low.x, high.y)].map(place)
        let upright = Box(around: corners) ?? box
        return placed(
            low: upright.minimum, extent: upright.size, keypoints: keypoints.map(place), unit: unit)
    }

    private func placed(low: Vector2, extent: Vector2, keypoints: [Vector2], unit: Vector2)
        -> Detection
    {
        var result = self
        result.box = Box(minimum: low * unit, maximum: (low + extent) * unit)
        result.keypoints = keypoints.map { $0 * unit }
        result.exact = Exact(
            region: Region(place: low + extent / 2, extent: extent, unit: unit),
            keypoints: keypoints)
        return result
    }
}
