import Foundation
import Spatial

/// The angle between normals.
public enum NormalError {
    /// The mean angle in degrees where `mask` exceeds ½ and both normals are there (not zero).
    ///
    /// - Parameters:
    ///   - normals: three channels, of any length.
    ///   - truth: the same size.
    /// - Returns: 0…180; NaN where there is nothing to compare.
    public static func evaluate(_ normals: Image, _ truth: Image, mask: Image? = nil) -> Double {
        requireSameSize(normals, truth, mask)
        var (sum, count) = (0.0, 0)
        for pixel in 0..<truth.pixelCount where (mask?.samples[pixel] ?? 1) > 0.5 {
            let (x, y) = (pixel % truth.width, pixel / truth.width)
            let (a, b) = (normals.rgb(x: x, y: y), truth.rgb(x: x, y: y))
            guard a.length > 1e-6, b.length > 1e-6 else { continue }
            let cosine = Double(dot(a, b)) / (Double(a.length) * Double(b.length))
            sum += acos(min(max(cosine, -1), 1)) * 180 / .pi
            count += 1
        }
        return sum / Double(count)
    }
}
