import Foundation
import Testing
import Torch

@testable import Diffusion

/// A tiny network as diffusers saved it, and what diffusers computed with it
/// (scripts/fixtures/diffusion_networks.py; diffusion_text.py for text encoders).
struct NetworkFixture {
    let folder: ModelFolder
    private let name: String
    private let tensors: StateDictionary

    /// - Parameter file: the file of the inputs and outputs.
    init(_ name: String, in file: String = "networks") throws {
        let fixtures = try #require(
            Bundle.module.url(forResource: "Fixtures", withExtension: nil))
        self.name = name
        folder = ModelFolder(fixtures.appendingPathComponent("models/\(name)"))
        tensors = try StateDictionary(
            safetensors: fixtures.appendingPathComponent("\(file).safetensors"))
    }

    subscript(key: String) -> Tensor { tensors["\(name)/\(key)"]! }

    func optional(_ key: String) -> Tensor? { tensors["\(name)/\(key)"] }

    /// Expects diffusers' result of that name, to `tolerance`.
    func expect(
        _ value: Tensor, _ key: String, tolerance: Float = 1e-4,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        guard value.shape == self[key].shape else {
            Issue.record(
                "\(name)/\(key) has the shape \(value.shape)", sourceLocation: sourceLocation)
            return
        }
        let error = (value.detached().converted(to: .float32) - self[key]).abs().max().item()
        #expect(
            error <= tolerance, "\(name)/\(key) is off by \(error)",
            sourceLocation: sourceLocation)
    }
}
