import Foundation
import Testing
import Torch

@testable import Diffusion

/// Against transformers' text models (scripts/fixtures/diffusion_text.py).
@Suite struct CLIPTextEncoderTests {
    static let names = ["text-sd1", "text-sd2", "text-projection"]

    @Test(arguments: names) func encodesAsTransformers(_ name: String) throws {
        let fixture = try NetworkFixture(name, in: "text")
        let encoder = try CLIPTextEncoder.load(fixture.folder)
        let tokens = fixture["tokens"]
        for recorded in [false, true] {
            func compute() {
                let states = encoder.encode(tokens)
                fixture.expect(states, "states", tolerance: 1e-5)
                fixture.expect(encoder.encode(tokens, skipping: 1), "penultimate", tolerance: 1e-5)
                let pooled = encoder.pooled(states, of: tokens)
                fixture.expect(pooled, "pooled", tolerance: 1e-5)
                if encoder.configuration.projection != nil {
                    fixture.expect(encoder.projected(pooled), "projected", tolerance: 1e-5)
                }
            }
            if recorded { compute() } else { noGrad(compute) }
        }
        #expect(encoder.encode(tokens, dtype: .bfloat16).dtype == .bfloat16)
        fixture.expect(encoder.encode(tokens, dtype: .bfloat16), "states", tolerance: 0.1)
    }

    @Test(arguments: names) func gradientsAreThoseOfTransformers(_ name: String) throws {
        let fixture = try NetworkFixture(name, in: "text")
        let encoder = try CLIPTextEncoder.load(fixture.folder)
        encoder.move(to: .cpu, dtype: .float32)
        encoder.setTrainable(true)
        let states = encoder.encode(fixture["tokens"])
        try states.backward(gradient: fixture["seed"])
        for name in [
            "embeddings.token_embedding", "encoder.layers.0.self_attn.q_proj",
            "encoder.layers.1.mlp.fc1",
        ] {
            let weight = encoder.namedParameters.first { $0.name == "text_model.\(name).weight" }
            fixture.expect(try #require(weight?.tensor.grad), "gradient.\(name)")
        }
    }

    @Test(arguments: names) func weightsAreMappedAsTheyAre(_ name: String) throws {
        let fixture = try NetworkFixture(name, in: "text")
        let stored = try fixture.folder.weights()
        let own = try CLIPTextEncoder.load(fixture.folder).stateDictionary
        let known = stored.names.filter { !$0.hasSuffix("position_ids") }
        #expect(own.names.count == known.count)
        for name in known {
            let tensor = try #require(own[name] ?? own["text_model.\(name)"])
            #expect(tensor.dtype == stored[name]!.dtype && tensor.isEqual(to: stored[name]!))
        }
    }

    @Test func laterTokensDoNotMatter() throws {
        let fixture = try NetworkFixture("text-sd1", in: "text")
        let encoder = try CLIPTextEncoder.load(fixture.folder)
        let tokens = fixture["tokens"]
        let part = encoder.encode(tokens.narrow(1, 0, 4))
        let error = (part - encoder.encode(tokens).narrow(1, 0, 4)).abs().max().item()
        #expect(error < 1e-5)
    }

    @Test func promptsComeFromTheModelsOwnTokenizer() throws {
        var configuration = CLIPTextConfiguration()
        (configuration.vocabularyCount, configuration.channels) = (1214, 16)
        (configuration.layers, configuration.heads) = (1, 2)
        let tokenizer = try BytePairTokenizer(
            folder: fixture("vocab", "json", in: "tokenizer").deletingLastPathComponent())
        let prompts = ["a red sphere", "", "the sea at night"].map(tokenizer.prompt)
        let states = try CLIPTextEncoder(configuration).encode(prompts)
        #expect(states.shape == [3, 77, 16])

        func message() throws -> String {
            let encoder = CLIPTextEncoder(configuration)
            let error = try #require(throws: DiffusionError.self) {
                _ = try encoder.encode(prompts)
            }
            return error.description
        }
        configuration.vocabularyCount = 500
        #expect(try message().contains("500"))
        (configuration.vocabularyCount, configuration.length) = (1214, 40)
        #expect(try message().contains("40"))
    }

    /// Its statistics are those of `_init_weights`.
    @Test func initialValuesAreThoseOfTransformers() throws {
        let fixture = try NetworkFixture("text-initial", in: "text")
        let configuration = try CLIPTextConfiguration(
            fixture.folder.configuration(of: CLIPTextConfiguration.classes))
        let encoder = CLIPTextEncoder(configuration, using: RandomGenerator(seed: 3))
        for (name, tensor) in encoder.namedParameters {
            let expected = fixture.optional("deviation.\(name)")?.item() ?? 0
            let deviation = tensor.standardDeviation().item()
            #expect(abs(deviation - expected) <= 0.15 * expected, "\(name): \(deviation)")
            #expect(tensor.requiresGrad)
        }
        let again = CLIPTextEncoder(configuration, using: RandomGenerator(seed: 3))
        let other = CLIPTextEncoder(configuration, using: RandomGenerator(seed: 4))
        let tokens = Tensor([1, 2, 3], shape: [1, 3])
        #expect(again.encode(tokens).isEqual(to: encoder.encode(tokens)))
        #expect(!other.encode(tokens).isEqual(to: encoder.encode(tokens)))
    }

    @Test func stableDiffusionHasItsSize() {
        #expect(
            withoutInitialValues { CLIPTextEncoder(.stableDiffusion1) }.parameterCount
                == 123_060_480)
    }

    @Test(arguments: names) func configurationsAreWrittenBack(_ name: String) throws {
        let folder = try NetworkFixture(name, in: "text").folder
        let read = try CLIPTextConfiguration(
            folder.configuration(of: CLIPTextConfiguration.classes))
        #expect(try CLIPTextConfiguration(Configuration(read.values)) == read)
    }

    @Test func othersAreRefusedByName() throws {
        let file = try NetworkFixture("text-sd1", in: "text").folder.url
            .appendingPathComponent("config.json")
        for (key, value): (String, JSONValue) in [
            ("hidden_act", .text("relu")), ("num_attention_heads", .integer(5)),
            ("attention_dropout", .number(0.1)), ("use_attention_mask", .boolean(true)),
            ("hidden_size", .integer(1 << 40)), ("eos_token_id", .list([.integer(3)])),
            ("model_type", .text("clip")), ("num_hidden_layers", .integer(0)),
            ("max_position_embeddings", .text("many")), ("novelty", .integer(3)),
            ("layer_norm_eps", .text("small")), ("vocab_size", .integer(-4)),
        ] {
            guard case .object(var values) = try JSONValue(contentsOf: file) else { return }
            values[key] = value
            let error = try #require(throws: DiffusionError.self) {
                try CLIPTextConfiguration(Configuration(values, file: "config.json"))
            }
            #expect(error.description.contains(key) && error.description.hasSuffix("."))
        }
    }
}
