import Spatial

extension Image {
    /// The last channel of an image with two or four; nil for one without alpha.
    public var alpha: Image? {
        channels == 2 || channels == 4 ? channels(channels - 1..<channels) : nil
    }

    /// The image as RGB: grey is repeated, and what is transparent shows `background`.
    public func flattened(over background: Vector3 = Vector3(1, 1, 1)) -> Image {
        if channels == 3 { return self }
        precondition((1...4).contains(channels), "an image has one to four channels")
        let colour = channels == 4 ? [0, 1, 2] : [0, 0, 0]
        let beyond = [background.x, background.y, background.z]
        let hasAlpha = channels == 2 || channels == 4
        let alphaStart = (channels - 1) * pixelCount
        var result = Image(width: width, height: height, channels: 3)
        for channel in 0..<3 {
            let (source, target) = (colour[channel] * pixelCount, channel * pixelCount)
            for i in 0..<pixelCount {
                let value = samples[source + i]
                let alpha = hasAlpha ? samples[alphaStart + i] : 1
                result.samples[target + i] = value * alpha + beyond[channel] * (1 - alpha)
            }
        }
        return result
    }

    /// The image with a fourth channel, or second if it is grey, in place of any it has.
    public func withAlpha(_ alpha: Image) -> Image {
        precondition(
            alpha.width == width && alpha.height == height && alpha.channels == 1,
            "alpha is one channel of the same size")
        let colour = channels <= 2 ? channels(0..<1) : channels(0..<3)
        return Image(
            width: width, height: height, channels: colour.channels + 1,
            samples: colour.samples + alpha.samples)
    }

    /// The image turned upright, where `orientation` says how it lies (EXIF tag 0x0112, 1 to 8).
    func oriented(_ orientation: Int) -> Image {
        if orientation <= 1 || orientation > 8 { return self }
        let isTurned = orientation >= 5
        let (newWidth, newHeight) = isTurned ? (height, width) : (width, height)
        // Where the new image's first pixel lies in this one, and the steps along a row and down.
        let origin: (x: Int, y: Int)
        switch orientation {
        case 2: origin = (width - 1, 0)
        case 3: origin = (width - 1, height - 1)
        case 4: origin = (0, height - 1)
        case 5: origin = (0, 0)
        case 6: origin = (0, height - 1)
        case 7: origin = (width - 1, height - 1)
        default: origin = (width - 1, 0)
        }
        let right = origin.x == 0 ? 1 : -1
        let down = origin.y == 0 ? width : -width
        let (along, across) = isTurned ? (down, right) : (right, down)
        let samples = [Float](unsafeUninitializedCapacity: self.samples.count) { buffer, count in
            nonisolated(unsafe) let target = buffer
            self.samples.withUnsafeBufferPointer { source in
                nonisolated(unsafe) let source = source
                parallelFor(channels * newHeight, grain: 64) { rows, _ in
                    for row in rows {
                        let (channel, y) = row.quotientAndRemainder(dividingBy: newHeight)
                        var from =
                            channel * pixelCount + origin.y * width + origin.x + y * across
                        for x in 0..<newWidth {
                            target[row * newWidth + x] = source[from]
                            from += along
                        }
                    }
                }
            }
            count = buffer.count
        }
        return Image(width: newWidth, height: newHeight, channels: channels, samples: samples)
    }
}
