import Foundation

/// Adam with one second moment for all parameters, the largest (Nicolet et al. 2021, section 4.3):
/// parameters keep their gradients' proportions, so that noise in flat regions is not amplified.
struct UniformAdam {
    /// The size of the first steps, in the parameters' unit.
    let rate: Float
    private var momentum: [Float]
    private var scale: Float = 0
    private var step = 0

    init(count: Int, rate: Float) {
        self.rate = rate
        momentum = [Float](repeating: 0, count: count)
    }

    /// One step down the gradient.
    mutating func apply(_ gradient: [Float], to parameters: [Float]) -> [Float] {
        step += 1
        let largest = gradient.reduce(0) { max($0, $1 * $1) }
        scale = 0.99 * scale + 0.01 * largest
        let correction = (1 - pow(0.9, Float(step)), 1 - pow(0.99, Float(step)))
        let factor = rate / correction.0 / max((scale / correction.1).squareRoot(), 1e-20)
        return parameters.indices.map { i in
            momentum[i] = 0.9 * momentum[i] + 0.1 * gradient[i]
            return parameters[i] - factor * momentum[i]
        }
    }
}
