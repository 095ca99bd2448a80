import Spatial

/// MediaPipe's SegmentationSmoothing: where a mask is unsure, the mask before decides with it.
struct MaskSmoother {
    /// The previous mask's greatest weight.
    private static let ratio: Float = 0.7
    private var previous: Image?

    /// The mask (one channel) mixed with the one before.
    mutating func apply(_ mask: Image) -> Image {
        guard let before = previous, before.width == mask.width, before.height == mask.height else {
            previous = mask
            return mask
        }
        var result = mask
        let (count, lines) = (mask.pixelCount, 1 << 15)
        result.samples.withUnsafeMutableBufferPointer { new in
            nonisolated(unsafe) let new = new
            before.samples.withUnsafeBufferPointer { old in
                nonisolated(unsafe) let old = old
                parallelFor(count, grain: lines) { items, _ in
                    for i in items {
                        let p = new[i]
                        new[i] = p + (old[i] - p) * (Self.uncertainty(p) * Self.ratio)
                    }
                }
            }
        }
        previous = result
        return result
    }

    /// 1 − (1 − H(p))² with the binary entropy H, by MediaPipe's polynomial.
    @inline(__always)
    private static func uncertainty(_ p: Float) -> Float {
        let x = (p - 0.5) * (p - 0.5)
        let series: Float =
            x * (5.68842 + x * (-0.748699 + x * (-57.8051 + x * (291.309 + x * -624.717))))
        return 1 - min(1, series)
    }
}
