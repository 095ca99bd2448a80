import Foundation
import Testing

@testable import Torch

/// What PyTorch gave (scripts/fixtures/torch_ops.py).
struct Fixture {
    let tensors: [String: Tensor]

    init(_ name: String) throws {
        let url = try #require(
            Bundle.module.url(
                forResource: name, withExtension: "safetensors", subdirectory: "Fixtures"))
        tensors = try StateDictionary(safetensors: url).tensors
    }

    subscript(name: String) -> Tensor { tensors[name]! }

    func series(_ prefix: String) -> [Tensor] {
        (0...).lazy.map { tensors["\(prefix)\($0)"] }.prefix { $0 != nil }.map { $0! }
    }

    /// Holds outputs and gradients of `body` against those of the case of that name.
    func check(
        _ name: String, tolerance: Double = 2e-5, sourceLocation: SourceLocation = #_sourceLocation,
        _ body: ([Tensor]) -> [Tensor]
    ) throws {
        let inputs = series("\(name)/in").map { $0.cloned() }
        #expect(!inputs.isEmpty, "there is no case \(name)", sourceLocation: sourceLocation)
        let wanted = inputs.indices.map { tensors["\(name)/grad\($0)"] }
        for (input, grad) in zip(inputs, wanted) where grad != nil { input.requiringGrad() }
        let outputs = body(inputs)
        let expected = series("\(name)/out")
        try #require(
            outputs.count == expected.count, "\(name) gave \(outputs.count) outputs",
            sourceLocation: sourceLocation)
        for (i, (output, expected)) in zip(outputs, expected).enumerated() {
            expectClose(
                output, expected, "output \(i) of \(name)", tolerance,
                sourceLocation: sourceLocation)
        }
        let seeded = outputs.indices.filter { tensors["\(name)/seed\($0)"] != nil }
        guard !seeded.isEmpty else { return }
        try Tensor.backward(
            seeded.map { outputs[$0] }, gradients: seeded.map { tensors["\(name)/seed\($0)"] })
        for (i, (input, grad)) in zip(inputs, wanted).enumerated() {
            guard let grad else { continue }
            expectClose(
                try #require(input.grad), grad, "gradient \(i) of \(name)", tolerance,
                sourceLocation: sourceLocation)
        }
    }
}

/// Expects the same shape and type, and values within the tolerance, relative where they pass 1.
func expectClose(
    _ value: Tensor, _ expected: Tensor, _ what: @autoclosure () -> String,
    _ tolerance: Double = 2e-5, sourceLocation: SourceLocation = #_sourceLocation
) {
    let what = what()
    guard value.shape == expected.shape, value.dtype == expected.dtype else {
        Issue.record(
            "\(what) is \(value.dtype) \(value.shape), not \(expected.dtype) \(expected.shape)",
            sourceLocation: sourceLocation)
        return
    }
    let pairs = zip(value.array(of: Double.self), expected.array(of: Double.self))
    let worst = pairs.map { abs($0 - $1) / max(1, abs($1)) }.max() ?? 0
    #expect(worst <= tolerance, "\(what) is off by \(worst)", sourceLocation: sourceLocation)
}
