import CTorch
import Foundation
import Media
import Testing

@testable import Torch

/// The model of scripts/fixtures/torch_ops.py.
private final class Model: Module {
    let embed = Embedding(5, 4)
    let encoder = Sequential(
        Conv2d(2, 4, kernel: 3, stride: 2, padding: 1), GroupNorm(2, 4), Activation { $0.silu() },
        ConvTranspose2d(4, 3, kernel: 4, stride: 2, padding: 1))
    let layers = [Linear(4, 6), Linear(6, 4, bias: false)]
    let norm = LayerNorm(4)
    let drop = Dropout(0.5)
    let scale = Tensor.ones([4])

    var members: ModuleMembers {
        [
            "scale": .buffer(scale), "embed": .module(embed), "encoder": .module(encoder),
            "layers": .modules(layers), "norm": .module(norm), "drop": .module(drop),
        ]
    }

    func callAsFunction(_ index: Tensor, _ image: Tensor) -> (Tensor, Tensor) {
        let hidden = layers[1](layers[0](embed(index)).relu())
        return (norm(drop(hidden)) * scale, encoder(image))
    }
}

@Suite struct ModuleTests {
    private func file(_ name: String, _ type: String) throws -> URL {
        try #require(
            Bundle.module.url(forResource: name, withExtension: type, subdirectory: "Fixtures"))
    }

    @Test func pyTorchStateGivesPyTorchOutputs() throws {
        let states = [
            try StateDictionary(safetensors: file("model", "safetensors")),
            try StateDictionary(checkpoint: file("model", "pt")),
        ]
        for state in states {
            let model = Model()
            try model.load(state)
            model.setTraining(false)
            let outputs = try Fixture("model-outputs")
            let (x, y) = model(outputs["index"], outputs["image"])
            expectClose(x, outputs["x"], "x of \(state.source)")
            expectClose(y, outputs["y"], "y of \(state.source)")
            model.setTraining(true)
            #expect(!model(outputs["index"], outputs["image"]).0.isClose(to: x))
        }
    }

    @Test func damagedFilesAreErrors() throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("damaged-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for type in ["safetensors", "pt"] {
            let whole = try Data(contentsOf: file("model", type))
            for count in [0, 7, 100, whole.count / 2, whole.count - 1] {
                let url = folder.appendingPathComponent("cut.\(type)")
                try whole.prefix(count).write(to: url)
                #expect(throws: MediaError.self) {
                    _ =
                        type == "pt"
                        ? try StateDictionary(checkpoint: url)
                        : try StateDictionary(safetensors: url)
                }
            }
        }
    }

    @Test func prefixesComeAndGo() {
        let state = StateDictionary(["net.a": Tensor(1.0), "net.b": Tensor(2.0), "c": Tensor(3.0)])
        let inner = state.removingPrefix("net.")
        #expect(inner.names == ["a", "b"])
        #expect(inner.addingPrefix("x.").names == ["x.a", "x.b"])
        #expect(inner.merging(state).names == ["a", "b", "c", "net.a", "net.b"])
    }

    @Test func namesAreThoseOfPyTorch() throws {
        let state = try StateDictionary(safetensors: file("model", "safetensors"))
        let model = Model()
        #expect(model.stateDictionary.names == state.names)
        #expect(model.namedParameters.count == state.names.count - 1)
        #expect(model.parameterCount == state.tensors.values.reduce(0) { $0 + $1.count } - 4)
    }

    @Test func writtenStateIsReadBack() throws {
        let url = FileManager.default.temporaryDirectory
            .appendingPathComponent("model-\(UUID()).safetensors")
        defer { try? FileManager.default.removeItem(at: url) }
        let (a, b) = (Model(), Model())
        try a.stateDictionary.write(safetensors: url, overwrite: false)
        #expect(!a.layers[0].weight.isEqual(to: b.layers[0].weight))
        try b.load(StateDictionary(safetensors: url))
        for (name, tensor) in a.stateDictionary.tensors {
            #expect(tensor.isEqual(to: b.stateDictionary[name]!))
        }
    }

    @Test func whatDoesNotFitIsListedAndNothingChanges() throws {
        let model = Model()
        var state = StateDictionary(
            model.stateDictionary.tensors.mapValues { $0 * 0 }, source: "x.pt")
        state["encoder.0.bias"] = nil
        state["extra"] = Tensor([1] as [Float])
        state["norm.weight"] = Tensor.zeros([5])
        let error = try #require(throws: CheckpointError.self) { try model.load(state) }
        #expect(error.missing == ["encoder.0.bias"])
        #expect(error.unexpected == ["extra"])
        #expect(error.mismatched == [.init(name: "norm.weight", found: [5], expected: [4])])
        #expect(
            error.description
                == "x.pt holds another model's tensors (encoder.0.bias missing; extra not expected; "
                + "norm.weight of [5] instead of [4]); give the file that was saved for this model."
        )
        #expect(model.norm.weight!.array() == [1, 1, 1, 1])
        state["norm.weight"] = nil
        try model.load(state, strict: false)
        #expect(model.scale.array() == [0, 0, 0, 0] && model.norm.weight!.array() == [1, 1, 1, 1])
    }

    @Test func conversionKeepsIdentity() throws {
        let layer = Linear(3, 2)
        let weight = layer.weight
        layer.move(to: .cpu, dtype: .float64)
        #expect(weight.dtype == .float64 && layer.weight.isIdentical(to: weight))
        try layer(.ones([1, 3], dtype: .float64)).sum().backward()
        #expect(weight.grad?.dtype == .float64)
        layer.setTrainable(false)
        #expect(!layer(.ones([1, 3], dtype: .float64)).requiresGrad)
    }

    @Test func sharedParametersAreCountedOnce() {
        let layer = Linear(2, 2)
        let twice = Sequential(layer, layer)
        #expect(twice.parameters.count == 2)
        #expect(twice.stateDictionary.names.count == 4)
    }

    @Test(arguments: [DType.float32, .bfloat16])
    func packedKernelsGiveTheSame(dtype: DType) {
        let generator = RandomGenerator(seed: 3)
        let layer = Conv2d(
            32, 48, kernel: 3, stride: 2, padding: 1, bias: true, using: generator)
        let x = Tensor.normal([2, 32, 17, 12], using: generator).converted(to: dtype)
        let plain = layer(x).detached().converted(to: .float32)
        layer.isForInference = true
        let limit = dtype == .float32 ? 1e-5 : 0.03
        noGrad {
            for input in [x, x.channelsLast(), x.narrow(0, 0, 1)] {
                let found = layer(input).converted(to: .float32)
                let expected = plain.narrow(0, 0, input.size(0))
                #expect((found - expected).abs().max().item(as: Double.self) < limit)
            }
            // Where it is packed, what becomes of the weight is not seen until it is packed anew.
            layer.weight.fillInPlace(0)
            if ctorch_has_onednn(dtype == .bfloat16) {
                let found = layer(x).converted(to: .float32)
                #expect((found - plain).abs().max().item(as: Double.self) < limit)
            }
            layer.isForInference = true
            #expect(layer(x).isClose(to: layer.bias!.converted(to: dtype).reshaped(1, 48, 1, 1)))
        }
        #expect(layer(x).requiresGrad)
    }

    @Test func perceptronLearnsXor() throws {
        let generator = RandomGenerator(seed: 1)
        let net = Sequential(
            Linear(2, 8, using: generator), Activation { $0.tanh() },
            Linear(8, 1, using: generator))
        let x = Tensor([0, 0, 0, 1, 1, 0, 1, 1] as [Float], shape: [4, 2])
        let y = Tensor([0, 1, 1, 0] as [Float], shape: [4, 1])
        let optimizer = Adam(net.parameters, learningRate: 0.05)
        var loss = Tensor(Float(0))
        for _ in 0..<300 {
            optimizer.zeroGrad()
            loss = net(x).binaryCrossEntropyWithLogitsLoss(y)
            try loss.backward()
            optimizer.step()
        }
        #expect(loss.item() < 0.02)
    }
}
