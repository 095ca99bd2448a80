import Foundation
import Spatial

/// The anchors of a single-shot detector and the decoding of its raw boxes.
struct AnchorDecoder {
    /// The centres of the anchors, fractions of the input.
    let anchors: [Vector2]
    /// The side of the square input in pixels: the scale of the raw boxes.
    let inputSize: Float
    /// How many key points follow a box.
    let keypointCount: Int

    /// Anchors of unit size on grids of the given strides, in the order of MediaPipe's
    /// SsdAnchorsCalculator: layers of equal stride share one grid, row by row, with
    /// `anchorsPerLayer` anchors a layer on every cell.
    init(inputSize: Int, strides: [Int], anchorsPerLayer: Int, keypointCount: Int) {
        var anchors: [Vector2] = []
        var layer = 0
        while layer < strides.count {
            let stride = strides[layer]
            let group = strides[layer...].prefix { $0 == stride }.count
            let cells = (inputSize + stride - 1) / stride
            for y in 0..<cells {
                for x in 0..<cells {
                    let centre = (Vector2(Float(x), Float(y)) + 0.5) / Float(cells)
                    anchors += repeatElement(centre, count: group * anchorsPerLayer)
                }
            }
            layer += group
        }
        self.anchors = anchors
        self.inputSize = Float(inputSize)
        self.keypointCount = keypointCount
    }

    /// Floats of a raw box: centre, size, key points.
    var valuesPerBox: Int { 4 + 2 * keypointCount }

    /// The detections of at least `minimumScore`, merged, in fractions of the input.
    ///
    /// - Parameters:
    ///   - boxes: `anchors.count` × `valuesPerBox`: offsets from the anchor in input pixels.
    ///   - scores: `anchors.count` logits.
    func detections(
        boxes: UnsafeBufferPointer<Float>, scores: UnsafeBufferPointer<Float>,
        minimumScore: Float
    ) -> [Detection] {
        var found: [Detection] = []
        for (i, anchor) in anchors.enumerated() {
            let score = sigmoid(min(max(scores[i], -100), 100))
            guard score >= minimumScore else { continue }
            let raw = i * valuesPerBox
            func vector(_ offset: Int) -> Vector2 {
                Vector2(boxes[raw + offset], boxes[raw + offset + 1]) / inputSize
            }
            let (centre, half) = (vector(0) + anchor, vector(2) / 2)
            let corner = centre - half
            // A box turned inside out or not finite is the graph's noise.
            guard half.x >= 0, half.y >= 0, (centre + half).lengthSquared.isFinite else { continue }
            // The reference keeps a corner and the size, and adds them up again.
            let size = centre + half - corner
            found.append(
                Detection(
                    score: score, box: Box(minimum: corner, maximum: corner + size),
                    keypoints: (0..<keypointCount).map { vector(4 + 2 * $0) + anchor }))
        }
        return Detection.merged(found)
    }
}

/// 1 / (1 + e⁻ˣ).
func sigmoid(_ x: Float) -> Float { 1 / (1 + exp(-x)) }
