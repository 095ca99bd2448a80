import Foundation
import Spatial

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The three operators of MediaPipe's attention mesh: they cut lips and eyes out of a feature map,
/// upright and at a fixed size, and put the points found there back.
final class AttentionOperators {
    /// Where the file face_landmark_with_attention.tflite says that the operators have version 2
    /// (little-endian words). LiteRT registers whatever it is given as version 1, so the graph is made
    /// to ask for that.
    static let versionOffsets = [2_494_968, 2_494_912, 2_494_872]

    /// A part that the graph looks at closely.
    struct Part {
        /// The mesh's points that the part is made of, in the order of the part's own points.
        let points: [Int]
        /// The points that say how it is turned.
        let left: Int
        let right: Int
    }

    /// The side of what is cut out, in cells.
    private static let side = 16

    private var next = 0

    /// Tells that the graph starts from its first node.
    func restart() { next = 0 }

    var all: [CustomOperator] {
        [
            CustomOperator(
                name: "Landmarks2TransformMatrix", version: 1, shape: { _ in [1, 4, 4] },
                body: { [unowned self] inputs, output in
                    let part = FaceMesh.parts[self.next % FaceMesh.parts.count]
                    self.next += 1
                    Self.matrix(of: part, points: inputs[0].values, into: output)
                }),
            CustomOperator(
                name: "TransformTensorBilinear", version: 1,
                shape: { [1, Self.side, Self.side, $0[0].last ?? 1] },
                body: { inputs, output in
                    Self.resample(inputs[0], matrix: inputs[1].values, into: output)
                }),
            CustomOperator(
                name: "TransformLandmarks", version: 1, shape: { $0[0] },
                body: { inputs, output in
                    Self.transform(inputs[0], matrix: inputs[1].values, into: output)
                }),
        ]
    }

    /// The map from the cut-out's cells to the points' space: T(centre) · R · S · T(−half a side),
    /// where the box about the part, level with its two named points, is enlarged by one half.
    private static func matrix(
        of part: Part, points: UnsafeBufferPointer<Float>,
        into output: UnsafeMutableBufferPointer<Float>
    ) {
        func point(_ i: Int) -> Vector2 { Vector2(points[3 * i], points[3 * i + 1]) }
        let along = point(part.right) - point(part.left)
        let angle = atan2(along.y, along.x)
        let (c, s) = (cos(angle), sin(angle))
        let level = part.points.lazy.map { Region.turned(point($0), by: -angle) }
        let box = Box(around: level) ?? Box(minimum: .zero, maximum: .zero)
        let centre = Region.turned(box.centre, by: angle)
        let scale = 1.5 * box.size / Float(side)
        let half = Float(side) / 2
        let rows = [Vector2(c * scale.x, -s * scale.y), Vector2(s * scale.x, c * scale.y)]
        output.update(repeating: 0)
        for (r, row) in rows.enumerated() {
            output[4 * r] = row.x
            output[4 * r + 1] = row.y
            output[4 * r + 3] = row.x * -half + row.y * -half + centre[r]
        }
        output[10] = 1
        output[15] = 1
    }

    /// A feature map [1, H, W, C] seen through a matrix: bilinear, zero outside.
    private static func resample(
        _ map: CustomOperator.Input, matrix: UnsafeBufferPointer<Float>,
        into output: UnsafeMutableBufferPointer<Float>
    ) {
        let (height, width, channels) = (map.shape[1], map.shape[2], map.shape[3])
        // Cells are squares about their middles, on both sides. Single and double precision change
        // where they change in the reference.
        func origin(_ row: Int) -> Float {
            let (x, y) = (Double(matrix[row]), Double(matrix[row + 1]))
            return Float(Double(matrix[row + 3]) + (x * 0.5 + y * 0.5 - 0.5))
        }
        let (left, top) = (origin(0), origin(4))
        for y in 0..<side {
            for x in 0..<side {
                let px = matrix[0] * Float(x) + matrix[1] * Float(y) + left
                let py = matrix[4] * Float(x) + matrix[5] * Float(y) + top
                let target = (y * side + x) * channels
                guard px >= 0, py >= 0, px <= Float(width - 1), py <= Float(height - 1) else {
                    for channel in 0..<channels { output[target + channel] = 0 }
                    continue
                }
                let (x0, y0) = (Int(px), Int(py))
                let (x1, y1) = (min(x0 + 1, width - 1), min(y0 + 1, height - 1))
                let (fx, fy) = (px - Float(x0), py - Float(y0))
                for channel in 0..<channels {
                    func cell(_ column: Int, _ row: Int) -> Float {
                        map.values[(row * width + column) * channels + channel]
                    }
                    func mixed(_ a: Float, _ b: Float, _ share: Float) -> Float {
                        Float((1 - Double(share)) * Double(a) + Double(share * b))
                    }
                    let upper = mixed(cell(x0, y0), cell(x1, y0), fx)
                    let lower = mixed(cell(x0, y1), cell(x1, y1), fx)
                    output[target + channel] = mixed(upper, lower, fy)
                }
            }
        }
    }

    /// Points [1, N, 2] moved by a matrix.
    private static func transform(
        _ points: CustomOperator.Input, matrix: UnsafeBufferPointer<Float>,
        into output: UnsafeMutableBufferPointer<Float>
    ) {
        let values = points.values
        for i in stride(from: 0, to: values.count - 1, by: 2) {
            let (x, y) = (values[i], values[i + 1])
            output[i] = matrix[0] * x + matrix[1] * y + matrix[3]
            output[i + 1] = matrix[4] * x + matrix[5] * y + matrix[7]
        }
    }
}
