/// Changes parameters by their gradients.
public protocol Optimizer: AnyObject {
    var groups: [ParameterGroup] { get }

    /// Changes every parameter that has a gradient.
    func step()

    /// What the optimiser remembers, for a checkpoint; rates are in it.
    var state: StateDictionary { get }

    /// Goes on from a saved state.
    ///
    /// - Throws: `CheckpointError` where it is of other groups or parameters.
    func load(_ state: StateDictionary) throws(CheckpointError)
}

extension Optimizer {
    /// Forgets the gradients of all parameters.
    public func zeroGrad() {
        for group in groups { for parameter in group.parameters { parameter.zeroGrad() } }
    }

    /// Sets every group's rate to its base rate times the schedule's factor.
    public func setLearningRates(_ schedule: LearningRateSchedule, step: Int) {
        let factor = schedule.factor(at: step)
        for group in groups { group.learningRate = group.baseLearningRate * factor }
    }
}

/// The moments that an optimiser keeps for each parameter, by name.
struct OptimizerMemory {
    let groups: [ParameterGroup]
    /// The moments of parameter p of group g; empty until its first gradient.
    var moments: [[[String: Tensor]]]

    init(_ groups: [ParameterGroup]) {
        precondition(
            Set(groups.map(\.name)).count == groups.count,
            "parameter groups have names of their own")
        self.groups = groups
        moments = groups.map { [[String: Tensor]](repeating: [:], count: $0.parameters.count) }
        // The kernels that take whole groups run through memory in order.
        for group in groups {
            for parameter in group.parameters where !parameter.isContiguous {
                parameter.setData(parameter.detached().contiguous())
            }
        }
    }

    /// The group's parameters that have gradients, with these and their place in the group.
    func active(_ group: ParameterGroup) -> [(index: Int, parameter: Tensor, grad: Tensor)] {
        group.parameters.enumerated().compactMap { index, parameter in
            parameter.grad.map { (index, parameter, $0.contiguous()) }
        }
    }

    var state: StateDictionary {
        var result = StateDictionary()
        for (group, moments) in zip(groups, moments) {
            result["\(group.name).learning_rates"] = Tensor([
                group.learningRate, group.baseLearningRate,
            ])
            for (i, named) in moments.enumerated() {
                for (name, tensor) in named { result["\(group.name).\(i).\(name)"] = tensor }
            }
        }
        return result
    }

    /// Takes over copies of saved moments; `names` are those that the optimiser keeps, those of
    /// `scalars` being single numbers and the others of the parameter's shape.
    mutating func load(
        _ state: StateDictionary, names: [String], scalars: Set<String>
    ) throws(CheckpointError) {
        var error = CheckpointError(source: state.source)
        var loaded = moments
        var known: Set<String> = []
        for (g, group) in groups.enumerated() {
            let rates = "\(group.name).learning_rates"
            known.insert(rates)
            if state[rates]?.shape != [2] { error.missing.append(rates) }
            for (p, parameter) in group.parameters.enumerated() {
                loaded[g][p] = [:]
                let keys = names.map { (name: $0, key: "\(group.name).\(p).\($0)") }
                known.formUnion(keys.map(\.key))
                // A parameter that never had a gradient has no moments.
                guard keys.contains(where: { state[$0.key] != nil }) else { continue }
                for (name, key) in keys {
                    let shape = scalars.contains(name) ? [] : parameter.shape
                    guard let tensor = state[key] else {
                        error.missing.append(key)
                        continue
                    }
                    if tensor.shape != shape {
                        error.mismatched.append(
                            .init(name: key, found: tensor.shape, expected: shape))
                    }
                    loaded[g][p][name] = tensor.detached().cloned()
                }
            }
        }
        error.unexpected = state.names.filter { !known.contains($0) }
        guard error.isEmpty else { throw error }
        moments = loaded
        for group in groups {
            let rates = state["\(group.name).learning_rates"]!.array(of: Double.self)
            (group.learningRate, group.baseLearningRate) = (rates[0], rates[1])
        }
    }

    /// Changes the moments of a parameter whose rows were chosen or added to.
    mutating func map(_ parameter: Tensor, _ change: (Tensor) -> Tensor) {
        for (g, group) in groups.enumerated() {
            for (p, own) in group.parameters.enumerated() where own.isIdentical(to: parameter) {
                moments[g][p] = moments[g][p].mapValues { $0.dimensions == 0 ? $0 : change($0) }
            }
        }
    }
}
