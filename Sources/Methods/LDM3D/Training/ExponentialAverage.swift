import Foundation
import Torch

/// The moving average of parameters, which is what is sampled with: θ̄ ← d·θ̄ + (1 − d)·θ, with
/// d = min(decay, (1 + t)/(10 + t)) so that the beginning is soon forgotten.
final class ExponentialAverage: Module {
    let decay: Double
    private let sources: [(name: String, tensor: Tensor)]
    private let averages: [Tensor]

    init(of parameters: [(name: String, tensor: Tensor)], decay: Double) {
        (self.decay, sources) = (decay, parameters)
        averages = noGrad { parameters.map { $0.tensor.detached().cloned() } }
    }

    var members: ModuleMembers {
        ModuleMembers(zip(sources, averages).map { ($0.name, .buffer($1)) })
    }

    /// Takes in the parameters after step `step`, counted from 0.
    func update(after step: Int) {
        let decay = min(decay, Double(1 + step) / Double(10 + step))
        noGrad {
            for (average, source) in zip(averages, sources) {
                average.lerpInPlace(source.tensor.detached(), 1 - decay)
            }
        }
    }

    /// Runs `body` while the parameters have the averages' values.
    func applied<Result>(_ body: () throws -> Result) rethrows -> Result {
        let own = sources.map { $0.tensor.detached() }
        for (source, average) in zip(sources, averages) { source.tensor.setData(average) }
        defer { for (source, values) in zip(sources, own) { source.tensor.setData(values) } }
        return try body()
    }
}
