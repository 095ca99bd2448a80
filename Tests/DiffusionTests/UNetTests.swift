import Foundation
import Media
import Testing
import Torch

@testable import Diffusion

@Suite struct UNetTests {
    static let names = ["unet-sd1", "unet-sd2", "unet-upscaler", "unet-other"]

    private func predict(_ network: UNet2DCondition, _ fixture: NetworkFixture) -> Tensor {
        network(
            fixture["sample"], timestep: fixture["timestep"], text: fixture["text"],
            classes: fixture.optional("classes"))
    }

    @Test(arguments: names) func predictsAsDiffusers(_ name: String) throws {
        let fixture = try NetworkFixture(name)
        let network = try UNet2DCondition.load(fixture.folder)
        noGrad { fixture.expect(predict(network, fixture), "output", tolerance: 1e-5) }
        // As often as it is wanted, its weights are read again.
        network.releasesWeights = true
        for _ in 0..<2 {
            noGrad { fixture.expect(predict(network, fixture), "output", tolerance: 1e-5) }
        }
        // Recording changes how it is computed, not what.
        fixture.expect(predict(network, fixture), "output", tolerance: 1e-5)
    }

    @Test(arguments: names) func gradientsAreThoseOfDiffusers(_ name: String) throws {
        let fixture = try NetworkFixture(name)
        let network = try UNet2DCondition.load(fixture.folder)
        network.move(to: .cpu, dtype: .float32)
        network.setTrainable(true)
        for checkpoints in [false, true] {
            network.zeroGrad()
            network.checkpointsActivations = checkpoints
            let sample = fixture["sample"].cloned().requiringGrad()
            let output = network(
                sample, timestep: fixture["timestep"], text: fixture["text"],
                classes: fixture.optional("classes"))
            try output.backward(gradient: fixture["seed"])
            fixture.expect(try #require(sample.grad), "gradient")
            let weight = network.namedParameters.first {
                $0.name == "mid_block.resnets.0.conv1.weight"
            }
            fixture.expect(try #require(weight?.tensor.grad), "weightGradient")
            #expect(network.parameters.allSatisfy { $0.grad != nil })
        }
    }

    @Test(arguments: names) func namesAndBytesAreWrittenBack(_ name: String) throws {
        let fixture = try NetworkFixture(name)
        let state = try fixture.folder.weights()
        let own = try UNet2DCondition.load(fixture.folder).stateDictionary
        #expect(own.names == state.names)
        for name in state.names {
            #expect(own[name]!.dtype == state[name]!.dtype)
            #expect(own[name]!.isEqual(to: state[name]!), "\(name)")
        }
    }

    @Test func halfPrecisionIsClose() throws {
        let fixture = try NetworkFixture("unet-sd2")
        let network = try UNet2DCondition.load(fixture.folder, as: .bfloat16)
        // Kernels of convolutions are converted when they are packed.
        #expect(
            network.parameters.allSatisfy {
                ($0.dtype == .bfloat16) != ($0.dimensions == 4 && $0.size(3) > 1)
            })
        let output = noGrad {
            network(
                fixture["sample"].converted(to: .bfloat16), timestep: fixture["timestep"],
                text: fixture["text"])
        }
        #expect(output.dtype == .bfloat16)
        fixture.expect(output, "output", tolerance: 0.05)
    }

    @Test func oneTimestepServesAll() throws {
        let fixture = try NetworkFixture("unet-sd1")
        let network = try UNet2DCondition.load(fixture.folder)
        func predict(_ timestep: Tensor) -> Tensor {
            noGrad { network(fixture["sample"], timestep: timestep, text: fixture["text"]) }
        }
        #expect(predict(Tensor([801])).isEqual(to: predict(Tensor([801, 801]))))
        #expect(predict(Tensor(801)).isEqual(to: predict(Tensor([801.0, 801.0]))))
    }

    @Test func stableDiffusionHasItsSize() {
        let network = withoutInitialValues { UNet2DCondition(.stableDiffusion1) }
        #expect(network.parameterCount == 859_520_964)
    }

    @Test func othersAreRefusedByName() throws {
        func refused(_ key: String, _ value: JSONValue) throws -> String {
            let fixture = try NetworkFixture("unet-sd1")
            guard
                case .object(var values) = try JSONValue(
                    contentsOf: fixture.folder.url.appendingPathComponent("config.json"))
            else { return "" }
            values[key] = value
            let error = #expect(throws: DiffusionError.self) {
                try UNetConfiguration(Configuration(values, file: "config.json"))
            }
            return error?.description ?? ""
        }
        for (key, value): (String, JSONValue) in [
            ("time_cond_proj_dim", .integer(256)), ("dual_cross_attention", .boolean(true)),
            ("addition_embed_type", .text("text_time")), ("class_embed_type", .text("projection")),
            ("block_out_channels", .list([.integer(16)])), ("attention_head_dim", .integer(5)),
            ("norm_num_groups", .integer(7)), ("block_out_channels", .list([.integer(1 << 40)])),
            ("down_block_types", .list([.text("DownBlock2D"), .text("KDownBlock2D")])),
            ("resnet_time_scale_shift", .text("spatial")), ("novelty", .integer(3)),
        ] {
            let message = try refused(key, value)
            #expect(message.contains(key) && message.hasSuffix("."), "\(message)")
        }
        #expect(
            try refused("act_fn", .text("mish"))
                == "config.json sets act_fn to \"mish\", and only \"silu\" or \"swish\" is supported; "
                + "give another model.")
    }

    @Test func weightsOfAnotherNetworkAreOneSentence() throws {
        let folder = try TemporaryFolder()
        let fixture = try NetworkFixture("unet-sd1")
        try FileManager.default.copyItem(
            at: fixture.folder.url.appendingPathComponent("config.json"),
            to: folder.url.appendingPathComponent("config.json"))
        var state = try fixture.folder.weights()
        state["conv_in.weight"] = .zeros([16, 5, 3, 3])
        state["conv_out.bias"] = nil
        state["extra"] = .zeros([1])
        try state.write(
            safetensors: folder.url.appendingPathComponent("diffusion_pytorch_model.safetensors"),
            overwrite: false)
        let error = try #require(throws: CheckpointError.self) {
            try UNet2DCondition.load(ModelFolder(folder.url))
        }
        #expect(error.missing == ["conv_out.bias"] && error.unexpected == ["extra"])
        #expect(error.mismatched.map(\.name) == ["conv_in.weight"])
        #expect(!error.description.contains("\n"))
    }
}
