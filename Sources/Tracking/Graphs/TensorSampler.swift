import Foundation
import Spatial

/// Shows a region of a picture to a graph: MediaPipe's ImageToTensor.
///
/// The reference samples at 1/32 of a pixel into bytes. So does this, because far outside a picture
/// the pose graph turns a difference of half a grey level into several pixels.
struct TensorSampler {
    /// What lies beyond the picture.
    enum Border {
        case zero
        case replicate
    }

    /// Width of the tensor in pixels.
    let width: Int
    /// Height of the tensor in pixels.
    let height: Int
    /// What 0 and 1 of the picture become.
    var range: ClosedRange<Float> = 0...1
    /// What lies beyond the picture.
    var border: Border = .replicate

    /// Samples `region` of the first three channels of `image`, bilinearly, into [H, W, 3].
    ///
    /// Element (x, y) is taken at the pixel centre nearest the region's corner plus x and y steps, as
    /// the reference does: its elements stand at the corners of their cells, not in the middle.
    func sample(
        _ image: Image, _ region: Region, into tensor: UnsafeMutableBufferPointer<Float>
    ) {
        precondition(image.channels >= 3 && tensor.count >= width * height * 3)
        guard let map = TensorMap(region, width: width, height: height) else {
            // A graph's noise: such a region shows nothing.
            tensor.update(repeating: range.lowerBound)
            return
        }
        image.samples.withUnsafeBufferPointer { samples in
            nonisolated(unsafe) let source = Source(
                samples: samples, columns: image.width, rows: image.height,
                isZeroOutside: border == .zero)
            nonisolated(unsafe) let tensor = tensor
            parallelFor(height, grain: 32) { lines, _ in
                for y in lines {
                    row(y, of: source, map: map, into: tensor.baseAddress! + y * width * 3)
                }
            }
        }
    }

    /// The picture being sampled.
    private struct Source {
        let samples: UnsafeBufferPointer<Float>
        let columns: Int
        let rows: Int
        let isZeroOutside: Bool

        /// A pixel that may lie beyond the border.
        func pixel(_ x: Int, _ y: Int) -> Vector3 {
            let isOutside = x < 0 || x >= columns || y < 0 || y >= rows
            if isOutside && isZeroOutside { return .zero }
            return self[min(max(y, 0), rows - 1) * columns + min(max(x, 0), columns - 1)]
        }

        @inline(__always)
        subscript(i: Int) -> Vector3 {
            let plane = columns * rows
            return Vector3(samples[i], samples[i + plane], samples[i + 2 * plane])
        }
    }

    private func row(
        _ y: Int, of source: Source, map: TensorMap, into target: UnsafeMutablePointer<Float>
    ) {
        let (scale, offset) = ((range.upperBound - range.lowerBound) / 255, range.lowerBound)
        let (columns, rows) = (source.columns, source.rows)
        // The reference adds steps up anew every so many columns.
        let block = 1024 / min(16, height)
        for first in stride(from: 0, to: width, by: block) {
            let start = map.start(x: first, y: y)
            for x in first..<min(first + block, width) {
                let exact = map.point(x - first, from: start, times: 32)
                let point = Vector2(exact.rounded(.toNearestOrEven)) / 32
                let low = point.rounded(.down)
                let part = point - low
                // Clamped before the conversion: a region may lie far outside.
                let x0 = Int(min(max(low.x, -2), Float(columns)))
                let y0 = Int(min(max(low.y, -2), Float(rows)))
                let (nw, ne, sw, se): (Vector3, Vector3, Vector3, Vector3)
                if x0 >= 0 && y0 >= 0 && x0 + 1 < columns && y0 + 1 < rows {
                    let i = y0 * columns + x0
                    (nw, ne, sw, se) = (
                        source[i], source[i + 1], source[i + columns], source[i + columns + 1]
                    )
                } else {
                    (nw, ne) = (source.pixel(x0, y0), source.pixel(x0 + 1, y0))
                    (sw, se) = (source.pixel(x0, y0 + 1), source.pixel(x0 + 1, y0 + 1))
                }
                let top = nw * (1 - part.x) + ne * part.x
                let bottom = sw * (1 - part.x) + se * part.x
                let mixed = top * (1 - part.y) + bottom * part.y
                // A mixture that is halfway between two grey levels, as one in a thousand is, goes up.
                let level = (mixed * 255 + 0.5004).rounded(.down)
                // The reference multiplies and adds with one rounding, as double precision does here.
                let value =
                    offset == 0
                    ? level * scale
                    : SIMD3<Float>(SIMD3<Double>(level) * Double(scale) + Double(offset))
                target[3 * x] = value.x
                target[3 * x + 1] = value.y
                target[3 * x + 2] = value.z
            }
        }
    }
}
