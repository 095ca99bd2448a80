import Foundation
import Spatial

/// What changes from frame to frame in a rendered video and not in the true one: the root mean square
/// of (aₜ − aₜ₋₁) − (bₜ − bₜ₋₁) over pixels, channels and pairs of frames.
///
/// A constant error of colour does not count, noise that differs in each frame does.
public struct Flicker: Sendable {
    private var last: Image?
    private var sum = 0.0
    private var count = 0

    public init() {}

    /// The pixels of the frames so far; nil before the first.
    var pixelCount: Int? { last?.pixelCount }

    /// Adds the next frame of both videos, of one size.
    public mutating func add(_ image: Image, _ reference: Image) {
        requireSameSize(image, reference, nil)
        let difference = Image(
            width: image.width, height: image.height, channels: image.channels,
            samples: zip(image.samples, reference.samples).map { $0 - $1 })
        if let last, last.samples.count == difference.samples.count {
            for (now, before) in zip(difference.samples, last.samples) {
                sum += Double(now - before) * Double(now - before)
            }
            count += difference.samples.count
        }
        last = difference
    }

    /// The value so far; NaN before the second frame.
    public var value: Double { (sum / Double(count)).squareRoot() }
}
