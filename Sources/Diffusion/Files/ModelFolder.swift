import Foundation
import Media
import Torch

/// The folder of one network as diffusers' or transformers' `save_pretrained` writes it: config.json
/// and the weights, in one file or in several with an index.
public struct ModelFolder: Equatable, Sendable {
    public let url: URL

    public init(_ url: URL) { self.url = url }

    /// Reads config.json.
    ///
    /// - Parameter classes: the architectures that are understood. A configuration that names
    ///   another one (`_class_name`, or transformers' `architectures`) is refused.
    /// - Throws: `DiffusionError`.
    public func configuration(of classes: [String]) throws(DiffusionError) -> Configuration {
        let configuration = try Configuration(contentsOf: url.appendingPathComponent("config.json"))
        var found = try configuration.texts("architectures", [])
        if configuration.sets("_class_name") { found = [try configuration.text("_class_name")] }
        guard found.isEmpty || found.contains(where: classes.contains) else {
            throw .architecture(
                file: configuration.file,
                found: "a model of class \(found.joined(separator: ", "))",
                expected: "one of class \(classes.joined(separator: " or "))")
        }
        return configuration
    }

    /// Maps the weights, by their names in the files, of the types they are stored in.
    ///
    /// What is looked for, in this order: safetensors, then PyTorch's own format; full precision,
    /// then the variants fp16 and bf16; one file, then several with an index.
    ///
    /// - Parameter isTransformer: whether transformers wrote the folder: the name of what is missed.
    /// - Throws: `DiffusionError` where there are none, `MediaError` where a file is damaged.
    public func weights(isTransformer: Bool = false) throws -> StateDictionary {
        for (type, stems) in Self.stems {
            for variant in ["", ".fp16", ".bf16"] {
                for stem in stems {
                    let file = url.appendingPathComponent("\(stem)\(variant).\(type)")
                    if exists(file) { return try Self.map(file) }
                    for name in Set([
                        "\(stem).\(type).index\(variant).json",
                        "\(stem)\(variant).\(type).index.json",
                    ]).sorted() {
                        let index = url.appendingPathComponent(name)
                        if exists(index) { return try shards(index) }
                    }
                }
            }
        }
        throw DiffusionError.missing(
            folder: url.relativePath,
            item: "\(Self.stems[0].stems[isTransformer ? 1 : 0]).safetensors")
    }

    /// How the files are called: by diffusers, and by transformers.
    private static let stems = [
        (type: "safetensors", stems: ["diffusion_pytorch_model", "model"]),
        (type: "bin", stems: ["diffusion_pytorch_model", "pytorch_model"]),
    ]

    private func exists(_ file: URL) -> Bool { FileManager.default.fileExists(atPath: file.path) }

    private static func map(_ file: URL) throws -> StateDictionary {
        file.pathExtension == "safetensors"
            ? try StateDictionary(mapping: file) : try StateDictionary(mappingCheckpoint: file)
    }

    /// The weights of several files, by an index that says which file holds which tensor.
    private func shards(_ index: URL) throws -> StateDictionary {
        let document = try Configuration(contentsOf: index)
        guard case .object(let places)? = document.value("weight_map") else {
            throw DiffusionError.damaged(
                file: document.file, found: "no \"weight_map\"", expected: "the file of each tensor"
            )
        }
        var files: [String: StateDictionary] = [:]
        var result = StateDictionary(source: document.file)
        for (name, place) in places.sorted(by: { $0.key < $1.key }) {
            guard case .text(let file) = place, !file.contains("/"), !file.hasPrefix(".") else {
                throw DiffusionError.damaged(
                    file: document.file, found: "the place \(place) of \"\(name)\"",
                    expected: "the name of a file beside it")
            }
            if files[file] == nil {
                let shard = url.appendingPathComponent(file)
                guard exists(shard) else {
                    throw DiffusionError.missing(
                        folder: url.relativePath, item: "\(file), which its index names")
                }
                files[file] = try Self.map(shard)
            }
            guard let tensor = files[file]![name] else {
                throw MediaError.missingEntry(
                    file: files[file]!.source, name: name, available: files[file]!.names)
            }
            result[name] = tensor
        }
        return result
    }
}
