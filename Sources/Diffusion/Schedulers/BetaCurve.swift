import Foundation
import Torch

/// How the variance β that each training step adds grows, by diffusers' names of `beta_schedule`.
public enum BetaCurve: String, CaseIterable, Sendable {
    /// Evenly.
    case linear
    /// √β evenly, as latent diffusion has it.
    case scaledLinear = "scaled_linear"
    /// ᾱ falls as cos² (Nichol & Dhariwal, arXiv 2102.09672, equation 17); no β above 0.999.
    case squaredCosine = "squaredcos_cap_v2"
    /// β rises as the sigmoid of −6…6.
    case sigmoid
    /// The logarithm of the signal-to-noise ratio falls as Laplace's quantiles.
    case laplace

    /// β of each of `steps` training steps, between start and end where the curve has them.
    func betas(from start: Double, to end: Double, steps: Int) -> [Float] {
        // Through torch, so that they are its very bits: what follows divides small differences.
        switch self {
        case .linear: return Tensor.linspace(start, end, count: steps).array()
        case .scaledLinear:
            return Tensor.linspace(start.squareRoot(), end.squareRoot(), count: steps).pow(2)
                .array()
        case .sigmoid:
            return (Tensor.linspace(-6, 6, count: steps).sigmoid() * (end - start) + start).array()
        case .squaredCosine:
            return Self.betas(steps) { time in
                let cosine = cos((time + 0.008) / 1.008 * .pi / 2)
                return cosine * cosine
            }
        case .laplace:
            return Self.betas(steps) { time in
                let sign: Double = time > 0.5 ? -1 : 1
                let ratio = exp(-0.5 * sign * log(1 - 2 * abs(0.5 - time) + 1e-6))
                return (ratio / (1 + ratio)).squareRoot()
            }
        }
    }

    /// β for ᾱ as a function of time, 0…1.
    private static func betas(_ steps: Int, _ alphaBar: (Double) -> Double) -> [Float] {
        (0..<steps).map { step in
            let (start, end) = (Double(step) / Double(steps), Double(step + 1) / Double(steps))
            return Float(min(1 - alphaBar(end) / alphaBar(start), 0.999))
        }
    }
}
