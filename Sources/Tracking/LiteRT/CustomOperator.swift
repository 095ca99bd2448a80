import CLiteRT
import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// An operator that LiteRT lacks and a graph needs.
///
/// The library knows one operator of a name for all nodes of a graph: what differs from node to node
/// has to be told by the order in which they run, which is that of the file.
final class CustomOperator {
    /// A tensor that an operator reads.
    struct Input {
        var shape: [Int]
        var values: UnsafeBufferPointer<Float>
    }

    /// The name in the graph. The library keeps the pointer.
    let name: UnsafeMutablePointer<CChar>
    /// The version in the graph.
    let version: Int
    /// Set by the model that it is given to.
    unowned(unsafe) var library: LiteRTLibrary?

    private let shape: (_ inputs: [[Int]]) -> [Int]
    private let body: (_ inputs: [Input], _ output: UnsafeMutableBufferPointer<Float>) -> Void

    /// - Parameters:
    ///   - shape: The shape of the one output for given shapes of the inputs.
    ///   - body: Computes the output.
    init(
        name: String, version: Int, shape: @escaping ([[Int]]) -> [Int],
        body: @escaping ([Input], UnsafeMutableBufferPointer<Float>) -> Void
    ) {
        (self.version, self.shape, self.body) = (version, shape, body)
        self.name = strdup(name)
    }

    deinit { free(name) }

    /// The functions that LiteRT calls; its user data is the operator, unretained.
    static var table: LiteRtCustomOpKernel {
        LiteRtCustomOpKernel(
            initialise: { _, _, _ in 0 },
            outputLayouts: { user, inputCount, inputs, outputCount, outputs in
                guard let item = CustomOperator.from(user), let inputs, let outputs,
                    outputCount == 1
                else { return 1 }
                let shapes = (0..<inputCount).map { inputs[$0].shape }
                outputs[0] = LiteRtLayout(shape: item.shape(shapes))
                return 0
            },
            run: { user, inputCount, inputs, outputCount, outputs in
                guard let item = CustomOperator.from(user), let inputs, let outputs,
                    outputCount == 1
                else { return 1 }
                return item.run(
                    inputs: (0..<inputCount).map { inputs[$0] }, output: outputs[0])
            },
            destroy: { _ in 0 })
    }

    private static func from(_ user: UnsafeMutableRawPointer?) -> CustomOperator? {
        user.map { Unmanaged<CustomOperator>.fromOpaque($0).takeUnretainedValue() }
    }

    private func run(inputs: [LiteRtTensorBuffer?], output: LiteRtTensorBuffer?) -> LiteRtStatus {
        guard let library else { return 1 }
        var locked: [LiteRtTensorBuffer?] = []
        defer { for buffer in locked { _ = library.unlockTensorBuffer(buffer) } }
        func lock(_ buffer: LiteRtTensorBuffer?, _ mode: Int32)
            -> (shape: [Int], memory: UnsafeMutablePointer<Float>)?
        {
            var type = LiteRtRankedTensorType()
            var memory: UnsafeMutableRawPointer?
            guard library.getTensorBufferType(buffer, &type) == 0,
                library.lockTensorBuffer(buffer, &memory, mode) == 0, let memory
            else { return nil }
            locked.append(buffer)
            return (type.shape, memory.assumingMemoryBound(to: Float.self))
        }
        var values: [Input] = []
        for input in inputs {
            guard let (shape, memory) = lock(input, Int32(CLiteRTLockRead)) else {
                return 1
            }
            values.append(
                Input(
                    shape: shape,
                    values: UnsafeBufferPointer(start: memory, count: shape.reduce(1, *))))
        }
        guard let (shape, memory) = lock(output, Int32(CLiteRTLockWrite)) else { return 1 }
        body(values, UnsafeMutableBufferPointer(start: memory, count: shape.reduce(1, *)))
        return 0
    }
}

extension LiteRtLayout {
    fileprivate init(shape: [Int]) {
        self.init()
        rankAndFlags = UInt32(shape.count)
        withUnsafeMutableBytes(of: &dimensions) { bytes in
            let target = bytes.bindMemory(to: Int32.self)
            for (i, size) in shape.prefix(target.count).enumerated() { target[i] = Int32(size) }
        }
    }
}
