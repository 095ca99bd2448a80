import Spatial
import Testing

@testable import Torch

@Suite struct AutogradTests {
    @Test func backwardAccumulatesInLeaves() throws {
        let x = Tensor([1, 2, 3] as [Float]).requiringGrad()
        try (x * x).sum().backward()
        #expect(x.grad?.array() == [2, 4, 6])
        try (3 * x).sum().backward()
        #expect(x.grad?.array() == [5, 7, 9])
        x.zeroGrad()
        #expect(x.grad == nil)
    }

    @Test func noGradRecordsNothing() {
        let x = Tensor([1, 2] as [Float]).requiringGrad()
        let y = noGrad { x * 2 }
        #expect(!y.requiresGrad)
        #expect((x * 2).requiresGrad)
        noGrad { x.addInPlace(1) }
        #expect(x.array() == [2, 3])
        #expect(x.isLeaf)
    }

    @Test func gradientsLeaveLeavesAlone() throws {
        let x = Tensor([2] as [Float]).requiringGrad()
        let unused = Tensor([2] as [Float]).requiringGrad()
        let y = x.pow(3)
        let first = try Tensor.gradients(of: y, withRespectTo: [x, unused], createGraph: true)
        #expect(first[0]?.item() == 12)
        #expect(first[1] == nil)
        let second = try Tensor.gradients(of: first[0]!, withRespectTo: [x])
        #expect(second[0]?.item() == 12)
        #expect(x.grad == nil)
    }

    @Test func secondBackwardThrows() throws {
        let x = Tensor([2] as [Float]).requiringGrad()
        let y = x.exp()
        try y.backward()
        let error = #expect(throws: TorchError.self) { try y.backward() }
        #expect(error?.message.contains("second time") == true)
    }

    @Test func changeInPlaceBeforeBackwardThrows() throws {
        let x = Tensor([2] as [Float]).requiringGrad()
        let y = x.exp()
        noGrad { y.addInPlace(1) }
        let error = #expect(throws: TorchError.self) { try y.backward() }
        #expect(
            error?.message.contains("in-place") == true
                || error?.message.contains("inplace") == true)
    }
}

@Suite struct CustomFunctionTests {
    /// Says when it is gone.
    private final class Witness {
        private let onEnd: () -> Void
        init(onEnd: @escaping () -> Void) { self.onEnd = onEnd }
        deinit { onEnd() }
    }

    private struct Refusal: Error, CustomStringConvertible {
        var description: String { "no gradient today" }
    }

    private func multiply(_ a: Tensor, _ b: Tensor, witness: Witness? = nil) -> [Tensor] {
        CustomFunction.apply("multiply", [a, b]) { inputs in
            let (a, b) = (inputs[0], inputs[1])
            return (
                [a * b, a + b],
                { gradients, needed in
                    withExtendedLifetime(witness) {}
                    let product = gradients[0] ?? Tensor.zeros(like: a)
                    let sum = gradients[1] ?? Tensor.zeros(like: a)
                    return [
                        needed[0] ? product * b + sum : nil, needed[1] ? product * a + sum : nil,
                    ]
                }
            )
        }
    }

    @Test func givesGradients() throws {
        let a = Tensor([1, 2, 3] as [Float]).requiringGrad()
        let b = Tensor([4, 5, 6] as [Float]).requiringGrad()
        let outputs = multiply(a, b)
        #expect(outputs[0].array() == [4, 10, 18])
        try (outputs[0] * 2 + outputs[1]).sum().backward()
        #expect(a.grad?.array() == [9, 11, 13])
        #expect(b.grad?.array() == [3, 5, 7])
    }

    @Test func outputsMayBeUnused() throws {
        let a = Tensor([1, 2, 3] as [Float]).requiringGrad()
        let outputs = multiply(a, Tensor([4, 5, 6] as [Float]))
        try outputs[0].sum().backward()
        #expect(a.grad?.array() == [4, 5, 6])
    }

    @Test func stateIsFreedByBackwardByDroppingAndWithoutGradients() throws {
        var ended = 0
        let a = Tensor([1] as [Float]).requiringGrad()
        let b = Tensor([2] as [Float])
        let first = multiply(a, b, witness: Witness { ended += 1 })
        #expect(ended == 0)
        try first[0].backward()
        #expect(ended == 1)
        var second: [Tensor]? = multiply(a, b, witness: Witness { ended += 1 })
        #expect(second?[0].requiresGrad == true && ended == 1)
        second = nil
        #expect(ended == 2)
        let third = multiply(b, b, witness: Witness { ended += 1 })
        #expect(!third[0].requiresGrad && ended == 3)
    }

    @Test func usedTwiceNeedsRetention() throws {
        let a = Tensor([1] as [Float]).requiringGrad()
        let output = multiply(a, Tensor([2] as [Float]))[0]
        try output.backward(retainGraph: true)
        try output.backward()
        #expect(a.grad?.item() == 4)
        #expect(throws: TorchError.self) { try output.backward() }
    }

    @Test func errorsBecomeTorchErrors() throws {
        let a = Tensor([1] as [Float]).requiringGrad()
        let output = CustomFunction.apply("stubborn", [a]) { inputs in
            ([inputs[0] * 1], { _, _ in throw Refusal() })
        }
        let error = #expect(throws: TorchError.self) { try output[0].backward() }
        #expect(error?.message.contains("stubborn: no gradient today") == true)
        #expect(throws: Refusal.self) {
            _ = try CustomFunction.apply("refused", [a]) { _ in throw Refusal() }
        }
    }

    @Test func wrongShapeOrCountOfGradientsThrows() throws {
        let a = Tensor([1, 2] as [Float]).requiringGrad()
        let shape = CustomFunction.apply("shape", [a]) { inputs in
            ([inputs[0] * 1], { _, _ in [Tensor.zeros([3])] })
        }
        #expect(throws: TorchError.self) { try shape[0].sum().backward() }
        let count = CustomFunction.apply("count", [a]) { inputs in
            ([inputs[0] * 1], { _, _ in [] })
        }
        let error = #expect(throws: TorchError.self) { try count[0].sum().backward() }
        #expect(error?.message.contains("0 gradients for 1 inputs") == true)
    }

    @Test func inputChangedInPlaceThrows() throws {
        let a = Tensor([1, 2] as [Float]).requiringGrad()
        let b = a * 1
        let output = multiply(b, b)
        noGrad { b.addInPlace(1) }
        let error = #expect(throws: TorchError.self) { try output[0].sum().backward() }
        #expect(error?.message.contains("changed in place") == true)
    }

    @Test func inputHandedThroughKeepsItsOwnHistory() throws {
        let a = Tensor([3] as [Float]).requiringGrad()
        let output = CustomFunction.apply("identity", [a]) { inputs in
            ([inputs[0]], { gradients, _ in [gradients[0].map { $0 * 5 }] })
        }
        #expect(a.isLeaf && !output[0].isLeaf)
        try output[0].backward()
        #expect(a.grad?.item() == 5)
    }

    @Test func secondDerivativesFollowTheBackwardClosure() throws {
        let a = Tensor([3] as [Double]).requiringGrad()
        let cube = CustomFunction.apply("cube", [a]) { _ in
            ([a.detached().pow(3)], { gradients, _ in [gradients[0].map { $0 * 3 * a * a }] })
        }
        let first = try Tensor.gradients(of: cube[0], withRespectTo: [a], createGraph: true)
        let second = try Tensor.gradients(of: first[0]!, withRespectTo: [a])
        #expect(second[0]?.item(as: Double.self) == 18)
    }
}
