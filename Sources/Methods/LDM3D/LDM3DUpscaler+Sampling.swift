import Diffusion
import Spatial
import Torch

extension LDM3DUpscaler {
    /// A picture `factor` times as large.
    ///
    /// - Parameters:
    ///   - prompt: what is in the picture; may be empty.
    ///   - listener: told about each step; it may throw to end the work.
    /// - Throws: `DiffusionError` where prompt, picture or options do not fit the model; what the
    ///   listener throws.
    public func upscale(
        _ image: RGBDImage, prompt: String, options: Options = Options(),
        listener: (any ProgressListener)? = nil
    ) throws -> LDM3D.Sample {
        let prompts = try [("negative prompt", options.negativePrompt), ("prompt", prompt)].map {
            try tokenizer.completePrompt($0.1, name: $0.0)
        }
        let size = try resultSize(
            width: image.width, height: image.height, hasDepth: image.depth != nil,
            options: options)
        let scheduler = try self.scheduler.scheduler(steps: options.steps, eta: options.eta)
        return try noGrad {
            let text = try textEncoder.encode(prompts)
            // For the U-Net's room.
            textEncoder.releaseMappedMemory()
            let generator = RandomGenerator(seed: options.seed)
            // The order in which diffusers draws: the small picture's noise, then the latents'.
            let seen = conditions(image, size, options, generator)
            let noise = try noise(options, like: seen, generator)
            var x = noise * scheduler.initialNoiseSigma
            scheduler.begin(at: 0)
            try listener?.begin("Enlarging", steps: scheduler.timesteps.count)
            for (step, timestep) in scheduler.timesteps.enumerated() {
                let input = Tensor.cat(
                    [scheduler.scaleModelInput(x, timestep: timestep), seen], 1)
                x = scheduler.step(
                    prediction: predict(input, timestep, text, options), timestep: timestep,
                    sample: x, generator: generator)
                try listener?.advance(to: step + 1, note: "")
            }
            try listener?.end()
            let decoded = autoencoder.decode(x * latentScale, tiling: tiling)
            var result = RGBDImage(decoded: decoded.select(0, 0), packing: packing)
            if packing == .none, image.depth != nil {
                result.depth = image.resized(width: size.width, height: size.height).depth
            }
            return LDM3D.Sample(
                index: 0, noise: noise, latents: x, decoded: decoded, image: result)
        }
    }

    /// The size of what `upscale` makes of a picture, pixels.
    ///
    /// - Throws: `DiffusionError` where the picture or the options do not fit the model.
    public func resultSize(
        width: Int, height: Int, hasDepth: Bool, options: Options
    ) throws(DiffusionError) -> (width: Int, height: Int) {
        guard 0...noiseLimit ~= options.noiseLevel else {
            throw .input(
                name: "noise level", found: "\(options.noiseLevel)",
                expected: "one from 0 to \(noiseLimit)")
        }
        _ = try scheduler.scheduler(steps: options.steps, eta: options.eta)
        guard packing == .none || hasDepth else {
            throw .input(
                name: "picture to enlarge", found: "without depth",
                expected: "one with the depth of each pixel for this model")
        }
        let limit = LDM3D.sides.upperBound / factor
        guard 1...limit ~= width, 1...limit ~= height else {
            throw .input(
                name: "picture to enlarge", found: "\(width)×\(height) pixels",
                expected: "one of at most \(limit) a side")
        }
        // Whole latents.
        let unit = autoencoder.configuration.factor
        func whole(_ side: Int) -> Int { (side * factor + unit - 1) / unit * unit }
        return (whole(width), whole(height))
    }

    /// What the network sees of the small picture, beside each latent: [1, channels, h, w].
    private func conditions(
        _ image: RGBDImage, _ size: (width: Int, height: Int), _ options: Options,
        _ generator: RandomGenerator
    ) -> Tensor {
        switch condition {
        case .pixels(let schedule):
            let pixels = image.tensor(packing)
            return schedule.addNoise(
                pixels, noise: .normal(pixels.shape, using: generator),
                timesteps: Tensor([options.noiseLevel]))
        case .latents:
            let large = image.resized(width: size.width, height: size.height)
            return autoencoder.scaled(
                autoencoder.posterior(of: large.tensor(packing), tiling: tiling)
                    .sample(using: generator))
        }
    }

    private func noise(
        _ options: Options, like seen: Tensor, _ generator: RandomGenerator
    ) throws(DiffusionError) -> Tensor {
        let shape = [1, autoencoder.configuration.latents, seen.size(2), seen.size(3)]
        guard let given = options.latents else { return .normal(shape, using: generator) }
        guard given.shape == shape else {
            throw .input(
                name: "shape of the latents", found: "\(given.shape)", expected: "\(shape)")
        }
        return given.converted(to: .float32)
    }

    /// The guided prediction, float32.
    ///
    /// - Parameter text: of the negative prompt and of the prompt, [2, N, width].
    private func predict(
        _ input: Tensor, _ timestep: Double, _ text: Tensor, _ options: Options
    ) -> Tensor {
        let rows = (options.guidance.isActive ? 0 : 1)..<2
        // One by one: pictures are large.
        let predictions = rows.map {
            unet(
                input.converted(to: precision), timestep: Tensor([Float(timestep)]),
                text: text.narrow(0, $0, 1), classes: Tensor([options.noiseLevel])
            ).converted(to: .float32)
        }
        guard options.guidance.isActive else { return predictions[0] }
        return options.guidance.combined(
            unconditioned: predictions[0], conditioned: predictions[1])
    }
}
