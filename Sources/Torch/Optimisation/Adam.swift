/// Adam (Kingma and Ba, arXiv 1412.6980) and AdamW (Loshchilov and Hutter, arXiv 1711.05101), as
/// PyTorch computes them.
///
/// m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², θ ← θ − η·m̂/(√v̂ + ε), with m̂ and v̂ the moments over
/// 1 − βᵗ. A group's weight decay λ adds λθ to the gradient, or, decoupled (AdamW), shrinks θ by
/// ηλθ.
public final class Adam: Optimizer {
    public let groups: [ParameterGroup]
    public let betas: (Double, Double)
    public let epsilon: Double
    public let hasDecoupledWeightDecay: Bool
    private var memory: OptimizerMemory

    public init(
        _ groups: [ParameterGroup], betas: (Double, Double) = (0.9, 0.999),
        epsilon: Double = 1e-8, decoupledWeightDecay: Bool = false
    ) {
        self.groups = groups
        self.betas = betas
        self.epsilon = epsilon
        hasDecoupledWeightDecay = decoupledWeightDecay
        memory = OptimizerMemory(groups)
    }

    public convenience init(
        _ parameters: [Tensor], learningRate: Double = 1e-3,
        betas: (Double, Double) = (0.9, 0.999), epsilon: Double = 1e-8
    ) {
        self.init(
            [ParameterGroup(parameters, learningRate: learningRate)], betas: betas,
            epsilon: epsilon)
    }

    public func step() {
        noGrad {
            for (g, group) in groups.enumerated() { step(group, g) }
        }
    }

    private func step(_ group: ParameterGroup, _ g: Int) {
        let active = memory.active(group)
        guard !active.isEmpty else { return }
        for (index, parameter, _) in active where memory.moments[g][index].isEmpty {
            memory.moments[g][index] = [
                "exp_avg": .zeros(like: parameter), "exp_avg_sq": .zeros(like: parameter),
                "step": .zeros([], device: parameter.device),
            ]
        }
        func moments(_ name: String) -> [Tensor] {
            active.map { memory.moments[g][$0.index][name]! }
        }
        let steps = moments("step")
        run("_foreach_add_.Scalar", steps, 1)
        let name: StaticString = hasDecoupledWeightDecay ? "_fused_adamw_" : "_fused_adam_"
        run(
            name, active.map(\.parameter), active.map(\.grad), moments("exp_avg"),
            moments("exp_avg_sq"), [Tensor](), steps, group.learningRate, betas.0, betas.1,
            group.weightDecay, epsilon, false, false)
    }

    public var state: StateDictionary { memory.state }

    public func load(_ state: StateDictionary) throws(CheckpointError) {
        try memory.load(state, names: ["exp_avg", "exp_avg_sq", "step"], scalars: ["step"])
    }

    /// Changes the moments of a parameter after its rows were chosen, reordered or added to
    /// (through `Tensor.setData`), in the same way: a step does not start anew.
    public func mapMoments(of parameter: Tensor, _ change: (Tensor) -> Tensor) {
        noGrad { memory.map(parameter, change) }
    }
}
