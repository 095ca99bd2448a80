import Spatial

extension LensDistortion {
    /// An image of a camera with this distortion as a pinhole of the same focal lengths and principal
    /// point would have taken it. Beyond what the lens saw the border repeats where `kind` is a colour,
    /// and is 0 otherwise. Parallel by rows.
    func undistorted(_ image: Image, of camera: Camera, kind: PictureKind) -> Image {
        if isNone { return image }
        let (width, height, count) = (image.width, image.height, image.pixelCount)
        let lens = camera.intrinsics
        let repeats = kind == .colour || kind == .albedo
        let samples = [Float](unsafeUninitializedCapacity: image.samples.count) { buffer, filled in
            nonisolated(unsafe) let target = buffer
            parallelFor(height, grain: 16) { rows, _ in
                for y in rows {
                    for x in 0..<width {
                        let bent = distorted(
                            Vector2(
                                (Float(x) + 0.5 - lens.cx) / lens.fx,
                                (Float(y) + 0.5 - lens.cy) / lens.fy))
                        let pixel = Vector2(
                            bent.x * lens.fx + lens.cx, bent.y * lens.fy + lens.cy)
                        let isInside =
                            pixel.x >= 0 && pixel.y >= 0 && pixel.x < Float(width)
                            && pixel.y < Float(height)
                        for channel in 0..<image.channels {
                            let value: Float
                            if !isInside && !(repeats && pixel.lengthSquared.isFinite) {
                                value = 0
                            } else if kind.isContinuous {
                                value = image.sample(pixel, channel: channel)
                            } else {
                                value = image[Int(pixel.x), Int(pixel.y), channel]
                            }
                            target[channel * count + y * width + x] = value
                        }
                    }
                }
            }
            filled = buffer.count
        }
        return Image(width: width, height: height, channels: image.channels, samples: samples)
    }
}
