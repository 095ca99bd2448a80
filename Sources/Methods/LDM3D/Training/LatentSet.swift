import Diffusion
import Foundation
import Media
import Torch

/// The latents of all examples, computed once: diffusion then needs no autoencoder.
struct LatentSet {
    /// [N, latents, h, w], not scaled.
    let means: Tensor
    /// Standard deviations of the same shape.
    let deviations: Tensor

    var count: Int { means.size(0) }

    /// What latents are to be multiplied by so that their variance is 1 (Rombach et al., appendix G).
    var scale: Double {
        let variance =
            means.variance().item(as: Double.self)
            + deviations.squared().mean().item(as: Double.self)
        return 1 / variance.squareRoot()
    }

    /// Latents drawn for some examples, not scaled: [B, latents, h, w].
    func sample(_ indices: [Int], using generator: RandomGenerator) -> Tensor {
        let rows = Tensor(indices)
        let means = means.indexSelect(0, rows)
        return means + deviations.indexSelect(0, rows)
            * Tensor.normal(means.shape, using: generator)
    }

    /// Encodes all examples, or reads the file that an earlier run left.
    ///
    /// - Parameter progress: called with the number of examples that are done.
    /// - Throws: what reading an example throws, what `progress` throws, `MediaError`.
    init(
        of examples: any RGBDExamples, by model: AutoencoderKL, file: URL,
        progress: (Int) throws -> Void
    ) throws {
        if FileManager.default.fileExists(atPath: file.path) {
            let state = try StateDictionary(mapping: file)
            if let means = state["means"], let deviations = state["deviations"],
                means.dimensions == 4, means.shape == deviations.shape,
                means.size(0) == examples.count, means.dtype == .float32
            {
                (self.means, self.deviations) = (means, deviations)
                return
            }
        }
        var (means, deviations): ([Tensor], [Tensor]) = ([], [])
        let batch = 32
        for first in stride(from: 0, to: examples.count, by: batch) {
            let last = min(first + batch, examples.count)
            let images = try examples.examples(Array(first..<last)).tensor
            let posterior = noGrad { model.posterior(of: images) }
            means.append(posterior.mean)
            deviations.append(noGrad { (posterior.logVariance * 0.5).exp() })
            try progress(last)
        }
        (self.means, self.deviations) = (.cat(means, 0), .cat(deviations, 0))
        try StateDictionary(["means": self.means, "deviations": self.deviations]).write(
            safetensors: file, overwrite: true)
    }
}
