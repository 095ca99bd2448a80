import Torch

/// Denoising diffusion implicit models: the deterministic reverse process, or with noise in the
/// share η of the ancestral one (Song et al., arXiv 2010.02502, equations 12 and 16). diffusers'
/// `DDIMScheduler`.
public final class DDIMScheduler: VariancePreservingScheduler {
    public struct Options: Equatable, Sendable {
        public var limit = SampleLimit.clip(range: 1)
        /// Whether the step after the last leads to ᾱ = 1, the image itself, or to that of the first
        /// training step.
        public var endsClean = true
        /// Whether the noise is derived again from the clean sample once that was limited, as
        /// guided diffusion does.
        public var rederivesNoise = false

        public init(
            limit: SampleLimit = .clip(range: 1), endsClean: Bool = true,
            rederivesNoise: Bool = false
        ) {
            (self.limit, self.endsClean) = (limit, endsClean)
            self.rederivesNoise = rederivesNoise
        }
    }

    public let timesteps: [Double]
    let schedule: NoiseSchedule
    private let prediction: PredictionType
    private let options: Options
    private let eta: Double
    private let stride: Int

    /// - Parameter eta: the share of the ancestral process's noise: 0 adds none, 1 all.
    init(
        _ schedule: NoiseSchedule, prediction: PredictionType, options: Options,
        timesteps: [Double], steps: Int, eta: Double
    ) {
        (self.schedule, self.prediction, self.eta) = (schedule, prediction, eta)
        (self.options, self.timesteps) = (options, timesteps)
        stride = schedule.steps / steps
    }

    public func begin(at index: Int) {}

    public func step(
        prediction output: Tensor, timestep: Double, sample: Tensor, generator: RandomGenerator?
    ) -> Tensor {
        let next = Int(timestep) - stride
        let alphaBar = schedule.alphaCumulative(Int(timestep))
        let nextAlphaBar =
            next >= 0
            ? schedule.alphaCumulative(next)
            : options.endsClean
                ? 1 : schedule.alphaCumulative(0)
        let (alpha, sigma) = (alphaBar.squareRoot(), (1 - alphaBar).squareRoot())
        let clean = options.limit.applied(
            to: prediction.clean(output, of: sample, alpha: alpha, sigma: sigma))
        let epsilon =
            options.rederivesNoise
            ? (sample - alpha * clean) / sigma
            : prediction.noise(output, of: sample, alpha: alpha, sigma: sigma)
        let variance = (1 - nextAlphaBar) / (1 - alphaBar) * (1 - alphaBar / nextAlphaBar)
        let deviation = eta * variance.squareRoot()
        let result =
            nextAlphaBar.squareRoot() * clean
            + (1 - nextAlphaBar - deviation * deviation).squareRoot() * epsilon
        guard eta > 0 else { return result }
        return result + deviation * noise(like: output, generator)
    }
}
