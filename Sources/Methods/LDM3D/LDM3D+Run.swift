import Diffusion
import Spatial
import Torch

extension LDM3D {
    /// What holds for all pictures of a run.
    struct Run {
        let options: Options
        /// Of the latents.
        let width: Int
        let height: Int
        /// How many rows the network takes at once, and how many pictures advance together.
        let rowLimit: Int
        let groupSize: Int
        /// Where in the scheduler's timesteps to begin.
        let beginning: Int
        let input: PreparedInput?
        let makeScheduler: () throws(DiffusionError) -> any Scheduler

        /// Latent pixels that the network looks at in one go: those of one picture of 512² with guidance.
        private static let latentPixels = 8192

        init(_ model: LDM3D, _ options: Options) throws(DiffusionError) {
            let configuration = model.scheduler
            makeScheduler = { () throws(DiffusionError) in
                try configuration.scheduler(steps: options.steps, eta: options.eta)
            }
            self.options = options
            guard options.count > 0 else {
                throw .input(name: "number of pictures", found: "0", expected: "at least one")
            }
            input = try options.input.map { input throws(DiffusionError) in
                try PreparedInput(input, model, size: options.size)
            }
            let factor = model.granularity
            let size = options.size ?? input.map { ($0.image.width, $0.image.height) }
            if let latents = options.latents {
                (width, height) = try Self.size(of: latents, model, options, size)
            } else {
                let size = size ?? (model.nativeSize, model.nativeSize)
                try model.check(width: size.0, height: size.1)
                (width, height) = (size.0 / factor, size.1 / factor)
            }
            rowLimit = max(1, Self.latentPixels / (width * height))
            // Noise of later steps comes from one generator: each picture has its own only alone.
            groupSize = configuration.drawsNoise(eta: options.eta) ? 1 : rowLimit
            let timesteps = try makeScheduler().timesteps
            guard let strength = options.input?.strength else {
                beginning = 0
                return
            }
            guard 0...1 ~= strength else {
                throw .input(
                    name: "strength", found: "\(strength)", expected: "a number from 0 to 1")
            }
            let taken = min(Int(Double(options.steps) * strength), options.steps)
            beginning = min(options.steps - taken, timesteps.count)
        }

        /// How far a panorama is turned at a step: by another part of it each time, so that its border
        /// is never where the network sees none.
        func shift(at step: Int, of count: Int) -> Int {
            guard options.wraps else { return 0 }
            // Multiples of the golden section are spread evenly over the circle.
            let turn = Double(step) * 0.618_033_988_749_895
            return Int((turn - turn.rounded(.down)) * Double(width))
        }

        /// The size of given noise, in latent pixels.
        private static func size(
            of latents: Tensor, _ model: LDM3D, _ options: Options,
            _ wanted: (width: Int, height: Int)?
        ) throws(DiffusionError) -> (Int, Int) {
            let channels = model.autoencoder.configuration.latents
            let (shape, factor) = (latents.shape, model.granularity)
            let expected =
                wanted.map { [options.count, channels, $0.height / factor, $0.width / factor] }
            guard shape.count == 4, shape[0] == options.count, shape[1] == channels,
                shape[2] > 0, shape[3] > 0, expected == nil || expected == shape
            else {
                throw .input(
                    name: "shape of the latents", found: "\(shape)",
                    expected: expected.map { "\($0)" }
                        ?? "[\(options.count), \(channels), height/\(factor), width/\(factor)]")
            }
            try model.check(width: shape[3] * factor, height: shape[2] * factor)
            return (shape[3], shape[2])
        }
    }

    /// The size of the pictures that options ask for, pixels.
    ///
    /// - Throws: `DiffusionError` where the options do not fit the model.
    public func size(of options: Options) throws(DiffusionError) -> (width: Int, height: Int) {
        let run = try Run(self, options)
        return (run.width * granularity, run.height * granularity)
    }

    /// The sides that are possible, pixels.
    static let sides = 8...8192

    func check(width: Int, height: Int) throws(DiffusionError) {
        for side in [width, height] where side % granularity != 0 || !(Self.sides ~= side) {
            throw .input(
                name: "picture's size", found: "\(width)×\(height)",
                expected: "one of multiples of \(granularity) up to \(Self.sides.upperBound)")
        }
    }

    /// What a group begins with.
    struct Start {
        /// [B, latents, h, w].
        let noise: Tensor
        let latents: Tensor
        /// Where some of the picture stays: its latents, and 1 where it is made anew.
        var known: (latents: Tensor, mask: Tensor)?
        /// For noise of later steps.
        let generator: RandomGenerator
    }

    func begin(_ indices: Range<Int>, _ run: Run, _ scheduler: any Scheduler) throws -> Start {
        let shape = [1, autoencoder.configuration.latents, run.height, run.width]
        var (noises, images): ([Tensor], [Tensor]) = ([], [])
        var last: RandomGenerator?
        for index in indices {
            let generator = RandomGenerator(seed: run.options.seed &+ UInt64(index))
            // The order in which diffusers draws: the picture's latents, then the noise.
            if let input = run.input {
                images.append(
                    autoencoder.scaled(
                        autoencoder.posterior(of: input.image.tensor(packing), tiling: tiling)
                            .sample(using: generator)))
            }
            noises.append(
                run.options.latents?.narrow(0, index, 1).converted(to: .float32).contiguous()
                    ?? Tensor.normal(shape, using: generator))
            last = generator
        }
        let noise = Tensor.cat(noises)
        guard let input = run.input else {
            return Start(
                noise: noise, latents: noise * scheduler.initialNoiseSigma, generator: last!)
        }
        let clean = Tensor.cat(images)
        let timesteps = scheduler.timesteps
        var start: Tensor
        if run.beginning >= timesteps.count {
            start = clean
        } else if run.beginning == 0 && input.mask != nil {
            // Made anew from nothing but noise where the mask says so.
            start = noise * scheduler.initialNoiseSigma
        } else {
            start = scheduler.addNoise(clean, noise: noise, timestep: timesteps[run.beginning])
        }
        start = start.contiguous()
        return Start(
            noise: noise, latents: start,
            known: input.latentMask(width: run.width, height: run.height).map { (clean, $0) },
            generator: last!)
    }
}

extension SchedulerConfiguration {
    /// Whether steps add noise.
    fileprivate func drawsNoise(eta: Double) -> Bool {
        switch solver {
        case .ddpm, .eulerAncestral: true
        case .ddim: eta > 0
        case .pndm, .euler: false
        case .dpmSolver(let options):
            [.stochasticNoise, .stochasticClean].contains(options.algorithm)
        }
    }
}
