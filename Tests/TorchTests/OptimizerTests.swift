import Foundation
import Testing

@testable import Torch

/// Optimisers, clipping and schedules against PyTorch's.
@Suite struct OptimizerTests {
    let fixture: Fixture

    init() throws { fixture = try Fixture("optimisers") }

    private func parameters() -> [Tensor] {
        fixture.series("start").map { $0.cloned().requiringGrad() }
    }

    private func groups(_ parameters: [Tensor], decay: Double = 0.1) -> [ParameterGroup] {
        [
            ParameterGroup(
                Array(parameters[..<1]), name: "first", learningRate: 0.05, weightDecay: decay),
            ParameterGroup(Array(parameters[1...]), name: "second", learningRate: 0.002),
        ]
    }

    /// Steps as the script does; from `resumed` on with what `resume` makes of the optimiser.
    private func check(
        _ name: String, resumed: Int? = nil, _ make: ([Tensor]) -> any Optimizer,
        resume: (any Optimizer, [Tensor]) throws -> any Optimizer = { optimizer, _ in optimizer }
    ) throws {
        let parameters = parameters()
        var optimizer = make(parameters)
        for step in 0..<12 {
            if step == resumed { optimizer = try resume(optimizer, parameters) }
            for (i, parameter) in parameters.enumerated() {
                parameter.grad = i == 2 && step % 2 == 1 ? nil : fixture["grads\(i)"][step].cloned()
            }
            optimizer.step()
            for (i, parameter) in parameters.enumerated() {
                expectClose(
                    parameter, fixture["\(name)\(i)"][step],
                    "parameter \(i) after step \(step) of \(name)", 2e-6)
            }
            if step == 5 { optimizer.groups[0].learningRate *= 0.5 }
        }
    }

    private func adam(_ parameters: [Tensor]) -> Adam {
        Adam(groups(parameters), betas: (0.8, 0.99), epsilon: 1e-6)
    }

    @Test func trajectories() throws {
        try check("adam", adam)
        try check("adamw") { Adam(groups($0), decoupledWeightDecay: true) }
        try check("sgd") { SGD(groups($0)) }
        try check("momentum") { SGD(groups($0), momentum: 0.9) }
        try check("nesterov") { SGD(groups($0, decay: 0), momentum: 0.9, nesterov: true) }
    }

    @Test func resumingFromAFileChangesNothing() throws {
        let url = FileManager.default.temporaryDirectory
            .appendingPathComponent("optimizer-\(UUID()).safetensors")
        defer { try? FileManager.default.removeItem(at: url) }
        try check("adam", resumed: 7, adam) { optimizer, parameters in
            try optimizer.state.write(safetensors: url, overwrite: false)
            let fresh = adam(parameters)
            try fresh.load(StateDictionary(safetensors: url))
            return fresh
        }
        try check("momentum", resumed: 4, { SGD(groups($0), momentum: 0.9) }) {
            optimizer, parameters in
            let fresh = SGD(groups(parameters), momentum: 0.9)
            try fresh.load(optimizer.state)
            return fresh
        }
    }

    @Test func aStateOfOtherParametersIsRefused() throws {
        let optimizer = adam(parameters())
        for parameter in optimizer.groups.flatMap(\.parameters) {
            parameter.grad = .ones(like: parameter)
        }
        optimizer.step()
        let other = Adam([
            ParameterGroup([Tensor.zeros([2, 2]).requiringGrad()], name: "first", learningRate: 1)
        ])
        let error = try #require(throws: CheckpointError.self) { try other.load(optimizer.state) }
        #expect(error.mismatched.map(\.name).contains("first.0.exp_avg"))
        #expect(error.unexpected.contains("second.0.step"))
    }

    @Test func momentsFollowChosenRows() throws {
        let whole = Tensor([1, 2, 3] as [Float]).requiringGrad()
        let kept = Tensor([1, 3] as [Float]).requiringGrad()
        let (first, second) = (Adam([whole]), Adam([kept]))
        let rows = Tensor([0, 2] as [Int])
        for step in 0..<4 {
            if step == 2 {
                whole.setData(whole.indexSelect(0, rows))
                first.mapMoments(of: whole) { $0.indexSelect(0, rows) }
            }
            let grad = Tensor([0.5, -2, Float(step)])
            whole.grad = step < 2 ? grad : grad.indexSelect(0, rows)
            kept.grad = grad.indexSelect(0, rows)
            first.step()
            second.step()
        }
        #expect(whole.array() == kept.array())
    }

    @Test func parametersOfAnyLayoutAreStepped() {
        let parameter = Tensor([1, 2, 3, 4, 5, 6] as [Float]).reshaped(2, 3).transposed()
            .requiringGrad()
        let optimizer = SGD([ParameterGroup([parameter], learningRate: 1)])
        parameter.grad = Tensor([0, 1, 2, 3, 4, 5] as [Float]).reshaped(2, 3).transposed()
        optimizer.step()
        #expect(parameter.array() == [1, 1, 1, 1, 1, 1])
    }

    @Test func clipping() {
        let parameters = parameters()
        for (i, parameter) in parameters.enumerated() {
            parameter.grad = fixture["grads\(i)"][0].cloned()
        }
        let norm = GradientClipping.limitNorm(parameters, to: 1.5)
        #expect(abs(norm - fixture["clip.norm"].item(as: Double.self)) < 1e-5)
        for (i, parameter) in parameters.enumerated() {
            expectClose(parameter.grad!, fixture["clip\(i)"], "clipped gradient \(i)")
        }
        GradientClipping.limitValues(parameters, to: 0.01)
        #expect(parameters.allSatisfy { $0.grad!.abs().max().item() <= 0.01 })
    }

    @Test func schedules() {
        let schedules: [String: LearningRateSchedule] = [
            "cosine": .cosine(steps: 20, end: 0.1), "step": .step(every: 7, factor: 0.3),
            "milestones": .step(at: [4, 15], factor: 0.1), "linear": .linear(steps: 10, end: 0.2),
            "warm": .step(every: 6, factor: 0.5).warmedUp(5, from: 0.1),
        ]
        for (name, schedule) in schedules {
            let expected = fixture["schedule.\(name)"].array(of: Double.self)
            let factors = expected.indices.map { schedule.factor(at: $0) }
            #expect(zip(factors, expected).allSatisfy { abs($0 - $1) < 1e-9 }, "\(name)")
        }
        let exponential = LearningRateSchedule.exponential(steps: 10, end: 0.01)
        #expect(abs(exponential.factor(at: 5) - 0.1) < 1e-12)
        #expect(exponential.factor(at: 99) == 0.01)
    }
}
