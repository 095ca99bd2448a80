import Foundation
import Media
import Methods
import Torch

/// What a run computed, as .npy files of one folder under diffusers' names.
final class SampleDump {
    private let folder: URL
    private let overwrite: Bool
    private var tensors: [(name: String, tensor: Tensor)] = []
    private var samples: [LDM3D.Sample] = []

    private static let names = [
        "prompt_embeds", "negative_prompt_embeds", "noise", "latents", "image",
    ]

    /// - Throws: `MediaError` where the files exist and may not be replaced.
    init(_ path: String, overwrite: Bool) throws {
        (folder, self.overwrite) = (URL(fileURLWithPath: path), overwrite)
        for name in Self.names {
            _ = try requireWritable("\(path)/\(name).npy", overwrite: overwrite)
        }
    }

    func add(_ embedding: LDM3D.PromptEmbedding) {
        tensors = [
            ("prompt_embeds", embedding.prompt),
            ("negative_prompt_embeds", embedding.negativePrompt),
        ]
    }

    func add(_ sample: LDM3D.Sample) { samples.append(sample) }

    /// Writes the files; the pictures of a run are the rows of their arrays.
    func write() throws {
        let rows: [(String, (LDM3D.Sample) -> Tensor)] = [
            ("noise", { $0.noise }), ("latents", { $0.latents }), ("image", { $0.decoded }),
        ]
        for (name, row) in rows { tensors.append((name, .cat(samples.map(row)))) }
        for (name, tensor) in tensors {
            try tensor.data.writeNPY(
                to: folder.appendingPathComponent("\(name).npy"), overwrite: overwrite)
        }
    }
}
