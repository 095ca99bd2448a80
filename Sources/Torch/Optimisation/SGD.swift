/// Gradient descent, with momentum b ← μb + g in place of g where μ is not zero, as PyTorch computes
/// it. A group's weight decay λ adds λθ to the gradient.
public final class SGD: Optimizer {
    public let groups: [ParameterGroup]
    public let momentum: Double
    public let usesNesterovMomentum: Bool
    private var memory: OptimizerMemory

    public init(_ groups: [ParameterGroup], momentum: Double = 0, nesterov: Bool = false) {
        self.groups = groups
        self.momentum = momentum
        usesNesterovMomentum = nesterov
        memory = OptimizerMemory(groups)
    }

    public func step() {
        noGrad {
            for (g, group) in groups.enumerated() {
                let active = memory.active(group)
                // The first step of a parameter sets its momentum instead of adding to it.
                let new = active.filter { memory.moments[g][$0.index].isEmpty }
                let known = active.filter { !memory.moments[g][$0.index].isEmpty }
                step(group, g, new, first: true)
                step(group, g, known, first: false)
            }
        }
    }

    private func step(
        _ group: ParameterGroup, _ g: Int,
        _ active: [(index: Int, parameter: Tensor, grad: Tensor)], first: Bool
    ) {
        guard !active.isEmpty else { return }
        var buffers: [Tensor] = []
        if momentum != 0 {
            for (index, parameter, _) in active where first {
                memory.moments[g][index]["momentum"] = .zeros(like: parameter)
            }
            buffers = active.map { memory.moments[g][$0.index]["momentum"]! }
        }
        run(
            "_fused_sgd_", active.map(\.parameter), active.map(\.grad), buffers, group.weightDecay,
            momentum, group.learningRate, 0.0, usesNesterovMomentum, false, first)
    }

    public var state: StateDictionary { memory.state }

    public func load(_ state: StateDictionary) throws(CheckpointError) {
        try memory.load(state, names: ["momentum"], scalars: [])
    }
}
