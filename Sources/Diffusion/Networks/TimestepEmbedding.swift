import Foundation
import Torch

/// A time step as a vector: sines and cosines of it, then two linear layers (diffusers'
/// `Timesteps` and `TimestepEmbedding`).
public final class TimestepEmbedding: Module {
    let first: Linear
    let second: Linear

    /// - Parameters:
    ///   - inputs: the length of the sinusoids.
    ///   - outputs: the length of the embedding.
    public init(_ inputs: Int, _ outputs: Int, using generator: RandomGenerator? = nil) {
        first = Linear(inputs, outputs, using: generator)
        second = Linear(outputs, outputs, using: generator)
    }

    public var members: ModuleMembers {
        ["linear_1": .module(first), "linear_2": .module(second)]
    }

    /// [B, inputs] to [B, outputs]. Differentiable.
    public func callAsFunction(_ sinusoids: Tensor) -> Tensor {
        second(first(sinusoids).activated())
    }

    /// The sinusoids of time steps: with k of 0..<length/2 and h = length/2, the angles
    /// t·10000^(−k/(h − shift)), first their cosines, then their sines, or the other way round.
    ///
    /// - Parameters:
    ///   - steps: [B], of whatever type.
    ///   - cosinesFirst: diffusers' `flip_sin_to_cos`.
    ///   - shift: diffusers' `freq_shift`.
    /// - Returns: [B, length] in float32; an odd length ends with a zero.
    public static func sinusoids(
        _ steps: Tensor, length: Int, cosinesFirst: Bool, shift: Double
    ) -> Tensor {
        let half = length / 2
        let indices = Tensor.arange(0, half, device: steps.device)
        let frequencies = (indices * -Foundation.log(10000.0) / (Double(half) - shift)).exp()
        let angles =
            steps.converted(to: .float32).unsqueezed(1) * frequencies.unsqueezed(0)
        let parts = [angles.sin(), angles.cos()]
        let result = Tensor.cat(cosinesFirst ? parts.reversed() : parts, 1)
        return length % 2 == 0 ? result : result.padded([0, 1])
    }
}
