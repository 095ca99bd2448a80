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
        let origin = region.point(at: .zero)
        let right = (region.point(at: Vector2(1, 0)) - origin) / Float(width)
        let down = (region.point(at: Vector2(0, 1)) - origin) / Float(height)
        let (scale, offset) = ((range.upperBound - range.lowerBound) / 255, range.lowerBound)
        let (columns, rows, plane) = (image.width, image.height, image.pixelCount)
        let isZeroOutside = border == .zero
        image.samples.withUnsafeBufferPointer { samples in
            for y in 0..<height {
                for x in 0..<width {
                    let exact = origin + Float(x) * right + Float(y) * down
                    let point = (exact * 32).rounded(.toNearestOrAwayFromZero) / 32
                    let low = point.rounded(.down)
                    let part = point - low
                    // Clamped before the conversion: a region may lie far outside.
                    let x0 = Int(min(max(low.x, -2), Float(columns)))
                    let y0 = Int(min(max(low.y, -2), Float(rows)))
                    let element = (y * width + x) * 3
                    for channel in 0..<3 {
                        func pixel(_ px: Int, _ py: Int) -> Float {
                            let isOutside = px < 0 || px >= columns || py < 0 || py >= rows
                            if isOutside && isZeroOutside { return 0 }
                            let (cx, cy) = (min(max(px, 0), columns - 1), min(max(py, 0), rows - 1))
                            return samples[channel * plane + cy * columns + cx]
                        }
                        let top = pixel(x0, y0) * (1 - part.x) + pixel(x0 + 1, y0) * part.x
                        let bottom =
                            pixel(x0, y0 + 1) * (1 - part.x) + pixel(x0 + 1, y0 + 1) * part.x
                        let value = top * (1 - part.y) + bottom * part.y
                        tensor[element + channel] = (value * 255).rounded() * scale + offset
                    }
                }
            }
        }
    }
}
