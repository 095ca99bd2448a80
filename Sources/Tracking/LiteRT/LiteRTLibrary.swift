import CLiteRT
import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// LiteRT's library, opened at run time, with its one environment.
///
/// It is opened once a file and never closed: the threads of its kernels may outlive a model.
/// `@unchecked Sendable`: all properties are constant after `init`, and the library allows models
/// to be made and run on different threads; making them is serialised by `lock` all the same.
public final class LiteRTLibrary: @unchecked Sendable {
    /// The file it was opened from.
    public let file: URL

    let environment: LiteRtEnvironment
    let createModel: CLiteRTCreateModelFromBuffer
    let destroyModel: CLiteRTDestroyModel
    let createOptions: CLiteRTCreateOptions
    let destroyOptions: CLiteRTDestroyOptions
    let setAccelerators: CLiteRTSetAccelerators
    let createOpaqueOptions: CLiteRTCreateOpaqueOptions
    let addOpaqueOptions: CLiteRTAddOpaqueOptions
    let addCustomOperator: CLiteRTAddCustomOperator
    let createCompiledModel: CLiteRTCreateCompiledModel
    let destroyCompiledModel: CLiteRTDestroyCompiledModel
    let runCompiledModel: CLiteRTRunCompiledModel
    let getSubgraph: CLiteRTGetSubgraph
    let getInputCount: CLiteRTGetTensorCount
    let getOutputCount: CLiteRTGetTensorCount
    let getInput: CLiteRTGetTensor
    let getOutput: CLiteRTGetTensor
    let getTensorName: CLiteRTGetTensorName
    let getTensorType: CLiteRTGetTensorType
    let getInputRequirements: CLiteRTGetRequirements
    let getOutputRequirements: CLiteRTGetRequirements
    let createTensorBuffer: CLiteRTCreateTensorBuffer
    let destroyTensorBuffer: CLiteRTDestroyTensorBuffer
    let lockTensorBuffer: CLiteRTLockTensorBuffer
    let unlockTensorBuffer: CLiteRTUnlockTensorBuffer
    let getTensorBufferType: CLiteRTGetTensorBufferType

    let lock = NSLock()

    private static let registry = Registry()

    /// The library of `file`, opened by the first call for it.
    ///
    /// - Throws: `TrackingError.libraryUnusable` or `.functionMissing`.
    public static func open(_ file: URL) throws -> LiteRTLibrary {
        try registry.library(at: file)
    }

    fileprivate init(file: URL) throws {
        self.file = file
        let path = file.path
        guard FileManager.default.fileExists(atPath: path) else {
            throw TrackingError.libraryUnusable(file: path, reason: "no such file")
        }
        guard let handle = dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
            let reason = dlerror().map { String(cString: $0) } ?? "unknown reason"
            throw TrackingError.libraryUnusable(file: path, reason: reason)
        }
        func function<T>(_ name: String, as type: T.Type = T.self) throws -> T {
            guard let symbol = dlsym(handle, "LiteRt" + name) else {
                throw TrackingError.functionMissing(file: path, function: "LiteRt" + name)
            }
            return unsafeBitCast(symbol, to: type)
        }
        createModel = try function("CreateModelFromBuffer")
        destroyModel = try function("DestroyModel")
        createOptions = try function("CreateOptions")
        destroyOptions = try function("DestroyOptions")
        setAccelerators = try function("SetOptionsHardwareAccelerators")
        createOpaqueOptions = try function("CreateOpaqueOptions")
        addOpaqueOptions = try function("AddOpaqueOptions")
        addCustomOperator = try function("AddCustomOpKernelOption")
        createCompiledModel = try function("CreateCompiledModel")
        destroyCompiledModel = try function("DestroyCompiledModel")
        runCompiledModel = try function("RunCompiledModel")
        getSubgraph = try function("GetModelSubgraph")
        getInputCount = try function("GetNumSubgraphInputs")
        getOutputCount = try function("GetNumSubgraphOutputs")
        getInput = try function("GetSubgraphInput")
        getOutput = try function("GetSubgraphOutput")
        getTensorName = try function("GetTensorName")
        getTensorType = try function("GetRankedTensorType")
        getInputRequirements = try function("GetCompiledModelInputBufferRequirements")
        getOutputRequirements = try function("GetCompiledModelOutputBufferRequirements")
        createTensorBuffer = try function("CreateManagedTensorBufferFromRequirements")
        destroyTensorBuffer = try function("DestroyTensorBuffer")
        lockTensorBuffer = try function("LockTensorBuffer")
        unlockTensorBuffer = try function("UnlockTensorBuffer")
        getTensorBufferType = try function("GetTensorBufferTensorType")

        let createEnvironment: CLiteRTCreateEnvironment = try function("CreateEnvironment")
        // Silence first: making the environment logs what accelerators it cannot find.
        let options = [
            LiteRtEnvOption(tag: CLiteRTOptionLogSeverity, value: CLiteRTSilent),
            LiteRtEnvOption(tag: CLiteRTOptionAccelerators, value: CLiteRTCPU),
        ]
        var environment: LiteRtEnvironment?
        let status = createEnvironment(Int32(options.count), options, &environment)
        guard status == 0, let environment else {
            throw TrackingError.libraryUnusable(
                file: path, reason: "status \(status) making an environment")
        }
        self.environment = environment
    }
}

extension LiteRtEnvOption {
    fileprivate init(tag: some BinaryInteger, value: some BinaryInteger) {
        self.init(
            tag: Int32(tag), padding: 0, kind: Int32(CLiteRTIntegerKind), kindPadding: 0,
            integer: Int64(value))
    }
}

/// The libraries opened so far. `@unchecked Sendable`: the dictionary is reached under the lock.
private final class Registry: @unchecked Sendable {
    private let lock = NSLock()
    private var libraries: [String: LiteRTLibrary] = [:]

    func library(at file: URL) throws -> LiteRTLibrary {
        lock.lock()
        defer { lock.unlock() }
        let path = file.standardizedFileURL.path
        if let library = libraries[path] { return library }
        let library = try LiteRTLibrary(file: file)
        libraries[path] = library
        return library
    }
}
