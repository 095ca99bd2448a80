import Foundation
import Media
import Torch

extension ModelFolder {
    /// Writes config.json and the weights, as diffusers' and transformers' `save_pretrained` do.
    ///
    /// - Parameters:
    ///   - configuration: such as `UNetConfiguration.values`.
    ///   - weights: under the names that `weights()` is to give.
    ///   - dtype: what floating-point weights are stored as; as they are, if nil.
    ///   - isTransformer: named as transformers names its file, not diffusers.
    /// - Throws: `MediaError`.
    public func write(
        _ configuration: [String: JSONValue], weights: StateDictionary, as dtype: DType? = nil,
        isTransformer: Bool = false
    ) throws {
        let text = JSONValue.object(configuration).description + "\n"
        try AtomicFile.write(
            Array(text.utf8), to: url.appendingPathComponent("config.json"), overwrite: true)
        var stored = weights
        for (name, tensor) in weights.tensors where tensor.dtype.isFloatingPoint {
            stored[name] = dtype.map { tensor.detached().converted(to: $0) } ?? tensor
        }
        let name = isTransformer ? "model" : "diffusion_pytorch_model"
        try stored.write(
            safetensors: url.appendingPathComponent("\(name).safetensors"),
            metadata: ["format": "pt"], overwrite: true)
    }
}
