import Spatial

/// Means over square windows in time that does not depend on their size.
enum BoxFilter {
    /// The mean of each sample's (2·radius + 1)² neighbourhood, of its part inside the plane.
    static func mean(_ plane: [Float], width: Int, height: Int, radius: Int) -> [Float] {
        let rows = meanAlongRows(plane, width: width, height: height, radius: radius)
        return meanAlongColumns(rows, width: width, height: height, radius: radius)
    }

    private static func meanAlongRows(
        _ plane: [Float], width: Int, height: Int, radius: Int
    ) -> [Float] {
        [Float](unsafeUninitializedCapacity: width * height) { target, count in
            nonisolated(unsafe) let target = target
            plane.withUnsafeBufferPointer { source in
                nonisolated(unsafe) let source = source
                parallelFor(height, grain: 16) { rows, _ in
                    for y in rows {
                        let row = y * width
                        // Sums in double: a running sum in single precision drifts along a long row.
                        var sum = 0.0
                        for x in 0..<min(radius, width) { sum += Double(source[row + x]) }
                        for x in 0..<width {
                            if x + radius < width { sum += Double(source[row + x + radius]) }
                            if x > radius { sum -= Double(source[row + x - radius - 1]) }
                            let n = min(x + radius, width - 1) - max(x - radius, 0) + 1
                            target[row + x] = Float(sum / Double(n))
                        }
                    }
                }
            }
            count = width * height
        }
    }

    private static func meanAlongColumns(
        _ plane: [Float], width: Int, height: Int, radius: Int
    ) -> [Float] {
        [Float](unsafeUninitializedCapacity: width * height) { target, count in
            nonisolated(unsafe) let target = target
            plane.withUnsafeBufferPointer { source in
                nonisolated(unsafe) let source = source
                parallelFor(width, grain: 64) { columns, _ in
                    var sums = [Double](repeating: 0, count: columns.count)
                    for y in 0..<min(radius, height) {
                        for (i, x) in columns.enumerated() {
                            sums[i] += Double(source[y * width + x])
                        }
                    }
                    for y in 0..<height {
                        let enters = y + radius < height
                        let leaves = y > radius
                        let n = min(y + radius, height - 1) - max(y - radius, 0) + 1
                        let scale = 1 / Double(n)
                        for (i, x) in columns.enumerated() {
                            if enters { sums[i] += Double(source[(y + radius) * width + x]) }
                            if leaves { sums[i] -= Double(source[(y - radius - 1) * width + x]) }
                            target[y * width + x] = Float(sums[i] * scale)
                        }
                    }
                }
            }
            count = width * height
        }
    }

    /// Whether any sample within `radius` (a square) is set.
    static func dilate(_ plane: [Bool], width: Int, height: Int, radius: Int) -> [Bool] {
        guard radius > 0 else { return plane }
        return mean(plane.map { $0 ? 1 : 0 }, width: width, height: height, radius: radius)
            .map { $0 > 1e-7 }
    }

    /// Whether all samples within `radius` (a square) are set.
    static func erode(_ plane: [Bool], width: Int, height: Int, radius: Int) -> [Bool] {
        dilate(plane.map { !$0 }, width: width, height: height, radius: radius).map { !$0 }
    }
}
