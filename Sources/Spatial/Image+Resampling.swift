extension Image {
    /// The image at another size.
    ///
    /// Each axis is filtered by a triangle as wide as the larger of the two pixel pitches: bilinear
    /// interpolation when it grows, an antialiased average when it shrinks. Cost is
    /// O(pixels · max(1, reduction)) for each axis.
    public func resized(width newWidth: Int, height newHeight: Int) -> Image {
        precondition(newWidth > 0 && newHeight > 0 && width > 0 && height > 0, "no empty image")
        if newWidth == width && newHeight == height { return self }
        let columns = ResamplingTaps(from: width, to: newWidth)
        let rows = ResamplingTaps(from: height, to: newHeight)

        let narrowed = [Float](unsafeUninitializedCapacity: newWidth * height * channels) {
            buffer, count in
            nonisolated(unsafe) let target = buffer
            parallelFor(height * channels, grain: 16) { lines, _ in
                for line in lines {
                    for x in 0..<newWidth {
                        var sum: Float = 0
                        for tap in columns.range(x) {
                            sum +=
                                samples[line * width + columns.first[x] + tap]
                                * columns.weights[columns.offset(x) + tap]
                        }
                        target[line * newWidth + x] = sum
                    }
                }
            }
            count = buffer.count
        }
        let resampled = [Float](unsafeUninitializedCapacity: newWidth * newHeight * channels) {
            buffer, count in
            nonisolated(unsafe) let target = buffer
            parallelFor(newHeight * channels, grain: 16) { lines, _ in
                for line in lines {
                    let (channel, y) = line.quotientAndRemainder(dividingBy: newHeight)
                    for x in 0..<newWidth { target[line * newWidth + x] = 0 }
                    for tap in rows.range(y) {
                        let source = (channel * height + rows.first[y] + tap) * newWidth
                        let weight = rows.weights[rows.offset(y) + tap]
                        for x in 0..<newWidth {
                            target[line * newWidth + x] += narrowed[source + x] * weight
                        }
                    }
                }
            }
            count = buffer.count
        }
        return Image(width: newWidth, height: newHeight, channels: channels, samples: resampled)
    }

    /// A rectangle of the image. Where it reaches outside, `outside` fills it, or the border
    /// repeats if that is nil.
    public func cropped(
        x: Int, y: Int, width newWidth: Int, height newHeight: Int, outside: Float? = nil
    ) -> Image {
        var result = Image(width: newWidth, height: newHeight, channels: channels)
        for channel in 0..<channels {
            for row in 0..<newHeight {
                for column in 0..<newWidth {
                    let (sx, sy) = (x + column, y + row)
                    let isInside = sx >= 0 && sx < width && sy >= 0 && sy < height
                    if !isInside, let outside {
                        result[column, row, channel] = outside
                    } else {
                        result[column, row, channel] =
                            self[
                                min(max(sx, 0), width - 1), min(max(sy, 0), height - 1), channel]
                    }
                }
            }
        }
        return result
    }
}

/// For each output position of one axis, the run of input positions it averages and their weights.
private struct ResamplingTaps {
    private(set) var first: [Int] = []
    private(set) var weights: [Float] = []
    private var counts: [Int] = []
    private var offsets: [Int] = []

    init(from source: Int, to target: Int) {
        let scale = Float(source) / Float(target)
        let radius = max(1, scale)
        for i in 0..<target {
            let centre = (Float(i) + 0.5) * scale - 0.5
            let low = max(0, Int((centre - radius).rounded(.up)))
            let high = min(source - 1, Int((centre + radius).rounded(.down)))
            let run = (low...max(low, high)).map { max(0, 1 - abs(Float($0) - centre) / radius) }
            let sum = run.reduce(0, +)
            first.append(low)
            offsets.append(weights.count)
            counts.append(run.count)
            weights += sum > 0 ? run.map { $0 / sum } : run.map { _ in 1 / Float(run.count) }
        }
    }

    func range(_ i: Int) -> Range<Int> { 0..<counts[i] }
    func offset(_ i: Int) -> Int { offsets[i] }
}
