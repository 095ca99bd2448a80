import Torch

/// A solver that leads from noise to a sample, asking a network for a prediction at each timestep.
///
/// ```swift
/// var sample = Tensor.normal(shape) * scheduler.initialNoiseSigma
/// for timestep in scheduler.timesteps {
///     let input = scheduler.scaleModelInput(sample, timestep: timestep)
///     sample = scheduler.step(
///         prediction: network(input, timestep), timestep: timestep, sample: sample,
///         generator: generator)
/// }
/// ```
///
/// It remembers earlier predictions: one run after the other, each begun by `begin(at:)`, the first
/// excepted. Made by `SchedulerConfiguration.scheduler(steps:)`. Training needs none: see
/// `NoiseSchedule`.
public protocol Scheduler: AnyObject {
    /// The training timesteps to ask at, in order; some solvers ask twice at one.
    var timesteps: [Double] { get }

    /// The standard deviation of the noise that sampling begins with.
    var initialNoiseSigma: Double { get }

    /// Forgets the run before, to begin at `timesteps[index]`: 0, or later from a noisy image.
    func begin(at index: Int)

    /// The sample as the network wants to see it.
    func scaleModelInput(_ sample: Tensor, timestep: Double) -> Tensor

    /// The sample at the next timestep.
    ///
    /// - Parameters:
    ///   - prediction: what the network says about the sample, of its shape [B, …].
    ///   - timestep: the one of `timesteps` that was asked at.
    ///   - sample: the sample at it, not scaled.
    ///   - generator: for the solvers that add noise; it is drawn on the CPU, whatever the device.
    func step(
        prediction: Tensor, timestep: Double, sample: Tensor, generator: RandomGenerator?
    ) -> Tensor

    /// A clean sample as it is at one of `timesteps`, to begin there.
    func addNoise(_ sample: Tensor, noise: Tensor, timestep: Double) -> Tensor
}

extension Scheduler {
    /// Noise of the prediction's shape, the same on every device.
    func noise(like prediction: Tensor, _ generator: RandomGenerator?) -> Tensor {
        Tensor.normal(prediction.shape, dtype: prediction.dtype, using: generator)
            .moved(to: prediction.device)
    }
}

/// A scheduler whose samples are scaled as in training: √ᾱ·x₀ + √(1 − ᾱ)·ε.
protocol VariancePreservingScheduler: Scheduler {
    var schedule: NoiseSchedule { get }
}

extension VariancePreservingScheduler {
    public var initialNoiseSigma: Double { 1 }

    public func scaleModelInput(_ sample: Tensor, timestep: Double) -> Tensor { sample }

    public func addNoise(_ sample: Tensor, noise: Tensor, timestep: Double) -> Tensor {
        let alpha = schedule.alphaCumulative(Int(timestep))
        return alpha.squareRoot() * sample + (1 - alpha).squareRoot() * noise
    }
}
