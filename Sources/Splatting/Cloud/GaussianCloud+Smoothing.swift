import Spatial

extension GaussianCloud {
    /// The filters of Mip-Splatting (Yu et al. 2024, eq. 7 and 8) for Gaussians that these cameras
    /// saw: √`variance` times the size of a pixel at the mean, in the camera where that is smallest.
    ///
    /// - Parameters:
    ///   - means: centres [N, 3].
    ///   - cameras: those of the photographs; a camera sees means before `near` and, with 15 % to
    ///     spare on every side, inside its image.
    ///   - variance: of the filter, squared pixels; 0.2 in the paper.
    /// - Returns: standard deviations [N], metres; a mean that no camera sees gets the largest.
    public static func smoothing(
        means: [Float], cameras: [Camera], variance: Float = 0.2, near: Float = 0.2
    ) -> [Float] {
        let count = means.count / 3
        var sizes = [Float](repeating: .infinity, count: count)
        for camera in cameras {
            let (width, height) = (Float(camera.width), Float(camera.height))
            let focal = max(camera.intrinsics.fx, camera.intrinsics.fy)
            for i in 0..<count {
                let (pixel, depth) = camera.project(
                    Vector3(means[3 * i], means[3 * i + 1], means[3 * i + 2]))
                let isSeen =
                    depth > near && pixel.x >= -0.15 * width && pixel.x <= 1.15 * width
                    && pixel.y >= -0.15 * height && pixel.y <= 1.15 * height
                if !isSeen { continue }
                let distance = camera.projection == .perspective ? depth : 1
                sizes[i] = min(sizes[i], distance / focal)
            }
        }
        let largest = sizes.filter(\.isFinite).max() ?? 0
        let scale = variance.squareRoot()
        return sizes.map { ($0.isFinite ? $0 : largest) * scale }
    }
}
