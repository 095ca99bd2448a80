import Spatial

/// A device that took pictures.
public struct CaptureCamera: Equatable, Sendable {
    /// What the layout calls it.
    public var name: String
    /// Size, lens and place as a pinhole; where it moves, the place of its first view.
    public var camera: Camera
    /// What its lens does beside; pictures that a capture hands out are freed of it.
    public var distortion: LensDistortion
    /// Whether lens and place were measured, and not supposed for want of anything better.
    public var isCalibrated: Bool

    public init(
        name: String, camera: Camera, distortion: LensDistortion = .none,
        isCalibrated: Bool = true
    ) {
        (self.name, self.camera) = (name, camera)
        (self.distortion, self.isCalibrated) = (distortion, isCalibrated)
    }

    /// An image of this camera as a pinhole of the same focal lengths and principal point would have
    /// taken it. Beyond what the lens saw the border repeats where `kind` is a colour, and is 0
    /// otherwise. Parallel by rows.
    public func undistorted(_ image: Image, kind: PictureKind) -> Image {
        if distortion.isNone { return image }
        let (width, height, count) = (image.width, image.height, image.pixelCount)
        // Of images of another size than the camera's.
        let scaled =
            width == camera.width
            ? camera.intrinsics : camera.scaled(by: Float(width) / Float(camera.width)).intrinsics
        let repeats = kind == .colour || kind == .albedo
        let samples = [Float](unsafeUninitializedCapacity: image.samples.count) { buffer, filled in
            nonisolated(unsafe) let target = buffer
            parallelFor(height) { y, _ in
                for x in 0..<width {
                    let ray = Vector2(
                        (Float(x) + 0.5 - scaled.cx) / scaled.fx,
                        (Float(y) + 0.5 - scaled.cy) / scaled.fy)
                    let bent = distortion.distorted(ray)
                    let pixel = Vector2(
                        bent.x * scaled.fx + scaled.cx, bent.y * scaled.fy + scaled.cy)
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
            filled = buffer.count
        }
        return Image(width: width, height: height, channels: image.channels, samples: samples)
    }
}
