import Foundation
import Torch

/// DPM-Solver's multistep method of order 1 to 3 (Lu et al., arXiv 2206.00927; "++", which
/// integrates the clean sample, arXiv 2211.01095). diffusers' `DPMSolverMultistepScheduler`.
public final class DPMSolverScheduler: VariancePreservingScheduler {
    /// What is integrated, by diffusers' names of `algorithm_type`.
    public enum Algorithm: String, CaseIterable, Sendable {
        /// The noise that the network predicts.
        case noise = "dpmsolver"
        /// The clean sample.
        case clean = "dpmsolver++"
        /// The noise, with fresh noise in each step.
        case stochasticNoise = "sde-dpmsolver"
        /// The clean sample, with fresh noise in each step.
        case stochasticClean = "sde-dpmsolver++"

        var isStochastic: Bool { self == .stochasticNoise || self == .stochasticClean }
        var integratesClean: Bool { self == .clean || self == .stochasticClean }
    }

    public struct Options: Equatable, Sendable {
        /// 1, 2 or 3.
        public var order = 2
        public var algorithm = Algorithm.clean
        /// Heun's form of the second order instead of the midpoint's.
        public var usesHeun = false
        public var limit = SampleLimit.none
        public var spacing = SigmaSpacing.training
        /// Whether the timesteps of other spacings are rounded to whole ones instead of cut.
        public var roundsTimesteps = true
        /// Whether the last two of fewer than 15 steps are of lower order.
        public var lowersOrderAtEnd = true
        /// Whether the last step is of order 1.
        public var endsWithEuler = false
        /// Whether sampling ends at the first training step's sigma instead of 0.
        public var endsAtMinimumSigma = false
        /// Training steps whose log(√ᾱ/√(1 − ᾱ)) is less are not sampled at.
        public var minimumLogarithm = -Double.infinity

        public init() {}
    }

    public let timesteps: [Double]
    /// One for each timestep, and where the last step leads.
    let sigmas: [Double]
    let schedule: NoiseSchedule
    private let prediction: PredictionType
    private let options: Options

    private var index = 0
    /// What the last predictions stand for, the newest last; at most `order`.
    private var history: [Tensor] = []
    private var stepsDone = 0

    init(
        _ schedule: NoiseSchedule, prediction: PredictionType, spacing: TimestepSpacing,
        offset: Int, options: Options, steps: Int
    ) {
        let schedule = schedule.withFiniteSigmas
        (self.schedule, self.prediction, self.options) = (schedule, prediction, options)
        let table = SigmaTable(schedule)
        var sigmas: [Double]
        if options.spacing == .training {
            timesteps = Self.timesteps(
                steps, schedule, spacing, offset, options.minimumLogarithm)
            sigmas = timesteps.map(table.sigma)
        } else {
            sigmas = options.spacing.sigmas(
                from: table.maximum, to: table.minimum, count: steps)
            let isRounded = options.roundsTimesteps && options.spacing != .exponential
            timesteps = sigmas.map {
                let timestep = table.timestep(of: $0)
                // Cut, but not for the rounding of a logarithm: the first is the last of training.
                return isRounded
                    ? timestep.rounded(.toNearestOrEven) : (timestep + 1e-6).rounded(.down)
            }
        }
        sigmas += [options.endsAtMinimumSigma ? table.minimum : 0]
        self.sigmas = sigmas.map { Double(Float($0)) }
    }

    /// The timesteps: one more than asked for is spread, and the last left out.
    private static func timesteps(
        _ steps: Int, _ schedule: NoiseSchedule, _ spacing: TimestepSpacing, _ offset: Int,
        _ minimumLogarithm: Double
    ) -> [Double] {
        let clipped = schedule.alphasCumulative.count { alpha in
            Double(0.5 * log(alpha / (1 - alpha))) < minimumLogarithm
        }
        let last = schedule.steps - clipped
        switch spacing {
        case .linspace:
            return TimestepSpacing.evenly(from: 0, to: Double(last - 1), count: steps + 1)
                .reversed().dropLast().map { $0.rounded(.toNearestOrEven) }
        case .leading:
            let stride = last / (steps + 1)
            return (1...steps).reversed().map { Double($0 * stride + offset) }
        case .trailing:
            return TimestepSpacing.descending(
                from: last, stride: Double(schedule.steps) / Double(steps))
        }
    }

    public func begin(at index: Int) { (self.index, history, stepsDone) = (index, [], 0) }

    public func step(
        prediction output: Tensor, timestep: Double, sample: Tensor, generator: RandomGenerator?
    ) -> Tensor {
        let place = index(of: timestep)
        index = place + 1
        history = history.suffix(options.order - 1) + [integrand(output, sample, at: place)]
        let remaining = timesteps.count - place
        let isShort = options.lowersOrderAtEnd && timesteps.count < 15
        var order = min(options.order, stepsDone + 1)
        if remaining == 1 && (options.endsWithEuler || isShort || !options.endsAtMinimumSigma) {
            order = 1
        } else if remaining == 2 && isShort {
            order = min(order, 2)
        }
        stepsDone += 1
        let x = sample.converted(to: .float32)
        let noise =
            options.algorithm.isStochastic
            ? Tensor.normal(output.shape, using: generator).moved(to: output.device) : nil
        return update(x, at: place, order: order, noise: noise).converted(to: output.dtype)
    }

    /// What the algorithm integrates: the clean sample or the noise.
    private func integrand(_ output: Tensor, _ sample: Tensor, at place: Int) -> Tensor {
        let level = NoiseLevel(sigmas[place])
        let (alpha, sigma) = (level.alpha, level.sigma)
        func clean() -> Tensor {
            options.limit.applied(
                to: prediction.clean(output, of: sample, alpha: alpha, sigma: sigma))
        }
        if options.algorithm.integratesClean { return clean() }
        return options.limit == .none
            ? prediction.noise(output, of: sample, alpha: alpha, sigma: sigma)
            : (sample - alpha * clean()) / sigma
    }

    /// The sample at the next sigma: a Taylor expansion in h, the step in log(α/σ), about the newest
    /// integrand, with derivatives from the differences of the earlier ones.
    private func update(_ x: Tensor, at place: Int, order: Int, noise: Tensor?) -> Tensor {
        let (from, to) = (NoiseLevel(sigmas[place]), NoiseLevel(sigmas[place + 1]))
        let h = to.logarithm - from.logarithm
        let weights = weights(h, from, to)
        let newest = history[history.count - 1]
        var result = weights.sample * x + weights.integrand * newest
        if order > 1 {
            let h0 = from.logarithm - NoiseLevel(sigmas[place - 1]).logarithm
            let first = (h / h0) * (newest - history[history.count - 2])
            if order == 2 {
                let weight = options.usesHeun ? weights.slope : 0.5 * weights.integrand
                result += weight * first
            } else {
                let h1 =
                    NoiseLevel(sigmas[place - 1]).logarithm
                    - NoiseLevel(sigmas[place - 2]).logarithm
                let second =
                    (h / h1) * (history[history.count - 2] - history[history.count - 3])
                let difference = first - second
                result += weights.slope * (first + (h0 / (h0 + h1)) * difference)
                result += (weights.curvature * h / (h0 + h1)) * difference
            }
        }
        guard let noise else { return result }
        return result + weights.noise * noise
    }

    /// The factors of an update: of the sample, the integrand and its derivatives in h, and noise.
    private struct Weights {
        var sample, integrand, slope, curvature, noise: Double
    }

    private func weights(_ h: Double, _ from: NoiseLevel, _ to: NoiseLevel) -> Weights {
        switch options.algorithm {
        case .clean:
            let e = expm1(-h)
            return Weights(
                sample: to.sigma / from.sigma, integrand: -to.alpha * e,
                slope: to.alpha * (e / h + 1),
                curvature: -to.alpha * ((e + h) / (h * h) - 0.5), noise: 0)
        case .noise:
            let e = expm1(h)
            return Weights(
                sample: to.alpha / from.alpha, integrand: -to.sigma * e,
                slope: -to.sigma * (e / h - 1),
                curvature: -to.sigma * ((e - h) / (h * h) - 0.5), noise: 0)
        case .stochasticClean:
            let e = -expm1(-2 * h)
            return Weights(
                sample: to.sigma / from.sigma * exp(-h), integrand: to.alpha * e,
                slope: to.alpha * (1 - e / (2 * h)),
                curvature: to.alpha * ((e - 2 * h) / (4 * h * h) - 0.5),
                noise: to.sigma * e.squareRoot())
        case .stochasticNoise:
            let e = expm1(h)
            return Weights(
                sample: to.alpha / from.alpha, integrand: -2 * to.sigma * e,
                slope: -2 * to.sigma * (e / h - 1), curvature: 0,
                noise: to.sigma * expm1(2 * h).squareRoot())
        }
    }

    public func addNoise(_ sample: Tensor, noise: Tensor, timestep: Double) -> Tensor {
        let level = NoiseLevel(sigmas[index(of: timestep)])
        return level.alpha * sample + level.sigma * noise
    }

    /// Where a timestep stands; of equal ones, the one whose turn it is.
    private func index(of timestep: Double) -> Int {
        if index < timesteps.count && timesteps[index] == timestep { return index }
        return timesteps.firstIndex(of: timestep) ?? min(index, timesteps.count - 1)
    }
}

/// A sigma taken apart: √ᾱ, √(1 − ᾱ), and the logarithm of their ratio.
private struct NoiseLevel {
    let alpha, sigma, logarithm: Double

    init(_ value: Double) {
        alpha = 1 / (value * value + 1).squareRoot()
        sigma = value * alpha
        logarithm = -log(value)
    }
}
