import Foundation

/// How the noise levels of sampling are spread, for the solvers that think in sigmas.
public enum SigmaSpacing: String, CaseIterable, Sendable {
    /// Those of the training timesteps that the timestep spacing picks.
    case training
    /// σ^(1/7) evenly (Karras et al., arXiv 2206.00364, equation 5).
    case karras
    /// log σ evenly.
    case exponential
    /// log σ evenly over the whole training range (Lu et al., arXiv 2206.00927).
    case lu

    /// `count` falling sigmas between both.
    func sigmas(from maximum: Double, to minimum: Double, count: Int) -> [Double] {
        let root: Double = 7
        switch self {
        case .training: return []
        case .karras:
            let (start, end) = (pow(maximum, 1 / root), pow(minimum, 1 / root))
            return TimestepSpacing.evenly(from: 0, to: 1, count: count).map {
                pow(start + $0 * (end - start), root)
            }
        case .exponential, .lu:
            return TimestepSpacing.evenly(from: log(maximum), to: log(minimum), count: count)
                .map(exp)
        }
    }
}

/// The sigmas of training, rising, to look up between its steps.
struct SigmaTable {
    let sigmas: [Float]
    private let logarithms: [Double]

    init(_ schedule: NoiseSchedule) {
        sigmas = schedule.sigmas
        logarithms = sigmas.map { log(Double($0)) }
    }

    var minimum: Double { Double(sigmas[0]) }
    var maximum: Double { Double(sigmas[sigmas.count - 1]) }

    /// The sigma at a timestep, linear between training steps.
    func sigma(at timestep: Double) -> Double {
        let position = min(max(timestep, 0), Double(sigmas.count - 1))
        let low = min(Int(position), max(sigmas.count - 2, 0))
        let (start, end) = (Double(sigmas[low]), Double(sigmas[min(low + 1, sigmas.count - 1)]))
        return start + (position - Double(low)) * (end - start)
    }

    /// The timestep of a sigma, linear in log σ between training steps.
    func timestep(of sigma: Double) -> Double {
        let logarithm = log(max(sigma, 1e-10))
        let above = logarithms.lastIndex { logarithm >= $0 } ?? 0
        let low = min(above, max(logarithms.count - 2, 0))
        let high = min(low + 1, logarithms.count - 1)
        let difference = logarithms[low] - logarithms[high]
        guard difference != 0 else { return Double(low) }
        let share = min(max((logarithms[low] - logarithm) / difference, 0), 1)
        return (1 - share) * Double(low) + share * Double(high)
    }
}
