import Diffusion
import Torch

extension AutoencoderKL {
    /// This autoencoder with more channels in and out, to be trained on: the first convolution gives the
    /// new ones no weight yet, the last one makes them the mean of the colours, so that it begins as what
    /// it was (Stan et al., arXiv 2305.10853, section 3.2).
    ///
    /// - Throws: `DiffusionError` where it has neither three nor that many channels.
    func widened(to channels: Int) throws -> AutoencoderKL {
        var configuration = configuration
        let found = (configuration.inputs, configuration.outputs)
        guard [3, channels].contains(found.0), found.0 == found.1 else {
            throw DiffusionError.architecture(
                file: "the autoencoder to begin with",
                found: "\(found.0) channels in and \(found.1) out",
                expected: "3 or \(channels)")
        }
        (configuration.inputs, configuration.outputs) = (channels, channels)
        let result = withoutInitialValues { AutoencoderKL(configuration) }
        var state = StateDictionary(source: "the autoencoder to begin with")
        for (name, tensor) in stateDictionary.tensors {
            state[name] = tensor.detached().converted(to: .float32).cloned()
        }
        if found.0 < channels {
            let more = channels - found.0
            let first = state["encoder.conv_in.weight"]!
            state["encoder.conv_in.weight"] = .cat(
                [first, .zeros([first.size(0), more, first.size(2), first.size(3)])], 1)
            for part in ["weight", "bias"] {
                let last = state["decoder.conv_out.\(part)"]!
                let mean = last.mean(0, keepDim: true)
                state["decoder.conv_out.\(part)"] = .cat(
                    [last] + Array(repeating: mean, count: more))
            }
        }
        try result.load(state)
        return result
    }

    /// The same weights with another scale of latents.
    func scaled(by scale: Double) throws -> AutoencoderKL {
        var configuration = configuration
        (configuration.scale, configuration.shift) = (scale, 0)
        let result = withoutInitialValues { AutoencoderKL(configuration) }
        try result.adopt(stateDictionary)
        result.setTrainable(false)
        return result
    }
}
