import Torch

/// Pseudo numerical methods: linear multistep with four predictions, begun by Runge-Kutta steps or,
/// as Stable Diffusion does, by multistep of rising order (Liu et al., arXiv 2202.09778). diffusers'
/// `PNDMScheduler`.
public final class PNDMScheduler: VariancePreservingScheduler {
    public struct Options: Equatable, Sendable {
        /// Whether the Runge-Kutta steps are left out; then the second timestep is asked at twice.
        public var skipsRungeKutta = false
        /// Whether the step after the last leads to ᾱ = 1 or to that of the first training step.
        public var endsClean = false

        public init(skipsRungeKutta: Bool = false, endsClean: Bool = false) {
            (self.skipsRungeKutta, self.endsClean) = (skipsRungeKutta, endsClean)
        }
    }

    public let timesteps: [Double]
    let schedule: NoiseSchedule
    private let prediction: PredictionType
    private let options: Options
    private let stride: Int
    private let rungeKuttaTimesteps: [Double]

    private var counter = 0
    /// The last predictions, at most four.
    private var history: [Tensor] = []
    /// The sum of a Runge-Kutta step's predictions so far.
    private var sum: Tensor?
    private var start: Tensor?

    /// - Parameter descending: the timesteps of the spacing; at least four with Runge-Kutta steps.
    init(
        _ schedule: NoiseSchedule, prediction: PredictionType, options: Options,
        descending: [Double], steps: Int
    ) {
        (self.schedule, self.prediction, self.options) = (schedule, prediction, options)
        stride = schedule.steps / steps
        if options.skipsRungeKutta {
            rungeKuttaTimesteps = []
            timesteps =
                descending.count > 1
                ? [descending[0], descending[1]] + descending[1...] : descending
        } else {
            // Each of the first three steps at its start, twice in its middle, and at its end.
            let half = Double(schedule.steps / steps / 2)
            rungeKuttaTimesteps = zip(descending, descending[1...]).prefix(3).flatMap {
                [$0, $1 + half, $1 + half, $1]
            }
            timesteps = rungeKuttaTimesteps + descending.dropFirst(3)
        }
    }

    public func begin(at index: Int) { (counter, history, sum, start) = (0, [], nil, nil) }

    public func step(
        prediction output: Tensor, timestep: Double, sample: Tensor, generator: RandomGenerator?
    ) -> Tensor {
        defer { counter += 1 }
        return counter < rungeKuttaTimesteps.count
            ? rungeKuttaStep(output, Int(timestep), sample)
            : multistep(output, Int(timestep), sample)
    }

    private func rungeKuttaStep(_ output: Tensor, _ timestep: Int, _ sample: Tensor) -> Tensor {
        let next = timestep - (counter % 2 == 0 ? stride / 2 : 0)
        let from = Int(rungeKuttaTimesteps[counter / 4 * 4])
        var mean = output
        switch counter % 4 {
        case 0:
            sum = 1 / 6.0 * output
            history.append(output)
            start = sample
        case 3:
            mean = sum! + 1 / 6.0 * output
            sum = nil
        default: sum = sum! + 1 / 3.0 * output
        }
        return moved(start ?? sample, from: from, to: next, mean)
    }

    private func multistep(_ output: Tensor, _ timestep: Int, _ sample: Tensor) -> Tensor {
        var (from, next) = (timestep, timestep - stride)
        var sample = sample
        let isRepeated = counter == 1
        if isRepeated {
            (from, next) = (timestep + stride, timestep)
        } else {
            history = history.suffix(3) + [output]
        }
        let last = history.count - 1
        let mean: Tensor
        switch history.count {
        case 1 where isRepeated:
            mean = (output + history[last]) / 2
            sample = start ?? sample
            start = nil
        case 1:
            mean = output
            start = sample
        case 2: mean = (3 * history[last] - history[last - 1]) / 2
        case 3: mean = (23 * history[last] - 16 * history[last - 1] + 5 * history[last - 2]) / 12
        default:
            mean =
                (55 * history[last] - 59 * history[last - 1] + 37 * history[last - 2]
                    - 9 * history[last - 3]) / 24
        }
        return moved(sample, from: from, to: next, mean)
    }

    /// The sample at another timestep, by equation 11 with the prediction as the derivative.
    private func moved(_ sample: Tensor, from: Int, to next: Int, _ output: Tensor) -> Tensor {
        let alphaBar = schedule.alphaCumulative(from)
        let nextAlphaBar =
            next >= 0
            ? schedule.alphaCumulative(next)
            : options.endsClean
                ? 1 : schedule.alphaCumulative(0)
        let epsilon = prediction.noise(
            output, of: sample, alpha: alphaBar.squareRoot(), sigma: (1 - alphaBar).squareRoot())
        let denominator =
            alphaBar * (1 - nextAlphaBar).squareRoot()
            + (alphaBar * (1 - alphaBar) * nextAlphaBar).squareRoot()
        return (nextAlphaBar / alphaBar).squareRoot() * sample
            - (nextAlphaBar - alphaBar) / denominator * epsilon
    }
}
