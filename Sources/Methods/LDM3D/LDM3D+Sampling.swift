import Diffusion
import Spatial
import Torch

extension LDM3D {
    /// Makes pictures of a text.
    ///
    /// - Parameters:
    ///   - prompt: what is to be in the pictures.
    ///   - listener: told about each step; it may throw to end the work.
    ///   - body: gets each picture as soon as it is there.
    /// - Throws: `DiffusionError` where prompt or options do not fit the model; what the listener and
    ///   `body` throw.
    public func generate(
        _ prompt: String, options: Options = Options(),
        listener: (any ProgressListener)? = nil, _ body: (Sample) throws -> Void
    ) throws {
        let embedding = try embedding(of: prompt, negativePrompt: options.negativePrompt)
        try generate(embedding, options: options, listener: listener, body)
    }

    /// Makes pictures of texts that are encoded already, as `embedding(of:negativePrompt:)` does it.
    ///
    /// - Throws: As `generate`.
    public func generate(
        _ embedding: PromptEmbedding, options: Options, listener: (any ProgressListener)? = nil,
        _ body: (Sample) throws -> Void
    ) throws {
        let run = try Run(self, options)
        try noGrad {
            for first in stride(from: 0, to: options.count, by: run.groupSize) {
                let indices = first..<min(first + run.groupSize, options.count)
                let samples = try group(indices, run, embedding, listener)
                for sample in samples { try body(sample) }
            }
        }
    }

    /// The pictures of a group, which advance together.
    private func group(
        _ indices: Range<Int>, _ run: Run, _ embedding: PromptEmbedding,
        _ listener: (any ProgressListener)?
    ) throws -> [Sample] {
        let total = run.options.count
        let which =
            total == 1
            ? ""
            : indices.count == 1
                ? " \(indices.lowerBound + 1) of \(total)"
                : "s \(indices.lowerBound + 1) to \(indices.upperBound) of \(total)"
        let scheduler = try run.makeScheduler()
        scheduler.begin(at: run.beginning)
        let start = try begin(indices, run, scheduler)
        let timesteps = scheduler.timesteps[run.beginning...]
        try listener?.begin("Making picture\(which)", steps: timesteps.count)
        var x = start.latents
        for (step, timestep) in timesteps.enumerated() {
            let input = scheduler.scaleModelInput(x, timestep: timestep)
            let prediction = predict(
                input, timestep, embedding, run, shift: run.shift(at: step, of: timesteps.count))
            x = scheduler.step(
                prediction: prediction, timestep: timestep, sample: x, generator: start.generator)
            if let known = start.known {
                // What is not made anew is the picture's, as noisy as the rest.
                let next = timesteps.dropFirst(step + 1).first
                let clean = known.latents
                let there =
                    next.map { scheduler.addNoise(clean, noise: start.noise, timestep: $0) }
                    ?? clean
                x = there * (1 - known.mask) + x * known.mask
            }
            try listener?.advance(to: step + 1, note: "")
        }
        try listener?.end()
        try listener?.begin("Decoding picture\(which)", steps: indices.count)
        let samples = try indices.enumerated().map { i, index in
            let latents = x.narrow(0, i, 1)
            let decoded = decode(latents, wraps: run.options.wraps)
            try listener?.advance(to: i + 1, note: "")
            var image = RGBDImage(decoded: decoded.select(0, 0), packing: packing)
            if let input = run.input { image = input.kept(in: image) }
            return Sample(
                index: index, noise: start.noise.narrow(0, i, 1), latents: latents,
                decoded: decoded, image: image)
        }
        try listener?.end()
        return samples
    }

    /// The guided prediction for latents [B, …], float32.
    ///
    /// - Parameter shift: how far a panorama is turned while the network looks at it.
    private func predict(
        _ latents: Tensor, _ timestep: Double, _ embedding: PromptEmbedding, _ run: Run, shift: Int
    ) -> Tensor {
        let seen = shift == 0 ? latents : latents.rolled(shift, 3)
        let count = latents.size(0)
        let guidance = run.options.guidance
        let texts =
            guidance.isActive ? [embedding.negativePrompt, embedding.prompt] : [embedding.prompt]
        let text = Tensor.cat(texts.map { $0.expanded(count, -1, -1) })
        let input = Tensor.cat(texts.map { _ in seen })
        let time = Tensor([Float(timestep)])
        // As many rows at once as keep activations small: rows of large pictures one by one.
        let parts = stride(from: 0, to: input.size(0), by: run.rowLimit).map { row in
            let rows = min(run.rowLimit, input.size(0) - row)
            return unet(
                input.narrow(0, row, rows).converted(to: precision), timestep: time,
                text: text.narrow(0, row, rows)
            ).converted(to: .float32)
        }
        var prediction = parts.count == 1 ? parts[0] : Tensor.cat(parts)
        if shift != 0 { prediction = prediction.rolled(-shift, 3) }
        guard guidance.isActive else { return prediction }
        return guidance.combined(
            unconditioned: prediction.narrow(0, 0, count),
            conditioned: prediction.narrow(0, count, count))
    }

    /// The image of latents; a panorama's with its ends decoded beside each other.
    private func decode(_ latents: Tensor, wraps: Bool) -> Tensor {
        guard wraps else { return autoencoder.decode(latents, tiling: tiling) }
        let width = latents.size(3)
        let margin = min(8, width)
        let factor = autoencoder.configuration.factor
        let around = Tensor.cat(
            [latents.narrow(3, width - margin, margin), latents, latents.narrow(3, 0, margin)], 3)
        return autoencoder.decode(around, tiling: tiling)
            .narrow(3, margin * factor, width * factor).contiguous()
    }
}
