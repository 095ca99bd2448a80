import Spatial

/// Errors of a depth map where both it and the true one are known (above 0).
public struct DepthError: Equatable, Sendable {
    /// The mean of |d − d*| / d*.
    public let absoluteRelative: Double
    /// The root mean square of d − d*, in the unit of the depths.
    public let rootMeanSquare: Double
    /// The number of pixels that were compared.
    public let count: Int

    /// Compares two depth maps of one channel and size.
    ///
    /// - Parameters:
    ///   - mask: where to compare; nil is everywhere.
    ///   - isAligned: fits scale and shift of the depth to the true one by least squares first, as is
    ///     done for depths of unknown scale (Ranftl et al. 2020, eq. 2, in depth).
    public init(_ depth: Image, _ truth: Image, mask: Image? = nil, isAligned: Bool = false) {
        requireSameSize(depth, truth, mask)
        let pixels = (0..<truth.pixelCount).filter {
            truth.samples[$0] > 0 && depth.samples[$0] > 0 && truth.samples[$0].isFinite
                && depth.samples[$0].isFinite && (mask?.samples[$0] ?? 1) > 0.5
        }
        count = pixels.count
        var (scale, shift) = (1.0, 0.0)
        if isAligned {
            let n = Double(pixels.count)
            var (x, y, xx, xy) = (0.0, 0.0, 0.0, 0.0)
            for i in pixels {
                let (d, t) = (Double(depth.samples[i]), Double(truth.samples[i]))
                x += d
                y += t
                xx += d * d
                xy += d * t
            }
            let determinant = n * xx - x * x
            // A constant depth has no scale to find.
            if determinant > 1e-12 * max(n * xx, 1e-300) {
                scale = (n * xy - x * y) / determinant
                shift = (y - scale * x) / n
            } else if n > 0 {
                (scale, shift) = (0, y / n)
            }
        }
        var (relative, square) = (0.0, 0.0)
        for i in pixels {
            let truth = Double(truth.samples[i])
            let error = scale * Double(depth.samples[i]) + shift - truth
            relative += abs(error) / truth
            square += error * error
        }
        absoluteRelative = relative / Double(count)
        rootMeanSquare = (square / Double(count)).squareRoot()
    }
}
