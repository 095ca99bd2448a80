import Torch

/// How much of a sample is left at each training step: x = √ᾱ·x₀ + √(1 − ᾱ)·ε
/// (Ho et al., arXiv 2006.11239, equation 4).
public struct NoiseSchedule: Equatable, Sendable {
    /// ᾱ of each training step, from image to noise.
    public let alphasCumulative: [Float]

    /// From the variance β that each step adds.
    ///
    /// - Parameter zeroTerminalSNR: rescales so that nothing of the image is left at the last step
    ///   (Lin et al., arXiv 2305.08891, algorithm 1).
    public init(betas: [Float], zeroTerminalSNR: Bool = false) {
        var alphas = 1 - Tensor(betas)
        if zeroTerminalSNR {
            let roots = Operator("cumprod")(alphas, 0).sqrt()
            let (first, last) = (roots[0..<1], roots[(betas.count - 1)...])
            let scaled = ((roots - last) * (first / (first - last))).pow(2)
            let ratios = scaled[1...] / scaled[0..<(betas.count - 1)]
            // To β and back, as diffusers does: the rounding is seen in the last digits.
            alphas = 1 - (1 - Tensor.cat([scaled[0..<1], ratios]))
        }
        alphasCumulative = Operator("cumprod")(alphas, 0).array()
    }

    /// From one of the usual curves.
    public init(
        _ curve: BetaCurve, from start: Double = 1e-4, to end: Double = 0.02, steps: Int = 1000,
        zeroTerminalSNR: Bool = false
    ) {
        self.init(
            betas: curve.betas(from: start, to: end, steps: steps),
            zeroTerminalSNR: zeroTerminalSNR)
    }

    private init(alphasCumulative: [Float]) { self.alphasCumulative = alphasCumulative }

    /// The number of training steps.
    public var steps: Int { alphasCumulative.count }

    /// ᾱ of a training step; 1 is the image itself.
    func alphaCumulative(_ timestep: Int) -> Double {
        Double(alphasCumulative[min(max(timestep, 0), steps - 1)])
    }

    /// ᾱ/(1 − ᾱ), the ratio of signal to noise that weights of the loss are made of.
    public func signalToNoise(at timestep: Int) -> Double {
        let alpha = alphaCumulative(timestep)
        return alpha / (1 - alpha)
    }

    /// √((1 − ᾱ)/ᾱ) of each step: the noise's standard deviation beside an image that is not
    /// scaled down.
    var sigmas: [Float] { alphasCumulative.map { ((1 - $0) / $0).squareRoot() } }

    /// With 2⁻²⁴ in place of a last ᾱ of 0, so that no sigma is infinite.
    var withFiniteSigmas: NoiseSchedule {
        guard alphasCumulative.last == 0 else { return self }
        return NoiseSchedule(alphasCumulative: alphasCumulative.dropLast() + [0x1p-24])
    }
}

// MARK: Training

extension NoiseSchedule {
    /// √ᾱ·sample + √(1 − ᾱ)·noise: samples [B, …] as they are at training timesteps [B].
    public func addNoise(_ sample: Tensor, noise: Tensor, timesteps: Tensor) -> Tensor {
        let (alpha, sigma) = coefficients(timesteps, for: sample)
        return alpha * sample + sigma * noise
    }

    /// √ᾱ·noise − √(1 − ᾱ)·sample: what a network learns that predicts the velocity.
    public func velocity(sample: Tensor, noise: Tensor, timesteps: Tensor) -> Tensor {
        let (alpha, sigma) = coefficients(timesteps, for: sample)
        return alpha * noise - sigma * sample
    }

    /// √ᾱ and √(1 − ᾱ) at timesteps [B], of a shape that broadcasts over [B, …].
    private func coefficients(_ timesteps: Tensor, for sample: Tensor) -> (Tensor, Tensor) {
        let table = Tensor(alphasCumulative).moved(to: sample.device)
            .converted(to: sample.dtype)
        let alphas = table.indexSelect(0, timesteps.moved(to: sample.device))
            .reshaped([-1] + Array(repeating: 1, count: sample.dimensions - 1))
        return (alphas.sqrt(), (1 - alphas).sqrt())
    }
}
