import Foundation

/// How the steps of sampling are spread over those of training
/// (Lin et al., arXiv 2305.08891, table 2).
public enum TimestepSpacing: String, CaseIterable, Sendable {
    /// Multiples of a whole stride from 0 (plus the configuration's offset): never the noisiest step.
    case leading
    /// Evenly from the first to the last step, both included.
    case linspace
    /// A stride downwards from the last step: never the least noisy one.
    case trailing

    /// The training timesteps to sample at, from noise to image.
    ///
    /// - Parameters:
    ///   - steps: how many.
    ///   - training: how many steps were trained.
    ///   - offset: what `leading` adds to each.
    ///   - rounded: to whole steps; `leading` and `trailing` are whole anyway.
    func timesteps(
        _ steps: Int, of training: Int, offset: Int, rounded: Bool = true
    ) -> [Double] {
        switch self {
        case .leading:
            let stride = training / steps
            return (0..<steps).reversed().map { Double($0 * stride + offset) }
        case .linspace:
            let values = Self.evenly(from: 0, to: Double(training - 1), count: steps)
            return values.reversed().map { rounded ? $0.rounded(.toNearestOrEven) : $0 }
        case .trailing:
            return Self.descending(from: training, stride: Double(training) / Double(steps))
        }
    }

    /// from, from − stride, … while above 0, each rounded and less 1.
    static func descending(from: Int, stride: Double) -> [Double] {
        let start = Double(from)
        let count = Int((start / stride).rounded(.up))
        // The difference as numpy's arange takes it, which is not quite the stride.
        let difference = (start - stride) - start
        return (0..<max(0, count)).map {
            (start + Double($0) * difference).rounded(.toNearestOrEven) - 1
        }
    }

    /// `count` values from one to the other, both included; the first alone for a count of 1.
    static func evenly(from: Double, to: Double, count: Int) -> [Double] {
        guard count > 1 else { return count == 1 ? [from] : [] }
        let step = (to - from) / Double(count - 1)
        return (0..<count).map { $0 == count - 1 ? to : from + Double($0) * step }
    }
}
