import ArgumentParser
import Foundation
import Methods
import Torch

/// The options of `generate` that say how pictures are enlarged.
struct GenerateUpscaling: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Enlarge each picture with this upscaler's folder.", valueName: "dir"))
    var upscale: String?

    @Option(
        help: ArgumentHelp(
            "How much the upscaler may invent, 0 to some 350: the noise that it takes the picture to have.",
            valueName: "level"))
    var noiseLevel = LDM3DUpscaler.Options().noiseLevel

    func validate() throws {
        guard noiseLevel >= 0 else { throw ValidationError("--noise-level takes 0 or more.") }
    }

    /// What enlarges; nil where nothing is to be.
    func upscaler(precision: DType, tiled: Bool) throws -> LDM3DUpscaler? {
        guard let upscale else { return nil }
        let upscaler = try LDM3DUpscaler(
            contentsOf: URL(fileURLWithPath: upscale), precision: precision)
        if tiled { upscaler.tiling = .init() }
        return upscaler
    }

    /// The options for a picture of a run.
    func options(negative: String, steps: Int, seed: UInt64) -> LDM3DUpscaler.Options {
        var options = LDM3DUpscaler.Options()
        options.negativePrompt = negative
        options.steps = steps
        options.seed = seed
        options.noiseLevel = noiseLevel
        return options
    }
}
