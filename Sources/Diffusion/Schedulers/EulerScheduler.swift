import Foundation
import Torch

/// Euler's method on the ordinary differential equation of sigmas, x = x₀ + σ·ε (Karras et al.,
/// arXiv 2206.00364, algorithm 2 without churn), or with the noise of the ancestral process.
/// diffusers' `EulerDiscreteScheduler` and `EulerAncestralDiscreteScheduler`.
public final class EulerScheduler: Scheduler {
    public struct Options: Equatable, Sendable {
        public var spacing = SigmaSpacing.training
        /// Whether, for `spacing` of training, log σ is spread evenly instead of the timesteps.
        public var interpolatesLogarithms = false
        /// The least and the greatest sigma of the other spacings, instead of training's.
        public var minimumSigma: Double?
        public var maximumSigma: Double?
        /// Whether sampling ends at the first training step's sigma instead of 0.
        public var endsAtMinimumSigma = false
        /// Whether the network that predicts the velocity is told ¼·log σ instead of the timestep.
        public var hasContinuousTimesteps = false

        public init() {}
    }

    public let timesteps: [Double]
    public let initialNoiseSigma: Double
    /// One for each timestep, and where the last step leads.
    let sigmas: [Double]
    private let prediction: PredictionType
    private let isAncestral: Bool
    private var index = 0

    init(
        _ schedule: NoiseSchedule, prediction: PredictionType, spacing: TimestepSpacing,
        offset: Int, options: Options, isAncestral: Bool, steps: Int
    ) {
        let schedule = schedule.withFiniteSigmas
        (self.prediction, self.isAncestral) = (prediction, isAncestral)
        let table = SigmaTable(schedule)
        var timesteps = spacing.timesteps(
            steps, of: schedule.steps, offset: offset, rounded: false
        ).map { Double(Float($0)) }
        var sigmas = timesteps.map(table.sigma)
        if options.interpolatesLogarithms {
            sigmas = TimestepSpacing.evenly(
                from: log(table.maximum), to: log(table.minimum), count: steps + 1
            ).map(exp)
        }
        if options.spacing != .training {
            sigmas = options.spacing.sigmas(
                from: options.maximumSigma ?? sigmas[0],
                to: options.minimumSigma ?? sigmas[sigmas.count - 1], count: steps)
            timesteps = sigmas.map { Double(Float(table.timestep(of: $0))) }
        }
        sigmas = (sigmas + [options.endsAtMinimumSigma ? table.minimum : 0]).map {
            Double(Float($0))
        }
        if options.hasContinuousTimesteps && prediction == .velocity {
            timesteps = sigmas.dropLast().map { Double(Float(0.25 * log($0))) }
        }
        (self.timesteps, self.sigmas) = (timesteps, sigmas)
        let greatest = sigmas.max() ?? 1
        initialNoiseSigma =
            spacing == .leading ? (greatest * greatest + 1).squareRoot() : greatest
    }

    public func begin(at index: Int) { self.index = index }

    public func scaleModelInput(_ sample: Tensor, timestep: Double) -> Tensor {
        let sigma = sigmas[index(of: timestep)]
        return sample / (sigma * sigma + 1).squareRoot()
    }

    public func step(
        prediction output: Tensor, timestep: Double, sample: Tensor, generator: RandomGenerator?
    ) -> Tensor {
        let place = index(of: timestep)
        index = place + 1
        let (sigma, next) = (sigmas[place], sigmas[place + 1])
        let x = sample.converted(to: .float32)
        let clean: Tensor
        switch prediction {
        case .epsilon: clean = x - sigma * output
        case .velocity:
            let scale = sigma * sigma + 1
            clean = (-sigma / scale.squareRoot()) * output + x / scale
        case .sample: clean = output
        }
        let derivative = (x - clean) / sigma
        guard isAncestral else {
            return (x + (next - sigma) * derivative).converted(to: output.dtype)
        }
        let up = next * (max(sigma * sigma - next * next, 0)).squareRoot() / sigma
        let down = max(next * next - up * up, 0).squareRoot()
        return (x + (down - sigma) * derivative + up * noise(like: output, generator))
            .converted(to: output.dtype)
    }

    public func addNoise(_ sample: Tensor, noise: Tensor, timestep: Double) -> Tensor {
        sample + sigmas[index(of: timestep)] * noise
    }

    /// Where a timestep stands; of equal ones, the one whose turn it is.
    private func index(of timestep: Double) -> Int {
        if index < timesteps.count && timesteps[index] == timestep { return index }
        return timesteps.firstIndex(of: timestep) ?? min(index, timesteps.count - 1)
    }
}
