import Spatial

/// The loss that Gaussians are trained with: L1 and structural dissimilarity in one pass over the
/// pixels, as one differentiable operation.
///
/// L = Σ w·(0.8·|x − y| + 0.2·(1 − SSIM(x, y))) / (3·Σ w) over the pixels and three channels (Kerbl et
/// al. 2023, eq. 7, with weights), SSIM after Wang et al. 2004 with an 11×11 Gaussian window of σ 1.5 and
/// zeros outside the image. Composed of torch's operations it costs some ten times as much, more than
/// drawing the Gaussians.
public enum PhotometricLoss {
    /// The share of the dissimilarity.
    public static let dissimilarityShare: Float = 0.2

    /// The loss of an image [3, H, W] against a target [3, H, W], pixels weighted by [H, W].
    ///
    /// Differentiable with respect to the image only.
    public static func evaluate(_ image: Tensor, _ target: Tensor, weights: Tensor) -> Tensor {
        precondition(
            image.dimensions == 3 && image.size(0) == 3 && image.shape == target.shape
                && weights.shape == Array(image.shape.dropFirst()),
            "an image and a target [3, H, W], weights [H, W]")
        let outputs = CustomFunction.apply("photometric loss", [image]) { inputs in
            let (loss, gradient) = lossAndGradient(inputs[0], target, weights)
            return (
                [Tensor(loss)],
                { upstream, _ in [upstream[0].map { gradient * $0 }] }
            )
        }
        return outputs[0]
    }

    private static func lossAndGradient(
        _ image: Tensor, _ target: Tensor, _ weights: Tensor
    ) -> (Float, Tensor) {
        let (height, width) = (image.size(1), image.size(2))
        let gradient = Tensor.uninitialized(image.shape)
        let loss = image.withUnsafeFloats { x in
            target.withUnsafeFloats { y in
                weights.withUnsafeFloats { w in
                    gradient.withUnsafeMutableElements(of: Float.self) { g in
                        StructuralPass(
                            width: width, height: height, x: x.baseAddress!, y: y.baseAddress!,
                            weights: w.baseAddress!, gradient: g.baseAddress!
                        ).run()
                    }
                }
            }
        }
        return (loss, gradient)
    }
}

/// One evaluation: pointers to the planes, and the two passes over blocks of rows.
private struct StructuralPass {
    let width: Int
    let height: Int
    let x: UnsafePointer<Float>
    let y: UnsafePointer<Float>
    let weights: UnsafePointer<Float>
    let gradient: UnsafeMutablePointer<Float>

    private static let blockRows = 32
    private var window: StructuralWindow {
        StructuralWindow(width: width, height: height, border: .zeros)
    }

    /// Writes the gradient and returns the loss.
    func run() -> Float {
        let pixels = width * height
        guard pixels > 0 else { return 0 }
        var total = 0.0
        for i in 0..<pixels { total += Double(weights[i]) }
        let scale = total > 0 ? Float(1 / (3 * total)) : 0
        let blocks = (height + Self.blockRows - 1) / Self.blockRows
        // The derivatives of the loss by the window's three moments that depend on x.
        let derivatives = UnsafeMutablePointer<Float>.allocate(capacity: 9 * pixels)
        defer { derivatives.deallocate() }
        let sums = UnsafeMutablePointer<Double>.allocate(capacity: 3 * blocks)
        defer { sums.deallocate() }
        // Sound: each item writes its own rows of its own channel.
        nonisolated(unsafe) let pass = (self, derivatives, sums)
        parallelFor(3 * blocks) { item, _ in
            pass.2[item] = pass.0.moments(
                channel: item / blocks, block: item % blocks, scale: scale, into: pass.1)
        }
        parallelFor(3 * blocks) { item, _ in
            pass.0.spread(
                channel: item / blocks, block: item % blocks, scale: scale, from: pass.1)
        }
        // In order, so that the sum does not depend on the threads.
        return Float((0..<3 * blocks).reduce(0) { $0 + sums[$1] })
    }

    /// The share of a block in the loss, and ∂L/∂ of the means of x, x² and x·y in each window.
    private func moments(
        channel: Int, block: Int, scale: Float, into derivatives: UnsafeMutablePointer<Float>
    ) -> Double {
        let rows = block * Self.blockRows..<min(height, (block + 1) * Self.blockRows)
        let plane = channel * width * height
        let (x, y) = (x + plane, y + plane)
        let blurred = UnsafeMutablePointer<Float>.allocate(capacity: 5 * rows.count * width)
        defer { blurred.deallocate() }
        let size = rows.count * width
        window.blur(rows: rows, into: blurred) { $1.update(from: x + $0, count: width) }
        window.blur(rows: rows, into: blurred + size) { $1.update(from: y + $0, count: width) }
        window.blur(rows: rows, into: blurred + 2 * size) { i, row in
            for k in 0..<width { row[k] = x[i + k] * x[i + k] }
        }
        window.blur(rows: rows, into: blurred + 3 * size) { i, row in
            for k in 0..<width { row[k] = y[i + k] * y[i + k] }
        }
        window.blur(rows: rows, into: blurred + 4 * size) { i, row in
            for k in 0..<width { row[k] = x[i + k] * y[i + k] }
        }
        let (c1, c2): (Float, Float) = (0.0001, 0.0009)
        let share = PhotometricLoss.dissimilarityShare
        let pixels = width * height
        var sum = 0.0
        for i in 0..<size {
            let at = rows.lowerBound * width + i
            let (mx, my) = (blurred[i], blurred[size + i])
            let a1 = 2 * mx * my + c1
            let a2 = 2 * (blurred[4 * size + i] - mx * my) + c2
            let b1 = mx * mx + my * my + c1
            let b2 = blurred[2 * size + i] - mx * mx + blurred[3 * size + i] - my * my + c2
            let similarity = a1 * a2 / (b1 * b2)
            let weight = weights[at]
            let upstream = -share * weight * scale
            let bySquare = -similarity / b2
            let byProduct = 2 * a1 / (b1 * b2)
            let byMean =
                2 * my * a2 / (b1 * b2) - 2 * mx * similarity / b1 - 2 * mx * bySquare
                - my * byProduct
            let target = derivatives + 3 * plane + at
            target[0] = upstream * byMean
            target[pixels] = upstream * bySquare
            target[2 * pixels] = upstream * byProduct
            sum += Double(
                weight * scale * ((1 - share) * abs(x[at] - y[at]) + share * (1 - similarity)))
        }
        return sum
    }

    /// The gradient of a block: what each window's derivatives say of the pixels in it, and L1.
    private func spread(
        channel: Int, block: Int, scale: Float, from derivatives: UnsafeMutablePointer<Float>
    ) {
        let rows = block * Self.blockRows..<min(height, (block + 1) * Self.blockRows)
        let pixels = width * height
        let plane = channel * pixels
        let source = derivatives + 3 * plane
        let size = rows.count * width
        let blurred = UnsafeMutablePointer<Float>.allocate(capacity: 3 * size)
        defer { blurred.deallocate() }
        for part in 0..<3 {
            window.blur(rows: rows, into: blurred + part * size) {
                $1.update(from: source + part * pixels + $0, count: width)
            }
        }
        let share = PhotometricLoss.dissimilarityShare
        for i in 0..<size {
            let at = rows.lowerBound * width + i
            let (vx, vy) = (x[plane + at], y[plane + at])
            let sign: Float = vx > vy ? 1 : vx < vy ? -1 : 0
            gradient[plane + at] =
                blurred[i] + 2 * vx * blurred[size + i] + vy * blurred[2 * size + i]
                + (1 - share) * weights[at] * scale * sign
        }
    }
}
