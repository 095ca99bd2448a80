import ArgumentParser
import Diffusion
import Foundation
import Media
import Methods
import Spatial
import Torch

/// `likeness generate PROMPT --model DIR -o PNG`.
struct Generate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make pictures with depth from a text.",
        discussion: """
            The model is a folder as diffusers saves it: Intel/ldm3d, ldm3d-4c or ldm3d-pano, or \
            Stable Diffusion 1.x or 2.x, which gives no depth. Without --model it is the small one \
            that comes along: shaded shapes of 64 × 64 pixels.

              likeness generate "a red sphere left of a blue cube" -o shapes.png
              likeness generate "a lighthouse at dusk" --model ldm3d-4c -o dusk.png \
            --mesh dusk.glb --splats dusk.ply

            Beside dusk.png, dusk-depth.png holds the depth of each pixel in 16 bits: relative, \
            inverse, 65535 is nearest. What that is in metres nobody knows; points, meshes and \
            Gaussians take it to lie between --near and --far, seen under --fov (unless the model's \
            folder says in depth.json what it was trained on). They have y up, and the viewer at the \
            origin looks along −z; in .ply and .spz files of Gaussians the axes are those of 3D \
            Gaussian Splatting.

            A picture twice as wide as high is taken for a panorama: points, mesh and Gaussians then \
            lie all around the viewer.

              likeness generate "a cave with a lake" --model ldm3d-pano --size 1024x512 \
            -o cave.png --splats cave.spz

            A picture can be begun with, and a part of it kept: --mask is white where it is made anew.

              likeness generate "a house in winter" --model ldm3d-4c -o winter.png \
            --image house.png --depth house-depth.png --strength 0.6

            An upscaler makes each picture larger: stabilityai/stable-diffusion-x4-upscaler four times, its \
            depth merely stretched; Intel/ldm3d-sr, which knows depth, twice. --dump is of what comes before.

              likeness generate "a lighthouse at dusk" --model ldm3d-4c --upscale ldm3d-sr -o dusk.png

            To compare with diffusers, give the noise and look at what came of it: --dump writes \
            prompt_embeds, negative_prompt_embeds, noise, latents (the last) and image (decoded, −1 to \
            1) as .npy. Without --latents the noise is that of torch.Generator().manual_seed(--seed), \
            for the next picture of --count with the next seed.
            """)

    @Argument(help: ArgumentHelp("What is to be in the picture.", valueName: "prompt"))
    var prompt: String

    @Option(help: ArgumentHelp("The model's folder.", valueName: "dir"))
    var model: String?

    @OptionGroup var outputs: GenerateOutputs

    @Option(help: ArgumentHelp("What is not to be in the picture.", valueName: "prompt"))
    var negative = ""

    @Option(help: "How many steps lead from noise to the picture.")
    var steps = LDM3D.Options().steps

    @Option(help: "How strongly the picture follows the prompt; 1 is without guidance.")
    var guidance = LDM3D.Options().guidance.scale

    @Option(
        help: ArgumentHelp(
            "The share of guidance's contrast that is taken back, 0 to 1.", valueName: "share"))
    var rescale = 0.0

    @Option(help: "How many pictures; their names are numbered.")
    var count: Int?

    @Option(
        help: ArgumentHelp(
            "A side in pixels, or WIDTHxHEIGHT; the model's own if left out.", valueName: "pixels"))
    var size: String?

    @Option(
        help: ArgumentHelp(
            "The solver, instead of the model's: \(SchedulerConfiguration.SolverName.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "name"))
    var scheduler: SchedulerConfiguration.SolverName?

    @Option(
        help: ArgumentHelp(
            "The share of noise that DDIM adds at each step, 0 to 1.", valueName: "share"))
    var eta = LDM3D.Options().eta

    @Option(
        help: ArgumentHelp("Begin with this noise, [count, latents, h, w].", valueName: "npy"))
    var latents: String?

    @Option(help: ArgumentHelp("Write what was computed into this folder.", valueName: "dir"))
    var dump: String?

    @OptionGroup var input: GenerateInput

    @OptionGroup var upscaling: GenerateUpscaling

    @Option(help: "What the U-Net computes in: fp32, or bf16, which takes half the memory.")
    var precision = Precision.fp32

    @Flag(help: "Decode large pictures in tiles: less memory, slightly different.")
    var tiled = false

    @OptionGroup var common: CommonOptions

    enum Precision: String, ExpressibleByArgument, CaseIterable {
        case fp32, bf16
    }

    func validate() throws {
        try requireDistinct(
            outputs.paths + input.paths + [("--latents", latents), ("--dump", dump)])
        guard (1...100_000).contains(steps) else {
            throw ValidationError("--steps takes 1 to 100000.")
        }
        guard guidance.isFinite, guidance >= 0 else {
            throw ValidationError("--guidance takes 0 or more.")
        }
        guard (0...1).contains(eta) else { throw ValidationError("--eta takes 0 to 1.") }
        guard (0...1).contains(rescale) else { throw ValidationError("--rescale takes 0 to 1.") }
        guard (1...10_000).contains(count ?? 1) else {
            throw ValidationError("--count takes 1 to 10000.")
        }
        _ = try parsedSize()
    }

    func run() throws {
        common.apply()
        let started = Date()
        let folder = try model.map { URL(fileURLWithPath: $0) } ?? LDM3D.smallModel()
        var options = LDM3D.Options()
        options.negativePrompt = negative
        options.steps = steps
        options.guidance = Guidance(scale: guidance, rescale: rescale)
        options.eta = eta
        options.seed = common.seed
        options.latents = try latents.map(Self.noise)
        options.count = count ?? options.latents?.size(0) ?? 1
        options.size = try parsedSize()
        options.input = try input.read()
        let writer = try outputs.writer(
            count: options.count, range: DepthRange(modelFolder: folder),
            overwrite: common.overwrite)
        let dumped = try dump.map {
            try SampleDump($0, overwrite: common.overwrite)
        }

        let type: DType = precision == .bf16 ? .bfloat16 : .float32
        let pipeline = try LDM3D(contentsOf: folder, scheduler: scheduler, precision: type)
        let upscaler = try upscaling.upscaler(precision: type, tiled: tiled)
        if tiled { pipeline.tiling = Tiling() }
        try writer.require(depth: pipeline.hasDepth)
        let size = try pipeline.size(of: options)
        options.wraps = writer.isPanorama(width: size.width, height: size.height)
        // Before hours of work are lost.
        _ = try upscaler?.resultSize(
            width: size.width, height: size.height, hasDepth: pipeline.hasDepth,
            options: upscaling.options(negative: negative, steps: steps, seed: options.seed))
        let embedding = try pipeline.embedding(of: prompt, negativePrompt: negative)
        dumped?.add(embedding)

        var pictures: [GenerateWriter.Picture] = []
        let progress = ProgressBar(isQuiet: common.quiet)
        try pipeline.generate(embedding, options: options, listener: progress) { sample in
            let seed = options.seed &+ UInt64(sample.index)
            let large = try upscaler?.upscale(
                sample.image, prompt: prompt,
                options: upscaling.options(negative: negative, steps: steps, seed: seed),
                listener: progress
            ).image
            let picture = try writer.write(large ?? sample.image, index: sample.index, seed: seed)
            pictures.append(picture)
            dumped?.add(sample)
            if !common.json { Console.result(picture.line) }
        }
        try dumped?.write()
        if common.json {
            try Console.json(
                Report(pictures: pictures, seconds: Date().timeIntervalSince(started)))
        }
    }

    /// --size as pixels.
    private func parsedSize() throws -> (width: Int, height: Int)? {
        guard let size else { return nil }
        let sides = size.lowercased().split(separator: "x", omittingEmptySubsequences: false)
            .map { Int($0) }
        guard (1...2).contains(sides.count), let width = sides[0], let height = sides.last!,
            (1...100_000).contains(width), (1...100_000).contains(height)
        else { throw ValidationError("--size takes pixels, such as 512 or 1024x512.") }
        return (width, height)
    }

    /// Noise out of an .npy file; a single one may lack its first dimension.
    private static func noise(_ path: String) throws -> Tensor {
        let array = try NumPyArray.read(contentsOf: URL(fileURLWithPath: path))
        guard let data = array.tensor, [3, 4].contains(data.shape.count), data.count > 0,
            [.float16, .float32, .float64].contains(data.elementType)
        else {
            throw MediaError.unsupported(
                file: path, found: "no noise",
                expected: "an array of floats [count, latents, h, w]")
        }
        let tensor = Tensor(data).converted(to: .float32)
        return tensor.dimensions == 3 ? tensor.unsqueezed(0) : tensor
    }

    /// What `--json` prints.
    private struct Report: Encodable {
        let pictures: [GenerateWriter.Picture]
        let seconds: Double
    }
}

extension SchedulerConfiguration.SolverName: ExpressibleByArgument {}
