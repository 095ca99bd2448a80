/// A floating-point image, planar: channel by channel, each row by row from the top.
///
/// Colour is display sRGB in 0…1. The sample of channel c at (x, y) is `samples[(c·height + y)·width + x]`,
/// and the centre of that pixel is the point (x + 0.5, y + 0.5).
public struct Image: Equatable, Sendable {
    public let width: Int
    public let height: Int
    public let channels: Int
    /// All samples, `channels`·`height`·`width` of them.
    public var samples: [Float]

    /// An image of one value.
    public init(width: Int, height: Int, channels: Int, filledWith value: Float = 0) {
        self.init(
            width: width, height: height, channels: channels,
            samples: [Float](repeating: value, count: width * height * channels))
    }

    /// An image of the given samples; their count must be `width`·`height`·`channels`.
    public init(width: Int, height: Int, channels: Int, samples: [Float]) {
        precondition(
            width >= 0 && height >= 0 && channels >= 0
                && samples.count == width * height * channels,
            "an image has width × height × channels samples")
        self.width = width
        self.height = height
        self.channels = channels
        self.samples = samples
    }

    /// The number of pixels.
    @inlinable public var pixelCount: Int { width * height }

    @inlinable
    public subscript(x: Int, y: Int, channel: Int) -> Float {
        get { samples[(channel * height + y) * width + x] }
        set { samples[(channel * height + y) * width + x] = newValue }
    }

    /// The three samples of a pixel of an image with at least three channels.
    @inlinable
    public func rgb(x: Int, y: Int) -> Vector3 {
        let i = y * width + x
        return Vector3(samples[i], samples[i + pixelCount], samples[i + 2 * pixelCount])
    }

    /// The channels of `range`, in order, as an image of their own.
    public func channels(_ range: Range<Int>) -> Image {
        Image(
            width: width, height: height, channels: range.count,
            samples: Array(samples[range.lowerBound * pixelCount..<range.upperBound * pixelCount]))
    }

    /// Each sample by itself.
    public func mapped(_ transform: (Float) -> Float) -> Image {
        Image(width: width, height: height, channels: channels, samples: samples.map(transform))
    }

    /// Bilinear interpolation at `point` (pixel centres at +0.5); outside, the border repeats.
    @inlinable
    public func sample(_ point: Vector2, channel: Int) -> Float {
        let x = min(max(point.x - 0.5, 0), Float(width - 1))
        let y = min(max(point.y - 0.5, 0), Float(height - 1))
        let (x0, y0) = (Int(x), Int(y))
        let (x1, y1) = (min(x0 + 1, width - 1), min(y0 + 1, height - 1))
        let (fx, fy) = (x - Float(x0), y - Float(y0))
        let top = self[x0, y0, channel] * (1 - fx) + self[x1, y0, channel] * fx
        let bottom = self[x0, y1, channel] * (1 - fx) + self[x1, y1, channel] * fx
        return top * (1 - fy) + bottom * fy
    }
}
