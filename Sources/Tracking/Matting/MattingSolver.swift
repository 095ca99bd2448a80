import Spatial

/// Closed-form matting (Levin, Lischinski, Weiss 2008): the opacity that is, in every 3×3 window, as
/// nearly as possible an affine function of the colour, agrees with the known pixels and leans
/// towards a guess elsewhere.
///
/// It minimises Σ over windows of Σ (αᵢ − a·Iᵢ − b)² + ε|a|², plus Σ λᵢ(αᵢ − gᵢ)², by conjugate
/// gradients without ever forming the matrix, on windows that touch an unknown pixel only.
struct MattingSolver {
    /// Regularisation of a window's slope, in squared colour: noise of 1 %.
    static let epsilon: Float = 1e-4

    private let width: Int
    private let height: Int
    private let colours: [Vector3]
    private let unknown: [Int32]
    private let windows: [Window]

    private struct Window {
        var centre: Int32
        var mean: Vector3
        var inverse: SymmetricMatrix3
    }

    /// Prepares the windows of `image` (three channels at least, 3×3 pixels at least) that touch a
    /// pixel of `isUnknown`.
    init(image: Image, isUnknown: [Bool]) {
        precondition(image.width >= 3 && image.height >= 3 && isUnknown.count == image.pixelCount)
        width = image.width
        height = image.height
        let (width, height) = (image.width, image.height)
        let plane = image.pixelCount
        let samples = image.samples
        let colours = (0..<plane).map {
            Vector3(samples[$0], samples[$0 + plane], samples[$0 + 2 * plane])
        }
        self.colours = colours
        unknown = isUnknown.indices.compactMap { isUnknown[$0] ? Int32($0) : nil }
        let touched = BoxFilter.dilate(isUnknown, width: width, height: height, radius: 1)
        var windows: [Window] = []
        for y in 1..<height - 1 {
            for x in 1..<width - 1 where touched[y * width + x] {
                let centre = y * width + x
                var (mean, square) = (Vector3.zero, SymmetricMatrix3.zero)
                for dy in -1...1 {
                    for dx in -1...1 { mean += colours[centre + dy * width + dx] }
                }
                mean /= 9
                for dy in -1...1 {
                    for dx in -1...1 {
                        square =
                            square
                            + SymmetricMatrix3.outer(colours[centre + dy * width + dx] - mean)
                    }
                }
                square = square * (1 / Float(9))
                square.diagonal += Self.epsilon / 9
                windows.append(
                    Window(centre: Int32(centre), mean: mean, inverse: square.inverse))
            }
        }
        self.windows = windows
    }

    /// The opacity of all pixels.
    ///
    /// - Parameters:
    ///   - start: The known pixels' values, and where to start for the others.
    ///   - guess: What the unknown pixels lean towards.
    ///   - trust: How much (λ), a pixel.
    ///   - iterations: Steps of conjugate gradients.
    func solve(start: [Float], guess: [Float], trust: [Float], iterations: Int) -> [Float] {
        var alpha = start
        var slopes = [SIMD4<Float>](repeating: .zero, count: width * height)
        var product = [Float](repeating: 0, count: unknown.count)
        // r = −A·x + λg, over the unknown pixels; the known ones enter through A·x.
        multiply(alpha, &slopes, &product)
        var residual = zip(unknown, product).map { i, value in
            -value - trust[Int(i)] * (start[Int(i)] - guess[Int(i)])
        }
        var direction = [Float](repeating: 0, count: width * height)
        for (k, i) in unknown.enumerated() { direction[Int(i)] = residual[k] }
        var energy = residual.reduce(0.0) { $0 + Double($1 * $1) }
        let target = 1e-8 * Double(max(1, unknown.count))
        for _ in 0..<iterations where energy > target {
            multiply(direction, &slopes, &product)
            var curvature = 0.0
            for (k, i) in unknown.enumerated() {
                product[k] += trust[Int(i)] * direction[Int(i)]
                curvature += Double(product[k] * direction[Int(i)])
            }
            guard curvature > 0 else { break }
            let step = Float(energy / curvature)
            var next = 0.0
            for (k, i) in unknown.enumerated() {
                alpha[Int(i)] += step * direction[Int(i)]
                residual[k] -= step * product[k]
                next += Double(residual[k] * residual[k])
            }
            let turn = Float(next / energy)
            for (k, i) in unknown.enumerated() {
                direction[Int(i)] = residual[k] + turn * direction[Int(i)]
            }
            energy = next
        }
        for i in unknown { alpha[Int(i)] = min(max(alpha[Int(i)], 0), 1) }
        return alpha
    }

    /// The matting Laplacian times `values`, at the unknown pixels, in ninths.
    private func multiply(
        _ values: [Float], _ slopes: inout [SIMD4<Float>], _ product: inout [Float]
    ) {
        let width = width
        values.withUnsafeBufferPointer { values in
            nonisolated(unsafe) let values = values
            colours.withUnsafeBufferPointer { colours in
                nonisolated(unsafe) let colours = colours
                slopes.withUnsafeMutableBufferPointer { slopes in
                    nonisolated(unsafe) let slopes = slopes
                    windows.withUnsafeBufferPointer { windows in
                        nonisolated(unsafe) let windows = windows
                        parallelFor(windows.count, grain: 4096) { range, _ in
                            for k in range {
                                let window = windows[k]
                                let centre = Int(window.centre)
                                var (sum, crossSum) = (Float(0), Vector3.zero)
                                for row in [centre - width, centre, centre + width] {
                                    for i in row - 1...row + 1 {
                                        sum += values[i]
                                        crossSum += values[i] * (colours[i] - window.mean)
                                    }
                                }
                                let a = window.inverse * (crossSum / 9)
                                slopes[centre] = SIMD4(a, sum / 9 - dot(a, window.mean))
                            }
                        }
                    }
                    unknown.withUnsafeBufferPointer { unknown in
                        nonisolated(unsafe) let unknown = unknown
                        product.withUnsafeMutableBufferPointer { product in
                            nonisolated(unsafe) let product = product
                            parallelFor(unknown.count, grain: 4096) { range, _ in
                                for k in range {
                                    let i = Int(unknown[k])
                                    let (y, x) = i.quotientAndRemainder(dividingBy: width)
                                    var (sum, count) = (SIMD4<Float>.zero, Float(0))
                                    for wy in max(1, y - 1)...max(1, min(height - 2, y + 1)) {
                                        for wx in max(1, x - 1)...max(1, min(width - 2, x + 1)) {
                                            sum += slopes[wy * width + wx]
                                            count += 1
                                        }
                                    }
                                    let affine = dot(sum, SIMD4(colours[i], 1))
                                    product[k] = (count * values[i] - affine) / 9
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
