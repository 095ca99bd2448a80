import Spatial

/// Prepares measured depth for the fit: noise out, edges kept, unknown stays unknown.
enum DepthFilter {
    /// Pixels on each side of the one in the middle.
    private static let reach = 2
    /// Neighbours on the same surface without which a pixel is taken for one that flies between two.
    private static let leastSupport = 6

    /// How far two depths of one surface may be apart, millimetres: sensors' noise grows with the
    /// square of the distance.
    private static func tolerance(at depth: Float) -> Float {
        min(100, 10 + 15e-6 * depth * depth)
    }

    /// Depth smoothed within each surface: a bilateral filter over 5×5 pixels.
    ///
    /// Weights are Tukey's biweight of the difference in depth. Pixels between two surfaces, where a
    /// sensor mixes both, become unknown. Cost: O(pixels).
    ///
    /// - Parameter depth: Millimetres, one channel; 0 where not known.
    static func smoothed(_ depth: Image) -> Image {
        precondition(depth.channels == 1)
        var result = depth
        let (width, height) = (depth.width, depth.height)
        depth.samples.withUnsafeBufferPointer { source in
            result.samples.withUnsafeMutableBufferPointer { target in
                nonisolated(unsafe) let (source, target) = (source, target)
                parallelFor(height, grain: 32) { lines, _ in
                    for y in lines {
                        for x in 0..<width where source[y * width + x] > 0 {
                            target[y * width + x] = mean(source, x, y, width, height)
                        }
                    }
                }
            }
        }
        return result
    }

    private static func mean(
        _ source: UnsafeBufferPointer<Float>, _ x: Int, _ y: Int, _ width: Int, _ height: Int
    ) -> Float {
        let own = source[y * width + x]
        let inverse = 1 / tolerance(at: own)
        var (sum, total, support): (Float, Float, Int) = (0, 0, -1)
        for row in max(0, y - reach)...min(height - 1, y + reach) {
            for column in max(0, x - reach)...min(width - 1, x + reach) {
                let value = source[row * width + column]
                let difference = (value - own) * inverse
                let rest = 1 - difference * difference
                guard value > 0, rest > 0 else { continue }
                let weight = rest * rest
                sum += weight * (value - own)
                total += weight
                support += 1
            }
        }
        return support < leastSupport ? 0 : own + sum / total
    }

    /// Depth in cells of a smaller picture, whole millimetres: the median of what is known under each
    /// cell, and unknown where less than a quarter is.
    static func reduced(_ depth: Image, width: Int, height: Int) -> [UInt16] {
        var cells = [UInt16](repeating: 0, count: width * height)
        var known: [Float] = []
        for y in 0..<height {
            let rows = span(y, of: height, in: depth.height)
            for x in 0..<width {
                let columns = span(x, of: width, in: depth.width)
                known.removeAll(keepingCapacity: true)
                for row in rows {
                    for column in columns {
                        let value = depth.samples[row * depth.width + column]
                        if value > 0 { known.append(value) }
                    }
                }
                guard 4 * known.count >= rows.count * columns.count, !known.isEmpty else {
                    continue
                }
                known.sort()
                cells[y * width + x] = UInt16(min(known[known.count / 2].rounded(), 65535))
            }
        }
        return cells
    }

    /// The pixels under a cell; at least one.
    private static func span(_ cell: Int, of cells: Int, in pixels: Int) -> Range<Int> {
        let first = cell * pixels / cells
        return first..<max(first + 1, (cell + 1) * pixels / cells)
    }
}
