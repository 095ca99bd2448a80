import CLiteRT
import Foundation
import Spatial

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A graph in a .tflite file, compiled for the processor and ready to run on float tensors.
///
/// The tensors live as long as the model: a run allocates nothing. Not for use by two threads at
/// once.
public final class LiteRTModel {
    /// A tensor at the edge of the graph.
    public struct Port: Equatable, Sendable {
        /// The name in the file.
        public let name: String
        /// The shape, e.g. [1, H, W, C].
        public let shape: [Int]
        /// The number of floats.
        public var count: Int { shape.reduce(1, *) }
    }

    /// The file it was read from.
    public let file: URL
    /// The input tensors in the graph's order.
    public let inputs: [Port]
    /// The output tensors in the graph's order.
    public let outputs: [Port]

    private let library: LiteRTLibrary
    private let handles: Handles

    /// Loads and compiles a graph.
    ///
    /// - Parameters:
    ///   - file: The .tflite file; all its inputs and outputs must be float32 of fixed shape. It must
    ///     be known to be whole: the library does not survive a damaged one.
    ///   - library: The library that runs it.
    ///   - threads: How many threads its kernels use.
    /// - Throws: `TrackingError.graphMissing` or `.graphUnusable`.
    public convenience init(
        contentsOf file: URL, library: LiteRTLibrary, threads: Int = Threads.count
    ) throws {
        guard FileManager.default.fileExists(atPath: file.path) else {
            throw TrackingError.graphMissing(file: file.path)
        }
        guard let data = try? Data(contentsOf: file) else {
            throw TrackingError.graphUnusable(
                file: file.path, found: "that it cannot be read", expected: "a readable file")
        }
        try self.init(data, file: file, library: library, threads: threads)
    }

    /// The same from the content of a file, with operators that the library lacks.
    init(
        _ content: Data, file: URL, library: LiteRTLibrary, threads: Int = Threads.count,
        operators: [CustomOperator] = []
    ) throws {
        self.file = file
        self.library = library
        library.lock.lock()
        defer { library.lock.unlock() }
        let handles = Handles(library: library, content: content)
        self.handles = handles
        func check(_ status: LiteRtStatus, _ step: String) throws {
            if status != 0 {
                throw TrackingError.graphUnusable(
                    file: file.path, found: "status \(status) \(step)",
                    expected: "a graph that LiteRT 2.3 runs")
            }
        }

        try check(
            library.createModel(
                library.environment, handles.content.baseAddress, handles.content.count,
                &handles.model), "reading it")
        var options: LiteRtOptions?
        try check(library.createOptions(&options), "making options")
        defer { if let options { library.destroyOptions(options) } }
        try check(library.setAccelerators(options, Int32(CLiteRTCPU)), "choosing the processor")
        var tuning: LiteRtOpaqueOptions?
        try check(
            library.createOpaqueOptions(
                "xnnpack", strdup("num_threads = \(max(1, threads))\n"), { free($0) }, &tuning),
            "setting threads")
        try check(library.addOpaqueOptions(options, tuning), "setting threads")
        for item in operators {
            handles.operators.append(item)
            item.library = library
            var table = CustomOperator.table
            try check(
                library.addCustomOperator(
                    options, item.name, Int32(item.version), &table,
                    Unmanaged.passUnretained(item).toOpaque()),
                "adding the operator \(String(cString: item.name))")
        }
        try check(
            StandardError.quietly {
                library.createCompiledModel(
                    library.environment, handles.model, options, &handles.compiled)
            }, "compiling it")

        var graph: LiteRtSubgraph?
        try check(library.getSubgraph(handles.model, 0, &graph), "reading its graph")
        func ports(
            count: CLiteRTGetTensorCount, tensor: CLiteRTGetTensor,
            requirements: CLiteRTGetRequirements, buffers: inout [LiteRtTensorBuffer?]
        ) throws -> [Port] {
            var number = 0
            try check(count(graph, &number), "counting tensors")
            var ports: [Port] = []
            for i in 0..<number {
                var handle: LiteRtTensor?
                try check(tensor(graph, i, &handle), "reading a tensor")
                var name: UnsafePointer<CChar>?
                try check(library.getTensorName(handle, &name), "reading a tensor's name")
                var type = LiteRtRankedTensorType()
                try check(library.getTensorType(handle, &type), "reading a tensor's type")
                let port = Port(name: name.map { String(cString: $0) } ?? "", shape: type.shape)
                guard type.elementType == Int32(CLiteRTFloat32), port.shape.allSatisfy({ $0 > 0 })
                else {
                    throw TrackingError.graphUnusable(
                        file: file.path,
                        found: "a tensor of type \(type.elementType) and shape \(port.shape)",
                        expected: "float32 of a fixed shape")
                }
                var needs: LiteRtTensorBufferRequirements?
                try check(requirements(handles.compiled, 0, i, &needs), "asking for memory")
                var buffer: LiteRtTensorBuffer?
                try check(
                    library.createTensorBuffer(library.environment, &type, needs, &buffer),
                    "allocating a tensor")
                buffers.append(buffer)
                ports.append(port)
            }
            return ports
        }
        inputs = try ports(
            count: library.getInputCount, tensor: library.getInput,
            requirements: library.getInputRequirements, buffers: &handles.inputs)
        outputs = try ports(
            count: library.getOutputCount, tensor: library.getOutput,
            requirements: library.getOutputRequirements, buffers: &handles.outputs)
    }

    /// Throws `TrackingError.graphUnusable` unless the tensors have these shapes, in order.
    public func require(inputs: [[Int]], outputs: [[Int]]) throws {
        let (foundIn, foundOut) = (self.inputs.map(\.shape), self.outputs.map(\.shape))
        if foundIn != inputs || foundOut != outputs {
            throw TrackingError.graphUnusable(
                file: file.path, found: "tensors \(foundIn) → \(foundOut)",
                expected: "\(inputs) → \(outputs)")
        }
    }

    /// Gives the memory of input `index` to be written, row-major, `inputs[index].count` floats.
    public func withInput<R>(
        _ index: Int, _ body: (UnsafeMutableBufferPointer<Float>) throws -> R
    ) throws -> R {
        try withMemory(
            of: handles.inputs[index], mode: CLiteRTLockWrite, count: inputs[index].count, body)
    }

    /// Runs the graph on what the inputs hold.
    public func run() throws {
        let status = library.runCompiledModel(
            handles.compiled, 0, handles.inputs.count, &handles.inputs, handles.outputs.count,
            &handles.outputs)
        if status != 0 { throw failure("status \(status) running it") }
    }

    /// Gives the memory of output `index`, as the last run left it.
    public func withOutput<R>(
        _ index: Int, _ body: (UnsafeBufferPointer<Float>) throws -> R
    ) throws -> R {
        try withMemory(
            of: handles.outputs[index], mode: CLiteRTLockRead, count: outputs[index].count
        ) { try body(UnsafeBufferPointer($0)) }
    }

    /// A copy of output `index`.
    public func output(_ index: Int) throws -> [Float] {
        try withOutput(index) { Array($0) }
    }

    private func withMemory<R>(
        of buffer: LiteRtTensorBuffer?, mode: some BinaryInteger, count: Int,
        _ body: (UnsafeMutableBufferPointer<Float>) throws -> R
    ) throws -> R {
        var memory: UnsafeMutableRawPointer?
        let status = library.lockTensorBuffer(buffer, &memory, Int32(mode))
        guard status == 0, let memory else { throw failure("status \(status) locking a tensor") }
        defer { _ = library.unlockTensorBuffer(buffer) }
        return try body(
            UnsafeMutableBufferPointer(
                start: memory.assumingMemoryBound(to: Float.self), count: count))
    }

    private func failure(_ found: String) -> TrackingError {
        .graphUnusable(file: file.path, found: found, expected: "a graph that LiteRT 2.3 runs")
    }
}

/// What a model owns in the library, released together however far `init` came.
private final class Handles {
    let library: LiteRTLibrary
    var model: LiteRtModel?
    var compiled: LiteRtCompiledModel?
    var inputs: [LiteRtTensorBuffer?] = []
    var outputs: [LiteRtTensorBuffer?] = []
    /// The compiled model points to them.
    var operators: [CustomOperator] = []

    /// The file, which the model reads its weights from as long as it lives.
    let content: UnsafeMutableRawBufferPointer

    init(library: LiteRTLibrary, content: Data) {
        self.library = library
        self.content = .allocate(byteCount: max(1, content.count), alignment: 64)
        self.content.copyBytes(from: content)
    }

    deinit {
        for buffer in inputs + outputs { library.destroyTensorBuffer(buffer) }
        if let compiled { library.destroyCompiledModel(compiled) }
        if let model { library.destroyModel(model) }
        content.deallocate()
    }
}

extension LiteRtRankedTensorType {
    /// The dimensions in order.
    var shape: [Int] { layout.shape }
}

extension LiteRtLayout {
    /// The dimensions in order.
    var shape: [Int] {
        let rank = min(Int(rankAndFlags & 0x7F), Int(CLiteRTMaximumRank))
        return withUnsafeBytes(of: dimensions) { bytes in
            bytes.bindMemory(to: Int32.self).prefix(rank).map(Int.init)
        }
    }
}

/// The library's older half greets on standard error the first time a graph is compiled, and no
/// option of its C API stops it.
private enum StandardError {
    nonisolated(unsafe) private static var isDone = false

    /// Runs `body`, the first time with standard error led nowhere. Called under the library's lock.
    static func quietly<R>(_ body: () -> R) -> R {
        guard !isDone else { return body() }
        isDone = true
        let kept = dup(2)
        let nowhere = open("/dev/null", O_WRONLY)
        guard kept >= 0, nowhere >= 0 else { return body() }
        dup2(nowhere, 2)
        close(nowhere)
        defer {
            dup2(kept, 2)
            close(kept)
        }
        return body()
    }
}
