import Media
import Spatial
import Synchronization
import Testing

@testable import Torch

@Suite struct TensorTests {
    @Test func dataInAndOut() {
        let t = Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])
        #expect(t.shape == [2, 3] && t.strides == [3, 1] && t.count == 6 && t.dtype == .float32)
        #expect(t.size(-1) == 3 && t.dimensions == 2 && t.device == .cpu)
        #expect(t.transposed().array() == [1, 4, 2, 5, 3, 6])
        #expect(!t.transposed().isContiguous)
        #expect(t.array(of: Int.self) == [1, 2, 3, 4, 5, 6])
        #expect(Tensor(Float(2.5)).item() == 2.5)
        #expect(Tensor([true, false]).dtype == .bool)
        #expect(Tensor([7] as [Int]).dtype == .int64)
        #expect(Tensor([] as [Float], shape: [0, 3]).array() == [])
    }

    @Test func contiguousFloatsAreNotCopied() {
        let t = Tensor.zeros([4])
        t.withUnsafeMutableElements(of: Float.self) { $0[2] = 7 }
        #expect(t.array() == [0, 0, 7, 0])
        let first = t.withUnsafeFloats { $0.baseAddress }
        let second = t.withUnsafeMutableElements(of: Float.self) { UnsafePointer($0.baseAddress) }
        #expect(first == second)
    }

    @Test func wrappedMemoryIsReleasedWithTheLastTensor() {
        let released = Atomic(0)
        let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: 3)
        memory.initialize(repeating: 2)
        do {
            let t = withUnsafePointer(to: released) { pointer in
                nonisolated(unsafe) let pointer = pointer
                return Tensor(wrapping: memory, shape: [3]) {
                    pointer.pointee.add(1, ordering: .relaxed)
                }
            }
            let view = t.narrow(0, 1, 2)
            memory[1] = 5
            #expect(view.array() == [5, 2])
            #expect(released.load(ordering: .relaxed) == 0)
        }
        #expect(released.load(ordering: .relaxed) == 1)
        memory.deallocate()
    }

    @Test func fileDataInAndOut() {
        for dtype in DType.allCases {
            let t = Tensor([0, 1, 1, 0] as [Float], shape: [2, 2]).converted(to: dtype)
            #expect(Tensor(t.data).isEqual(to: t))
            #expect(t.data.floats() == [0, 1, 1, 0])
        }
        #expect(Tensor(TensorData([1, 65535] as [UInt16])).array(of: Int.self) == [1, 65535])
        #expect(
            Tensor(TensorData([1, .max] as [UInt32])).array(of: Int.self) == [1, 4_294_967_295])
        #expect(
            Tensor([1, 2, 3, 4] as [Float], shape: [2, 2]).transposed().data.floats() == [
                1, 3, 2, 4,
            ])
    }

    @Test func sameSeedSameNumbers() {
        func draw(_ seed: UInt64) -> [[Float]] {
            let generator = RandomGenerator(seed: seed)
            return [
                Tensor.uniform([5], using: generator).array(),
                Tensor.normal([20], using: generator).array(),
                Tensor.integers([5], in: 3..<9, using: generator).array(),
                Tensor.permutation(6, using: generator).array(),
                Tensor.full([9], 0.5).bernoulli(using: generator).array(),
            ]
        }
        #expect(draw(1) == draw(1))
        #expect(draw(1) != draw(2))
        #expect(draw(3)[3].sorted() == [0, 1, 2, 3, 4, 5])
        #expect(draw(3)[2].allSatisfy { (3..<9).contains($0) })
    }

    /// 64-bit Mersenne twister state and float conversion are torch's: the first numbers of
    /// `torch.manual_seed(0); torch.rand(3)`.
    @Test func numbersAreThoseOfPyTorch() {
        let numbers = Tensor.uniform([3], using: RandomGenerator(seed: 0)).array()
        #expect(zip(numbers, [0.4963, 0.7682, 0.0885]).allSatisfy { abs($0 - $1) < 1e-4 })
    }

    @Test func accumulationIsRepeatable() throws {
        let generator = RandomGenerator(seed: 4)
        let index = Tensor.integers([100_000], in: 0..<50, using: generator)
        let values = Tensor.normal([100_000], using: generator)
        func gradient() throws -> [Float] {
            let table = Tensor.zeros([50]).requiringGrad()
            try (table[index] * values).sum().backward()
            return table.grad!.array()
        }
        let first = try gradient()
        for _ in 0..<5 { #expect(try gradient() == first) }
    }

    @Test func devices() {
        #expect(Device.cpu.isAvailable)
        #expect("\(Device.cuda(1))" == "cuda:1")
        if let reason = Device.cuda.unavailability {
            let error = #expect(throws: DeviceError.self) { _ = try Device.cuda.available() }
            #expect(error?.description.contains(reason) == true)
        } else {
            let x = Tensor([1, 2] as [Float]).moved(to: .cuda)
            #expect(x.device == .cuda && (x * 2).array() == [2, 4])
        }
    }

    @Test func failuresOfTheTryFormsThrow() {
        let error = #expect(throws: TorchError.self) {
            _ = try Operator("matmul").tryOne([Tensor.zeros([2, 3]), Tensor.zeros([2, 3])])
        }
        #expect(error?.message.contains("mat1 and mat2 shapes cannot be multiplied") == true)
        #expect(error?.message.contains("Exception raised from") == false)
        #expect(throws: TorchError.self) { _ = try Operator("exp").tryOne([]) }
        #expect(throws: TorchError.self) {
            _ = try Operator("exp").tryOne([Tensor.zeros([1]), 2, 3])
        }
        #expect(throws: TorchError.self) {
            _ = try Operator("transpose.int").tryOne([Tensor.zeros([1]), 1.5, 0])
        }
    }

    @Test func everyOperatorTakesTheDefaultsItIsNotGiven() {
        #expect(Operator("hypot")(Tensor([3] as [Float]), Tensor([4] as [Float])).item() == 5)
    }

    @Test func creation() {
        #expect(Tensor.arange(1, 4).array() == [1, 2, 3])
        #expect(Tensor.arange(0.0, 1.0, step: 0.25).array() == [0, 0.25, 0.5, 0.75])
        #expect(Tensor.indices(3).array(of: Int.self) == [0, 1, 2])
        #expect(Tensor.linspace(0, 1, count: 3).array() == [0, 0.5, 1])
        #expect(Tensor.eye(2).array() == [1, 0, 0, 1])
        #expect(Tensor.full([2], 3).array() == [3, 3])
        let grid = Tensor.meshgrid([.indices(2), .indices(3)])
        #expect(grid[0].shape == [2, 3] && grid[1].array(of: Int.self) == [0, 1, 2, 0, 1, 2])
        #expect(Tensor([1.5] as [Float]).description.contains("1.5"))
    }

    @Test func changesInPlaceAreSeenByCopies() {
        let a = Tensor([1, 2] as [Float])
        let b = a
        a.addInPlace(1)
        a.multiplyInPlace(Tensor([2, 3] as [Float]))
        #expect(b.array() == [4, 9] && b.version == 2 && a.isIdentical(to: b))
        a.copyInPlace(.zeros([2]))
        a.fillInPlace(5)
        a.lerpInPlace(.zeros([2]), 0.5)
        a.clampInPlace(max: 2)
        a.indexAddInPlace(0, Tensor([1] as [Int]), Tensor([1] as [Float]))
        #expect(b.array() == [2, 3])
    }
}
