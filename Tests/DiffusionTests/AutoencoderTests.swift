import Foundation
import Testing
import Torch

@testable import Diffusion

@Suite struct AutoencoderTests {
    static let names = ["vae-3", "vae-4", "vae-6"]

    @Test(arguments: names) func codesAsDiffusers(_ name: String) throws {
        let fixture = try NetworkFixture(name)
        let network = try AutoencoderKL.load(fixture.folder)
        noGrad {
            let posterior = network.posterior(of: fixture["image"])
            fixture.expect(posterior.mode, "mean", tolerance: 1e-5)
            fixture.expect(posterior.logVariance, "logVariance", tolerance: 1e-5)
            fixture.expect(posterior.divergence, "divergence", tolerance: 1e-2)
            fixture.expect(posterior.sample(using: RandomGenerator(seed: 5)), "sample")
            fixture.expect(network.decode(fixture["latents"]), "decoded", tolerance: 1e-5)
        }
    }

    @Test(arguments: names) func tilesAreBlendedAsByDiffusers(_ name: String) throws {
        let fixture = try NetworkFixture(name)
        let network = try AutoencoderKL.load(fixture.folder)
        noGrad {
            let posterior = network.posterior(of: fixture["large"], tiling: Tiling())
            fixture.expect(posterior.mean, "tiledMean", tolerance: 1e-5)
            let image = network.decode(fixture["largeLatents"], tiling: Tiling())
            fixture.expect(image, "tiledDecoded", tolerance: 1e-5)
            // One tile is the whole.
            let small = fixture["largeLatents"].narrow(2, 0, 8).narrow(3, 0, 8)
            #expect(network.decode(small, tiling: Tiling()).isEqual(to: network.decode(small)))
        }
    }

    @Test func checkpointingChangesNoGradient() throws {
        let network = try AutoencoderKL.load(NetworkFixture("vae-3").folder)
        network.setTrainable(true)
        let image = try NetworkFixture("vae-3")["image"]
        func gradients() throws -> [Tensor] {
            network.zeroGrad()
            let posterior = network.posterior(of: image)
            let decoded = network.decode(network.scaled(posterior.mode))
            try (decoded.squared().mean() + posterior.divergence.mean()).backward()
            return try network.parameters.map { try #require($0.grad).cloned() }
        }
        let expected = try gradients()
        network.checkpointsActivations = true
        for (a, b) in zip(expected, try gradients()) { #expect(a.isClose(to: b)) }
    }

    @Test func scalingIsUndoneByDecoding() throws {
        let fixture = try NetworkFixture("vae-4")
        let network = try AutoencoderKL.load(fixture.folder)
        let raw = (fixture["latents"] / 0.5) + 0.25
        #expect(network.scaled(raw).isClose(to: fixture["latents"], absolute: 1e-6))
    }

    @Test func namesAreWrittenBack() throws {
        for name in ["vae-4", "vae-6"] {
            let folder = try NetworkFixture(name).folder
            let own = try AutoencoderKL.load(folder).stateDictionary
            #expect(try own.names == folder.weights().names)
        }
        // Former names become today's.
        let own = try AutoencoderKL.load(NetworkFixture("vae-3").folder).stateDictionary
        #expect(own["encoder.mid_block.attentions.0.to_out.0.weight"]?.shape == [16, 16])
    }

    @Test func stableDiffusionHasItsSize() {
        let network = withoutInitialValues { AutoencoderKL(.stableDiffusion1) }
        #expect(network.parameterCount == 83_653_863)
    }

    @Test func othersAreRefusedByName() throws {
        for (key, value): (String, JSONValue) in [
            ("latents_mean", .list([.number(0.1)])), ("act_fn", .text("relu")),
            ("down_block_types", .list([.text("AttnDownEncoderBlock2D")])),
            ("scaling_factor", .integer(0)), ("norm_num_groups", .integer(48)),
            ("novelty", .boolean(true)),
        ] {
            let error = #expect(throws: DiffusionError.self) {
                try AutoencoderConfiguration(Configuration([key: value]))
            }
            #expect(error?.description.contains(key) == true)
        }
    }
}
