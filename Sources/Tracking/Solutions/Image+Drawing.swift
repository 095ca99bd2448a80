import Spatial

extension Image {
    /// Draws a line of round ends over the first three channels.
    ///
    /// - Parameters:
    ///   - width: The line's width, pixels.
    ///   - colour: Display sRGB.
    mutating func drawLine(
        from start: Vector2, to end: Vector2, width lineWidth: Float, colour: Vector3,
        opacity: Float = 1
    ) {
        let reach = lineWidth / 2 + 0.5
        guard (start.lengthSquared + end.lengthSquared).isFinite else { return }
        let low = pointwiseMin(start, end) - reach
        let high = pointwiseMax(start, end) + reach
        func cells(_ from: Float, _ to: Float, _ count: Int) -> Range<Int> {
            let first = Int(min(max(from.rounded(.down), 0), Float(count)))
            return first..<max(first, Int(min(max(to.rounded(.up), 0), Float(count))))
        }
        let along = end - start
        let length = max(along.lengthSquared, 1e-9)
        let count = pixelCount
        for y in cells(low.y, high.y, height) {
            for x in cells(low.x, high.x, self.width) {
                let offset = Vector2(Float(x) + 0.5, Float(y) + 0.5) - start
                let share = min(max(dot(offset, along) / length, 0), 1)
                // Half a pixel of soft edge on both sides.
                let cover = min(max(reach - (offset - share * along).length, 0), 1) * opacity
                guard cover > 0 else { continue }
                for channel in 0..<3 {
                    let i = channel * count + y * self.width + x
                    samples[i] += cover * (colour[channel] - samples[i])
                }
            }
        }
    }

    /// Draws a disc over the first three channels.
    mutating func drawDisc(at centre: Vector2, diameter: Float, colour: Vector3) {
        drawLine(from: centre, to: centre, width: diameter, colour: colour)
    }

    /// Mixes a colour into the first three channels where a mask of the same size says so.
    mutating func tint(_ colour: Vector3, mask: Image, strength: Float) {
        precondition(mask.width == width && mask.height == height && channels >= 3)
        let count = pixelCount
        samples.withUnsafeMutableBufferPointer { samples in
            nonisolated(unsafe) let samples = samples
            mask.samples.withUnsafeBufferPointer { mask in
                nonisolated(unsafe) let mask = mask
                parallelFor(count, grain: 1 << 16) { items, _ in
                    for channel in 0..<3 {
                        let value = colour[channel]
                        for i in items {
                            let j = channel * count + i
                            samples[j] += strength * mask[i] * (value - samples[j])
                        }
                    }
                }
            }
        }
    }
}
