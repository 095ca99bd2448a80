extension PNG {
    /// A sub-image of its own rows: the whole image, or one of seven interlaced ones (section 8.1).
    struct Pass {
        var width: Int
        var height: Int
        var x: Int
        var y: Int
        var xStep: Int
        var yStep: Int
    }

    /// Undoes the filters of a pass in place (section 9.2).
    static func unfilter(
        _ rows: inout [UInt8], from start: Int, _ pass: Pass, _ header: Header, name: String
    ) throws {
        let length = header.rowBytes(pass.width)
        let pixel = max(1, header.bitsPerPixel / 8)
        let refused = rows.withUnsafeMutableBytes { all -> UInt8? in
            for y in 0..<pass.height {
                let row = start + y * (length + 1)
                let filter = all[row]
                guard filter <= 4 else { return filter }
                if filter == 0 { continue }
                let line = UnsafeMutableRawBufferPointer(rebasing: all[row + 1..<row + 1 + length])
                let above =
                    y == 0
                    ? nil
                    : UnsafeRawBufferPointer(
                        rebasing: all[row - length..<row])
                unfilter(line, above, filter, pixel)
            }
            return nil
        }
        if let refused { throw damaged(name, "a row filter \(refused)", "one of 0 to 4") }
    }

    private static func unfilter(
        _ line: UnsafeMutableRawBufferPointer, _ above: UnsafeRawBufferPointer?, _ filter: UInt8,
        _ pixel: Int
    ) {
        switch (filter, above) {
        case (1, _):
            for i in stride(from: pixel, to: line.count, by: 1) { line[i] &+= line[i - pixel] }
        case (2, let above?):
            for i in 0..<line.count { line[i] &+= above[i] }
        case (3, _):
            for i in 0..<line.count {
                let left = i >= pixel ? UInt16(line[i - pixel]) : 0
                line[i] &+= UInt8((left + UInt16(above?[i] ?? 0)) / 2)
            }
        case (4, let above?):
            for i in 0..<min(pixel, line.count) { line[i] &+= above[i] }
            for i in stride(from: pixel, to: line.count, by: 1) {
                line[i] &+= paeth(line[i - pixel], above[i], above[i - pixel])
            }
        case (4, nil):
            // With nothing above, the predictor is the left one.
            for i in stride(from: pixel, to: line.count, by: 1) { line[i] &+= line[i - pixel] }
        default: break
        }
    }

    /// Of left, above and above-left the one nearest to left + above − above-left (section 9.4).
    @inline(__always)
    static func paeth(_ left: UInt8, _ above: UInt8, _ corner: UInt8) -> UInt8 {
        let (a, b, c) = (Int16(left), Int16(above), Int16(corner))
        let (toLeft, toAbove, toCorner) = (abs(b - c), abs(a - c), abs(a + b - 2 * c))
        if toLeft <= toAbove && toLeft <= toCorner { return left }
        return toAbove <= toCorner ? above : corner
    }

    /// Rows without the filter's number in front of each.
    static func withoutFilters(_ rows: [UInt8], rowBytes: Int) -> [UInt8] {
        let count = rows.count / (rowBytes + 1)
        return [UInt8](unsafeUninitializedCapacity: count * rowBytes) { target, filled in
            rows.withUnsafeBufferPointer { source in
                for y in 0..<count {
                    let row = source[y * (rowBytes + 1) + 1..<(y + 1) * (rowBytes + 1)]
                    _ = target[(y * rowBytes)...].update(fromContentsOf: row)
                }
            }
            filled = count * rowBytes
        }
    }

    /// Unpacks the samples of a pass to where they lie in the image.
    static func scatter(
        _ rows: [UInt8], from start: Int, _ pass: Pass, _ header: Header,
        into values: inout [UInt16]
    ) {
        let length = header.rowBytes(pass.width)
        let (samples, depth) = (header.colour.sampleCount, header.bitDepth)
        let mask = UInt16(truncatingIfNeeded: (1 << depth) - 1)
        rows.withUnsafeBufferPointer { rows in
            values.withUnsafeMutableBufferPointer { values in
                for y in 0..<pass.height {
                    let row = start + y * (length + 1) + 1
                    let targetRow = (pass.y + y * pass.yStep) * header.width
                    for x in 0..<pass.width {
                        let target = (targetRow + pass.x + x * pass.xStep) * samples
                        for s in 0..<samples {
                            let i = x * samples + s
                            switch depth {
                            case 8: values[target + s] = UInt16(rows[row + i])
                            case 16:
                                values[target + s] =
                                    UInt16(rows[row + 2 * i]) << 8 | UInt16(rows[row + 2 * i + 1])
                            default:
                                let bit = i * depth
                                let shift = 8 - depth - bit % 8
                                values[target + s] =
                                    UInt16(rows[row + bit / 8]) >> UInt16(shift) & mask
                            }
                        }
                    }
                }
            }
        }
    }
}

extension PNG.Header {
    /// The sub-images in the order of the file; empty ones have no rows.
    var passes: [PNG.Pass] {
        if !isInterlaced {
            return [PNG.Pass(width: width, height: height, x: 0, y: 0, xStep: 1, yStep: 1)]
        }
        let starts = [
            (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
            (0, 1, 1, 2),
        ]
        return starts.compactMap { x, y, xStep, yStep in
            let passWidth = (width - x + xStep - 1) / xStep
            let passHeight = (height - y + yStep - 1) / yStep
            if passWidth <= 0 || passHeight <= 0 { return nil }
            return PNG.Pass(
                width: passWidth, height: passHeight, x: x, y: y, xStep: xStep, yStep: yStep)
        }
    }
}
