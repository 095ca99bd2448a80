import Spatial

/// Something found by a detector, in pixels of the picture.
public struct Detection: Equatable, Sendable {
    /// How sure the detector is, 0…1.
    public var score: Float
    /// The box around it.
    public var box: Box
    /// The detector's key points.
    public var keypoints: [Vector2]

    public init(score: Float, box: Box, keypoints: [Vector2]) {
        self.score = score
        self.box = box
        self.keypoints = keypoints
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

    /// The detection with its coordinates, fractions of `region`, as pixels of the picture; the box
    /// becomes the upright box around its rotated corners.
    func placed(in region: Region) -> Detection {
        let (low, high) = (box.minimum, box.maximum)
        let corners = [low, Vector2(high.x, low.y), high, Vector2(low.x, high.y)]
        var result = self
        result.box = Box(around: corners.map(region.point(at:))) ?? box
        result.keypoints = keypoints.map(region.point(at:))
        return result
    }
}
