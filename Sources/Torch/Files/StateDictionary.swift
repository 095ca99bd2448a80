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
