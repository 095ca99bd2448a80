import Foundation
import Media
import Testing

@testable import Torch

@Suite struct MappingTests {
    private func file(_ name: String, _ type: String) throws -> URL {
        try #require(
            Bundle.module.url(forResource: name, withExtension: type, subdirectory: "Fixtures"))
    }

    @Test func mappedTensorsAreThoseOfTheFile() throws {
        let copied = try StateDictionary(safetensors: file("model", "safetensors"))
        for state in [
            try StateDictionary(mapping: file("model", "safetensors")),
            try StateDictionary(mappingCheckpoint: file("model", "pt")),
        ] {
            #expect(state.names == copied.names)
            for name in copied.names {
                #expect(state[name]!.isEqual(to: copied[name]!), "\(name) of \(state.source)")
            }
        }
    }

    /// A module of 256 MB is loaded and used with less than half of that in memory of its own.
    @Test func mappedWeightsTakeNoMemory() throws {
        let url = FileManager.default.temporaryDirectory
            .appendingPathComponent("mapped-\(UUID()).safetensors")
        defer { try? FileManager.default.removeItem(at: url) }
        let (rows, columns) = (8192, 8192)
        do {
            let weight = Tensor.ones([rows, columns])
            try StateDictionary(["weight": weight]).write(safetensors: url, overwrite: false)
        }
        #if os(Linux)
            let before = try memory("RssAnon")
        #endif
        let layer = withoutInitialValues { Linear(columns, rows, bias: false) }
        try layer.adopt(StateDictionary(mapping: url))
        let x = Tensor.ones([1, columns])
        #expect(noGrad { layer(x) }.isEqual(to: .full([1, rows], Double(columns))))
        #if os(Linux)
            #expect(try memory("RssAnon") - before < 128 << 20)
        #endif
        // Pages that are given back are read again.
        #if os(Linux)
            let whole = try memory("RssFile")
            layer.releaseMappedMemory()
            #expect(try whole - memory("RssFile") > 200 << 20)
        #endif
        #expect(noGrad { layer(x) }.isEqual(to: .full([1, rows], Double(columns))))
        // A change in place stays here.
        noGrad { layer.weight.select(0, 0).fillInPlace(2) }
        #expect(noGrad { layer(x) }.array().first == Float(2 * columns))
        #expect(try StateDictionary(mapping: url)["weight"]!.max().item() == 1)
    }

    @Test func onlyMappedMemoryIsGivenBack() throws {
        let layer = Linear(2000, 2000)
        let before = layer.weight.cloned()
        layer.releaseMappedMemory()
        #expect(layer.weight.isEqual(to: before))
    }

    @Test func adoptionConvertsWhereAsked() throws {
        let layer = Linear(2, 2)
        let weight = layer.weight
        let state = StateDictionary([
            "weight": Tensor.ones([2, 2], dtype: .float16), "bias": Tensor.ones([2]),
        ])
        try layer.adopt(state)
        #expect(weight.dtype == .float16 && layer.bias!.dtype == .float32)
        try layer.adopt(state, as: .float32)
        #expect(weight.dtype == .float32 && weight.isIdentical(to: layer.weight))
        #expect(weight.requiresGrad && layer(.ones([1, 2])).array() == [3, 3])
        #expect(throws: CheckpointError.self) {
            try layer.adopt(StateDictionary(["weight": weight]))
        }
    }

    @Test func checkpointedGradientsAreTheSame() throws {
        let generator = RandomGenerator(seed: 5)
        let layer = Sequential(
            Linear(3, 8, using: generator), Activation { $0.tanh() },
            Linear(8, 2, using: generator))
        let x = Tensor.normal([4, 3], using: generator).requiringGrad()
        var calls = 0
        func gradients(_ body: (Tensor) -> Tensor) throws -> [Tensor] {
            layer.zeroGrad()
            x.zeroGrad()
            try body(x * 2).squared().sum().backward()
            return try (layer.parameters + [x]).map { try #require($0.grad) }
        }
        let expected = try gradients { layer($0) }
        let found = try gradients {
            checkpointed([$0], parameters: layer.parameters) {
                calls += 1
                return layer($0[0])
            }
        }
        #expect(calls == 2)
        for (a, b) in zip(expected, found) { #expect(a.isEqual(to: b)) }
        layer.setTrainable(false)
        x.zeroGrad()
        try checkpointed([x], parameters: layer.parameters) { layer($0[0]) }.sum().backward()
        #expect(x.grad != nil)
    }

    #if os(Linux)
        /// The bytes of this process that no file backs.
        private func memory(_ kind: String) throws -> Int {
            let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix(kind) })
            return try #require(Int(line.split(whereSeparator: { $0 == " " || $0 == "\t" })[1]))
                << 10
        }
    #endif
}
