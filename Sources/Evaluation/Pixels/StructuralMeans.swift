import Spatial

/// The means of structural similarity and of its part of contrast and structure over the places of the
/// window: what `SSIM` and `MSSSIM` are made of.
///
/// With s = x + y and d = x − y, 2·cov = (var s − var d)/2 and var x + var y = (var s + var d)/2, and
/// likewise for the means' products: four filtered planes instead of five, equal images give 1 exactly,
/// and single precision is enough. Blocks of rows go to all threads; the result does not depend on them.
struct StructuralMeans {
    let similarity: Double
    let contrast: Double

    private static let blockRows = 32

    /// - Parameters:
    ///   - border: what lies outside the images.
    ///   - inset: pixels at the border that do not count.
    ///   - mask: counts where it exceeds ½, besides.
    init(
        _ image: Image, _ reference: Image, border: StructuralWindow.Border, inset: Int = 0,
        mask: Image? = nil
    ) {
        let (width, height) = (image.width, image.height)
        let blocks = (height + Self.blockRows - 1) / Self.blockRows
        var sums = [Sums](repeating: Sums(), count: image.channels * blocks)
        image.samples.withUnsafeBufferPointer { x in
            reference.samples.withUnsafeBufferPointer { y in
                sums.withUnsafeMutableBufferPointer { sums in
                    // Sound: each item writes its own sums.
                    nonisolated(unsafe) let target = sums
                    nonisolated(unsafe) let planes = (x.baseAddress, y.baseAddress)
                    parallelFor(sums.count) { item, _ in
                        let (channel, block) = item.quotientAndRemainder(dividingBy: blocks)
                        guard let x = planes.0, let y = planes.1 else { return }
                        let plane = channel * width * height
                        let rows =
                            block * Self.blockRows..<min(height, (block + 1) * Self.blockRows)
                        target[item] = Self.sums(
                            x + plane, y + plane, width: width, height: height, rows: rows,
                            border: border, inset: inset, mask: mask)
                    }
                }
            }
        }
        let total = sums.reduce(into: Sums()) { $0.add($1) }
        similarity = total.similarity / Double(total.count)
        contrast = total.contrast / Double(total.count)
    }

    private struct Sums {
        var (similarity, contrast, count) = (0.0, 0.0, 0)

        mutating func add(_ other: Sums) {
            similarity += other.similarity
            contrast += other.contrast
            count += other.count
        }
    }

    private static func sums(
        _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, width: Int, height: Int,
        rows: Range<Int>, border: StructuralWindow.Border, inset: Int, mask: Image?
    ) -> Sums {
        let window = StructuralWindow(width: width, height: height, border: border)
        let size = rows.count * width
        let planes = UnsafeMutablePointer<Float>.allocate(capacity: 4 * size)
        defer { planes.deallocate() }
        // About the middle of the range, where squares lose the least.
        window.blur(rows: rows, into: planes) { start, row in
            for k in 0..<width { row[k] = x[start + k] + y[start + k] - 1 }
        }
        window.blur(rows: rows, into: planes + size) { start, row in
            for k in 0..<width { row[k] = x[start + k] - y[start + k] }
        }
        window.blur(rows: rows, into: planes + 2 * size) { start, row in
            for k in 0..<width {
                let sum = x[start + k] + y[start + k] - 1
                row[k] = sum * sum
            }
        }
        window.blur(rows: rows, into: planes + 3 * size) { start, row in
            for k in 0..<width {
                let difference = x[start + k] - y[start + k]
                row[k] = difference * difference
            }
        }
        let (c1, c2): (Float, Float) = (0.01 * 0.01, 0.03 * 0.03)
        // The similarity takes the place of the first plane, the contrast that of the second.
        for i in 0..<size {
            let (s, d) = (planes[i], planes[size + i])
            let varianceS = planes[2 * size + i] - s * s
            let varianceD = planes[3 * size + i] - d * d
            let (squareS, squareD) = ((s + 1) * (s + 1), d * d)
            let contrast =
                (0.5 * (varianceS - varianceD) + c2) / (0.5 * (varianceS + varianceD) + c2)
            let luminance =
                (0.5 * (squareS - squareD) + c1) / (0.5 * (squareS + squareD) + c1)
            planes[i] = luminance * contrast
            planes[size + i] = contrast
        }
        var sums = Sums()
        guard width > 2 * inset else { return sums }
        for row in rows where row >= inset && row < height - inset {
            let start = (row - rows.lowerBound) * width
            for column in inset..<width - inset {
                if let mask, mask.samples[row * width + column] <= 0.5 { continue }
                sums.similarity += Double(planes[start + column])
                sums.contrast += Double(planes[size + start + column])
                sums.count += 1
            }
        }
        return sums
    }
}
