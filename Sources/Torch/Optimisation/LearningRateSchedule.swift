import Foundation

/// How a learning rate changes over training: a factor for each step, counted from 0.
public struct LearningRateSchedule: Sendable {
    private let function: @Sendable (Int) -> Double

    public init(_ function: @escaping @Sendable (Int) -> Double) { self.function = function }

    /// What the base rate is multiplied by in that step.
    public func factor(at step: Int) -> Double { function(Swift.max(0, step)) }

    public static let constant = LearningRateSchedule { _ in 1 }

    /// Half a cosine from 1 to `end` over `steps`, then `end` (Loshchilov and Hutter, arXiv
    /// 1608.03983, without restarts).
    public static func cosine(steps: Int, end: Double = 0) -> Self {
        Self { end + (1 - end) * (1 + cos(.pi * progress($0, steps))) / 2 }
    }

    /// From `start` to `end` over `steps`, then `end`.
    public static func linear(steps: Int, start: Double = 1, end: Double) -> Self {
        Self { start + (end - start) * progress($0, steps) }
    }

    /// From 1 to `end` over `steps` by the same ratio each step, then `end`, as the means of
    /// Gaussians are trained (Kerbl et al., arXiv 2308.04079).
    public static func exponential(steps: Int, end: Double) -> Self {
        Self { pow(end, progress($0, steps)) }
    }

    /// Multiplied by `factor` after each `interval` steps.
    public static func step(every interval: Int, factor: Double) -> Self {
        Self { pow(factor, Double($0 / Swift.max(interval, 1))) }
    }

    /// Multiplied by `factor` at each milestone.
    public static func step(at milestones: [Int], factor: Double) -> Self {
        Self { step in pow(factor, Double(milestones.count { $0 <= step })) }
    }

    /// Rising evenly to this schedule's first factor over `steps`, then this schedule from its start.
    public func warmedUp(_ steps: Int, from start: Double = 0) -> Self {
        Self { step in
            step < steps
                ? factor(at: 0) * (start + (1 - start) * Self.progress(step, steps))
                : factor(at: step - steps)
        }
    }

    private static func progress(_ step: Int, _ steps: Int) -> Double {
        steps <= 0 ? 1 : min(1, Double(step) / Double(steps))
    }
}
