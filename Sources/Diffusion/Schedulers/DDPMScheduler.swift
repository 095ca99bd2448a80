import Foundation
import Torch

/// Ancestral sampling: the reverse of the training process, with noise at every step but the last
/// (Ho et al., arXiv 2006.11239). diffusers' `DDPMScheduler`.
public final class DDPMScheduler: VariancePreservingScheduler {
    /// The variance of the noise that a step adds, by diffusers' names of `variance_type`.
    public enum Variance: String, CaseIterable, Sendable {
        /// That of the posterior given the clean sample.
        case fixedSmall = "fixed_small"
        /// As `fixedSmall`.
        case fixedSmallLog = "fixed_small_log"
        /// That of the forward step, β.
        case fixedLarge = "fixed_large"
        /// Predicted: a second half of the prediction's channels.
        case learned
        /// Between both, by the share (logarithmic, −1…1) that the second half predicts
        /// (Nichol & Dhariwal, arXiv 2102.09672, equation 15).
        case learnedRange = "learned_range"
    }

    public struct Options: Equatable, Sendable {
        public var variance = Variance.fixedSmall
        public var limit = SampleLimit.clip(range: 1)

        public init(variance: Variance = .fixedSmall, limit: SampleLimit = .clip(range: 1)) {
            (self.variance, self.limit) = (variance, limit)
        }
    }

    public let timesteps: [Double]
    let schedule: NoiseSchedule
    private let prediction: PredictionType
    private let options: Options

    init(
        _ schedule: NoiseSchedule, prediction: PredictionType, options: Options,
        timesteps: [Double]
    ) {
        (self.schedule, self.prediction) = (schedule, prediction)
        (self.options, self.timesteps) = (options, timesteps)
    }

    public func begin(at index: Int) {}

    public func step(
        prediction output: Tensor, timestep: Double, sample: Tensor, generator: RandomGenerator?
    ) -> Tensor {
        let next = timesteps.firstIndex(of: timestep).map { $0 + 1 } ?? timesteps.count
        let alphaBar = schedule.alphaCumulative(Int(timestep))
        let nextAlphaBar =
            next < timesteps.count ? schedule.alphaCumulative(Int(timesteps[next])) : 1
        let (alpha, beta) = (alphaBar / nextAlphaBar, 1 - alphaBar / nextAlphaBar)
        let channels = sample.size(1)
        let isLearned = options.variance == .learned || options.variance == .learnedRange
        let hasVariance = isLearned && output.size(1) == 2 * channels
        let mean = hasVariance ? output.narrow(1, 0, channels) : output
        let clean = options.limit.applied(
            to: prediction.clean(
                mean, of: sample, alpha: alphaBar.squareRoot(), sigma: (1 - alphaBar).squareRoot()))
        // Equation 7: the posterior's mean.
        let result =
            nextAlphaBar.squareRoot() * beta / (1 - alphaBar) * clean
            + alpha.squareRoot() * (1 - nextAlphaBar) / (1 - alphaBar) * sample
        guard timestep > 0 else { return result }
        let noise = noise(like: mean, generator)
        let posterior = max((1 - nextAlphaBar) / (1 - alphaBar) * beta, 1e-20)
        guard hasVariance else {
            let variance = options.variance == .fixedLarge ? beta : posterior
            return result + variance.squareRoot() * noise
        }
        let predicted = output.narrow(1, channels, channels)
        if options.variance == .learned { return result + predicted.sqrt() * noise }
        let share = (predicted + 1) / 2
        let logarithm = share * log(beta) + (1 - share) * log(posterior)
        return result + (0.5 * logarithm).exp() * noise
    }
}
