import Foundation
import Media

/// Tensors by name, such as the parameters and buffers of a module under PyTorch's names.
public struct StateDictionary {
    public var tensors: [String: Tensor]
    /// Where they were read from, for error messages.
    public var source: String

    public init(_ tensors: [String: Tensor] = [:], source: String = "the state in memory") {
        self.tensors = tensors
        self.source = source
    }

    public subscript(name: String) -> Tensor? {
        get { tensors[name] }
        set { tensors[name] = newValue }
    }

    /// The names in order.
    public var names: [String] { tensors.keys.sorted() }

    /// The tensors whose names begin with `prefix`, without it: "unet.conv.weight" becomes
    /// "conv.weight" for the prefix "unet.".
    public func removingPrefix(_ prefix: String) -> StateDictionary {
        var result = StateDictionary(source: source)
        for (name, tensor) in tensors where name.hasPrefix(prefix) {
            result[String(name.dropFirst(prefix.count))] = tensor
        }
        return result
    }

    /// The same tensors under `prefix` and their names.
    public func addingPrefix(_ prefix: String) -> StateDictionary {
        StateDictionary(
            Dictionary(uniqueKeysWithValues: tensors.map { (prefix + $0, $1) }), source: source)
    }

    /// With the tensors of another dictionary added, which win where both have a name.
    public func merging(_ other: StateDictionary) -> StateDictionary {
        StateDictionary(tensors.merging(other.tensors) { $1 }, source: source)
    }
}

// MARK: Safetensors

extension StateDictionary {
    /// Reads a safetensors file, tensor by tensor.
    ///
    /// - Throws: `MediaError` where the file is missing or damaged.
    public init(safetensors url: URL) throws {
        try self.init(SafetensorsFile(contentsOf: url), source: url.relativePath)
    }

    /// Reads all tensors of an open safetensors file, such as an entry of an archive.
    public init(_ file: SafetensorsFile, source: String) throws {
        self.init(source: source)
        for name in file.names { tensors[name] = Tensor(try file.tensor(name)) }
    }

    /// Writes a safetensors file; the same tensors give the same bytes.
    ///
    /// - Throws: `MediaError` where the file exists and `overwrite` is false, or cannot be written.
    public func write(
        safetensors url: URL, metadata: [String: String] = [:], overwrite: Bool
    ) throws {
        try SafetensorsFile.write(
            tensors.mapValues(\.data), metadata: metadata, to: url, overwrite: overwrite)
    }
}

// MARK: PyTorch checkpoints

extension StateDictionary {
    /// Reads the tensors of a file that `torch.save` wrote, by the keys that lead to each, joined by
    /// dots; the pickle is parsed, never executed.
    ///
    /// - Parameters:
    ///   - below: the key of the state dict in a checkpoint that holds more, such as "state_dict".
    ///   - unknownObjects: what to do with instances of classes that are not known.
    /// - Throws: `MediaError` where the file is missing, damaged, or of another kind.
    public init(
        checkpoint url: URL, below key: String? = nil,
        unknownObjects: Pickle.UnknownObjects = .refuse
    ) throws {
        self.init(source: url.relativePath)
        var data = try TorchCheckpoint(contentsOf: url, unknownObjects: unknownObjects)
            .tensors(below: key)
        // One by one, so that the file is not in memory twice.
        for name in data.keys.sorted() { tensors[name] = Tensor(data.removeValue(forKey: name)!) }
    }
}
