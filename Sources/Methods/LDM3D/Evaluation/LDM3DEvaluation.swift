import Diffusion
import Evaluation
import Foundation
import Spatial
import Torch

/// Measures a model that was trained on generated scenes.
public struct LDM3DEvaluation {
    private let sampler: CaptionSampler
    /// What randomness derives from.
    public var seed: UInt64 = 0
    /// How many pictures are made, half of them of pairs that training never showed.
    public var samples = 200
    /// How many scenes the autoencoder and the recogniser are measured on.
    public var scenes = 500
    /// Steps of DDIM.
    public var steps = 30
    /// Where the recogniser is kept: taken from there if the file exists, or written there.
    public var recogniserFile: URL?

    /// Loads a model that `LDM3DTraining` wrote.
    ///
    /// - Throws: an `InputError` where the folder does not hold one.
    public init(model url: URL, guidance: Double = 3) throws {
        let folder = try DiffusersFolder(url)
        let decoder = try AutoencoderKL.load(
            folder.model("vae", of: AutoencoderConfiguration.classes))
        let unet = try UNet2DCondition.load(folder.model("unet", of: UNetConfiguration.classes))
        guard decoder.configuration.inputs == 4,
            unet.configuration.sampleSize.map({ $0 * decoder.configuration.factor }) == 64
        else {
            throw DiffusionError.architecture(
                file: url.relativePath,
                found: "a model of \(decoder.configuration.inputs) channels, or of another size",
                expected: "one of 4 channels and 64 × 64 pixels, as likeness train ldm3d makes it")
        }
        sampler = CaptionSampler(
            unet: unet, decoder: decoder,
            encoder: try CLIPTextEncoder.load(
                folder.model("text_encoder", of: CLIPTextConfiguration.classes)),
            tokenizer: try BytePairTokenizer(
                folder: folder.folder("tokenizer", of: ["CLIPTokenizer", "CLIPTokenizerFast"])),
            guidance: Guidance(scale: guidance))
    }

    /// Trains the recogniser, makes pictures and measures.
    ///
    /// - Returns: the figures, and a sheet of the first pictures.
    /// - Throws: what the listener throws.
    public func run(listener: any ProgressListener) throws -> (LDM3DFigures, sheet: Image) {
        let recogniser = try recogniser(listener)
        try listener.begin("Measuring", steps: scenes + samples)
        let real = try realScenes(recogniser) { try listener.advance(to: $0, note: "") }
        let (figures, sheet) = try samples(recogniser, real.features) {
            try listener.advance(to: scenes + $0, note: "")
        }
        try listener.end()
        return (
            LDM3DFigures(
                recogniser: real.recogniser, autoencoder: real.autoencoder, samples: figures), sheet
        )
    }

    private func recogniser(_ listener: any ProgressListener) throws -> SceneRecogniser {
        if let file = recogniserFile, FileManager.default.fileExists(atPath: file.path) {
            let recogniser = SceneRecogniser(using: RandomGenerator(seed: seed))
            try recogniser.load(StateDictionary(safetensors: file))
            return recogniser
        }
        let steps = 900
        try listener.begin("Training the recogniser", steps: steps)
        let recogniser = try SceneRecogniser.trained(seed: seed, steps: steps) {
            try listener.advance(to: $0, note: "")
        }
        try listener.end()
        if let recogniserFile {
            try recogniser.stateDictionary.write(safetensors: recogniserFile, overwrite: false)
        }
        return recogniser
    }

    private static let batch = 50

    /// Scenes that were never seen: how they are read, and what the autoencoder leaves of them.
    private func realScenes(
        _ recogniser: SceneRecogniser, _ progress: (Int) throws -> Void
    ) throws -> (
        recogniser: LDM3DFigures.Recogniser, autoencoder: LDM3DFigures.Autoencoder,
        features: FrechetDistance.Statistics
    ) {
        let set = ShapeScenes(
            seed: SplitMix.mix(seed, 0x7465_7374), count: scenes, isComplete: true)
        var read = Mean()
        var (readDepth, keptDepth, keptMetres, error) = (Mean(), Mean(), Mean(), Mean())
        var (features, kept) = (FrechetDistance.Statistics(), FrechetDistance.Statistics())
        for first in stride(from: 0, to: scenes, by: Self.batch) {
            let indices = Array(first..<min(first + Self.batch, scenes))
            let images = try set.examples(indices).tensor
            let made = noGrad {
                sampler.decoder.decode(
                    sampler.decoder.scaled(sampler.decoder.posterior(of: images).mode))
            }.clamped(min: -1, max: 1)
            noGrad {
                features.add(recogniser.features(images.narrow(1, 0, 3)))
                kept.add(recogniser.features(made.narrow(1, 0, 3)))
            }
            let difference = (images.narrow(1, 0, 3) - made.narrow(1, 0, 3)) / 2
            let found = recogniser.scenes(images.narrow(1, 0, 3))
            let squares = difference.squared().mean(1, 2, 3).array()
            for (i, index) in indices.enumerated() {
                let (scene, caption) = set.scene(index)
                read.add(caption.holds(of: found[i]) ? 1 : 0)
                readDepth.add(DepthError(found[i].depthImage, scene.depthImage).absoluteRelative)
                let errors = DepthError(Self.metres(made[i]), scene.depthImage)
                keptDepth.add(errors.absoluteRelative)
                keptMetres.add(errors.rootMeanSquare)
                error.add(-10 * log10(Double(squares[i])))
            }
            try progress(indices.last! + 1)
        }
        return (
            .init(accuracy: read.value, absoluteRelative: readDepth.value),
            .init(
                featureDistance: FrechetDistance.evaluate(features, kept), psnr: error.value,
                absoluteRelative: keptDepth.value, rootMeanSquareMetres: keptMetres.value), features
        )
    }

    /// Pictures of captions, read again.
    private func samples(
        _ recogniser: SceneRecogniser, _ real: FrechetDistance.Statistics,
        _ progress: (Int) throws -> Void
    ) throws -> (LDM3DFigures.Samples, Image) {
        let captions = captions()
        var (follows, heldOut, solids, shape, colour) = (Mean(), Mean(), Mean(), Mean(), Mean())
        var depth = Mean()
        var features = FrechetDistance.Statistics()
        var sheet: Image?
        for first in stride(from: 0, to: captions.count, by: Self.batch) {
            let part = captions[first..<min(first + Self.batch, captions.count)]
            let images = try sampler.images(
                of: part.map(\.text), seed: SplitMix.mix(seed, UInt64(first) + 1), steps: steps
            ).clamped(min: -1, max: 1)
            sheet = sheet ?? .sheet(of: images.narrow(0, 0, min(40, part.count)), columns: 10)
            let colours = images.narrow(1, 0, 3)
            noGrad { features.add(recogniser.features(colours)) }
            for ((i, caption), scene) in zip(part.enumerated(), recogniser.scenes(colours)) {
                let isTrue = caption.holds(of: scene)
                follows.add(isTrue ? 1 : 0)
                if caption.isHeldOut { heldOut.add(isTrue ? 1 : 0) }
                var solid = caption
                (solid.place, solid.floor) = (nil, nil)
                for k in solid.mentions.indices { solid.mentions[k].size = nil }
                solids.add(solid.holds(of: scene) ? 1 : 0)
                if scene.solids.count == caption.mentions.count {
                    for (mention, found) in zip(caption.mentions, scene.solids) {
                        shape.add(mention.shape == found.shape ? 1 : 0)
                        colour.add(mention.colour == found.colour ? 1 : 0)
                    }
                }
                depth.add(DepthError(Self.metres(images[i]), scene.depthImage).absoluteRelative)
            }
            try progress(first + part.count)
        }
        let figures = LDM3DFigures.Samples(
            count: captions.count, followsCaption: follows.value,
            followsHeldOutCaption: heldOut.value, solidsRight: solids.value,
            shapeRight: shape.value, colourRight: colour.value, absoluteRelative: depth.value,
            featureDistance: FrechetDistance.evaluate(features, real))
        return (figures, sheet!)
    }

    /// Captions of scenes never seen; every second one of a pair of solids never seen together.
    private func captions() -> [SceneCaption] {
        var result: [SceneCaption] = []
        var seed = SplitMix.mix(seed, 0x6361_7074)
        while result.count < samples {
            seed = SplitMix.mix(seed, 1)
            let caption = SceneCaption(of: .random(seed: seed), seed: seed)
            if caption.isHeldOut == (result.count % 2 == 1) { result.append(caption) }
        }
        return result
    }

    /// The depth of an RGB-D image [4, H, W] in −1…1, metres.
    private static func metres(_ image: Tensor) -> Image {
        Image(
            width: image.size(2), height: image.size(1), channels: 1,
            samples: image[3].array().map {
                ShapeScene.depthRange.distance(ofShare: min(max($0 / 2 + 0.5, 0), 1))
            })
    }
}

extension ShapeScene {
    /// Depth in metres as pictures of 64 × 64 pixels have it.
    fileprivate var depthImage: Image {
        Image(width: 64, height: 64, channels: 1, samples: depth())
    }
}

/// A mean of what is added.
private struct Mean {
    private var sum = 0.0
    private var count = 0

    mutating func add(_ value: Double) {
        sum += value
        count += 1
    }

    /// NaN of nothing.
    var value: Double { sum / Double(count) }
}
