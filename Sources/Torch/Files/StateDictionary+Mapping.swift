import CTorch
import Foundation
import Media

// Weights of gigabytes: their file is mapped, and a tensor is the place in the mapping where its
// bytes lie. Nothing is read until a tensor is used, and what is read belongs to the system's cache,
// not to this process. What is changed in place stays in this process, page by page.
extension StateDictionary {
    /// Maps a safetensors file: its tensors lie in the mapping, of the types they have there.
    ///
    /// The file must not be cut short while any of them is in use.
    ///
    /// - Throws: `MediaError` where the file is missing or damaged.
    public init(mapping url: URL) throws {
        let file = try SafetensorsFile(contentsOf: url)
        let mapping = try MappedFile(url)
        self.init(source: url.relativePath)
        for name in file.names {
            let (type, shape) = file.layout(of: name)!
            tensors[name] =
                try Tensor(mapping, file.byteRange(of: name)!, type, shape)
                ?? Tensor(file.tensor(name))
        }
    }

    /// Maps a file that `torch.save` wrote: the tensors that lie in it as they are, which those of a
    /// state dict do, are in the mapping, the others copied. The pickle is parsed, never executed.
    ///
    /// The file must not be cut short while any of them is in use.
    ///
    /// - Parameter isWanted: says by its name whether a tensor is wanted; the others are not read.
    /// - Throws: `MediaError` where the file is missing, damaged, or of another kind.
    public init(
        mappingCheckpoint url: URL, below key: String? = nil,
        unknownObjects: Pickle.UnknownObjects = .refuse,
        where isWanted: (_ name: String) -> Bool = { _ in true }
    ) throws {
        let checkpoint = try TorchCheckpoint(contentsOf: url, unknownObjects: unknownObjects)
        let mapping = try MappedFile(url)
        self.init(source: url.relativePath)
        for (name, stored) in try checkpoint.storedTensors(below: key) where isWanted(name) {
            let mapped = try stored.place().flatMap {
                try Tensor(mapping, $0, stored.elementType, stored.shape)
            }
            tensors[name] = try mapped ?? Tensor(stored.read())
        }
    }
}

extension StateDictionary {
    /// The same with floating-point tensors of another type. Mapped ones are given back one by one as
    /// they are converted, so that both never fill memory together; what was changed in them in place is
    /// lost.
    ///
    /// - Parameter isWanted: says which are converted; the others stay as they are.
    public consuming func converted(
        to dtype: DType, where isWanted: (Tensor) -> Bool = { _ in true }
    ) -> StateDictionary {
        for name in names {
            let tensor = tensors[name]!
            guard tensor.dtype.isFloatingPoint, tensor.dtype != dtype, isWanted(tensor) else {
                continue
            }
            tensors[name] = tensor.converted(to: dtype)
            tensor.releaseMappedMemory()
        }
        return self
    }
}

extension Module {
    /// Gives back the memory of parameters and buffers that are mapped from files; they are read again
    /// when they are used. What was changed in them in place is lost.
    public func releaseMappedMemory() {
        for tensor in stateDictionary.tensors.values { tensor.releaseMappedMemory() }
    }
}

extension Tensor {
    fileprivate func releaseMappedMemory() {
        if device == .cpu, isContiguous { withUnsafeBytes(MappedFile.release) }
    }
}

extension Tensor {
    /// A tensor over bytes of a mapped file, or nil where torch cannot use them as they lie: it has
    /// no such type, or they are not aligned to it.
    ///
    /// - Throws: `MediaError` where the file became shorter.
    fileprivate init?(
        _ file: MappedFile, _ range: Range<Int>, _ type: ElementType, _ shape: [Int]
    ) throws {
        guard range.upperBound <= file.count else {
            throw MediaError.damaged(
                file: file.name, found: "\(file.count) bytes", expected: "\(range.upperBound)")
        }
        guard let dtype = DType(type), range.lowerBound % dtype.byteCount == 0, !range.isEmpty
        else { return nil }
        _ = Runtime.started
        var result: CTorchTensor?
        let sizes = shape.map(Int64.init)
        require(
            ctorch_wrap(
                file.bytes.baseAddress! + range.lowerBound, sizes, Int32(sizes.count),
                dtype.rawValue, Unmanaged.passRetained(file).toOpaque(),
                { Unmanaged<MappedFile>.fromOpaque($0!).release() }, &result))
        self.init(owning: result!)
    }
}
