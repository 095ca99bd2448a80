import Spatial

/// The guided filter (He, Sun, Tang 2010) with a colour guide: locally an affine function of the
/// guide, so that what is filtered takes on the guide's edges. Time does not depend on the radius.
struct GuidedFilter {
    private let width: Int
    private let height: Int
    private let radius: Int
    private let guide: [[Float]]
    private let means: [[Float]]
    private let inverses: [SymmetricMatrix3]

    /// Prepares the windows of `guide`, the first three channels of which count.
    ///
    /// - Parameters:
    ///   - radius: Half a window's side, in pixels.
    ///   - epsilon: The variance of colour below which a window counts as flat.
    init(guide image: Image, radius: Int, epsilon: Float) {
        precondition(image.channels >= 3)
        (width, height, self.radius) = (image.width, image.height, radius)
        let (width, height) = (image.width, image.height)
        func mean(_ plane: [Float]) -> [Float] {
            BoxFilter.mean(plane, width: width, height: height, radius: radius)
        }
        func product(_ a: [Float], _ b: [Float]) -> [Float] { zip(a, b).map { $0 * $1 } }
        let count = image.pixelCount
        let guide = (0..<3).map { Array(image.samples[$0 * count..<($0 + 1) * count]) }
        let means = guide.map(mean)
        let squares = [(0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2)].map { a, b in
            zip(mean(product(guide[a], guide[b])), product(means[a], means[b])).map { $0 - $1 }
        }
        (self.guide, self.means) = (guide, means)
        inverses = (0..<count).map { i in
            SymmetricMatrix3(
                diagonal: Vector3(squares[0][i], squares[1][i], squares[2][i]) + epsilon,
                offDiagonal: Vector3(squares[3][i], squares[4][i], squares[5][i])
            ).inverse
        }
    }

    /// The affine functions of the guide that fit `plane` best, averaged over the windows of each
    /// pixel: four planes, the slopes along the three channels and the offset.
    func coefficients(_ plane: [Float]) -> [[Float]] {
        func mean(_ plane: [Float]) -> [Float] {
            BoxFilter.mean(plane, width: width, height: height, radius: radius)
        }
        let average = mean(plane)
        let products = guide.map { channel in mean(zip(channel, plane).map { $0 * $1 }) }
        var result = [[Float]](repeating: [Float](repeating: 0, count: plane.count), count: 4)
        for i in plane.indices {
            let mean = Vector3(means[0][i], means[1][i], means[2][i])
            let covariance =
                Vector3(products[0][i], products[1][i], products[2][i]) - average[i] * mean
            let slope = inverses[i] * covariance
            (result[0][i], result[1][i], result[2][i]) = (slope.x, slope.y, slope.z)
            result[3][i] = average[i] - dot(slope, mean)
        }
        return result.map(mean)
    }

    /// `plane` filtered.
    func apply(_ plane: [Float]) -> [Float] {
        let c = coefficients(plane)
        return plane.indices.map { i in
            c[0][i] * guide[0][i] + c[1][i] * guide[1][i] + c[2][i] * guide[2][i] + c[3][i]
        }
    }
}
