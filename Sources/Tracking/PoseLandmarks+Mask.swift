import Spatial

extension PoseLandmarks {
    /// The body's share of each pixel of a picture of that size, one channel: the region's outline,
    /// bilinearly, nothing outside. MediaPipe's WarpAffine, which puts elements and pixels at the
    /// corners of their cells.
    public func mask(width: Int, height: Int) -> Image {
        var result = Image(width: width, height: height, channels: 1)
        let (columns, rows) = (segmentation.width, segmentation.height)
        let grid = Vector2(Float(columns), Float(rows))
        let origin = region.fraction(of: .zero) * grid
        let right = region.fraction(of: Vector2(1, 0)) * grid - origin
        let down = region.fraction(of: Vector2(0, 1)) * grid - origin
        let corners = [Vector2(0, 0), Vector2(1, 0), Vector2(0, 1), Vector2(1, 1)]
            .map(region.point(at:))
        guard let box = Box(around: corners), (box.size.x + box.size.y).isFinite else {
            return result
        }
        let left = Int(min(max(box.minimum.x - 2, 0), Float(width)))
        let end = Int(min(max(box.maximum.x + 2, 0), Float(width)))
        let top = Int(min(max(box.minimum.y - 2, 0), Float(height)))
        let bottom = Int(min(max(box.maximum.y + 2, 0), Float(height)))
        guard left < end, top < bottom else { return result }
        result.samples.withUnsafeMutableBufferPointer { target in
            nonisolated(unsafe) let target = target
            segmentation.samples.withUnsafeBufferPointer { source in
                nonisolated(unsafe) let source = source
                parallelFor(bottom - top, grain: 64) { lines, _ in
                    for y in lines.lowerBound + top..<lines.upperBound + top {
                        for x in left..<end {
                            let place = origin + Float(x) * right + Float(y) * down
                            guard place.x > -1, place.y > -1, place.x < grid.x, place.y < grid.y
                            else { continue }
                            let low = place.rounded(.down)
                            let part = place - low
                            let (x0, y0) = (Int(low.x), Int(low.y))
                            func cell(_ column: Int, _ row: Int) -> Float {
                                column >= 0 && row >= 0 && column < columns && row < rows
                                    ? source[row * columns + column] : 0
                            }
                            let above = cell(x0, y0) * (1 - part.x) + cell(x0 + 1, y0) * part.x
                            let below =
                                cell(x0, y0 + 1) * (1 - part.x) + cell(x0 + 1, y0 + 1) * part.x
                            target[y * width + x] = above * (1 - part.y) + below * part.y
                        }
                    }
                }
            }
        }
        return result
    }
}
