import Diffusion
import Foundation
import Media
import Torch

/// Finds the networks of the learned metrics, which are not brought along: their authors publish them.
///
/// Files are mapped, and of a classifier only the layers that are needed.
public struct MetricWeights: Sendable {
    /// The folder that the files are looked for in.
    public let folder: URL

    /// - Parameter folder: nil is the folder `weights` in the data folder (`Installation`).
    public init(folder: URL? = nil) {
        self.folder =
            folder ?? (try? Installation.locate("weights"))
            ?? URL(fileURLWithPath: ".deps/weights", relativeTo: nil)
    }

    /// LPIPS on one of its networks; its own learned weights come with scripts/bootstrap.
    ///
    /// - Throws: `EvaluationError.weights` where the network's file is missing; what reading it throws.
    public func lpips(_ architecture: ClassifierFeatures.Architecture) throws -> LPIPS {
        let name =
            switch architecture {
            case .alexnet: "alexnet-owt-7be5be79.pth"
            case .vgg16: "vgg16-397923af.pth"
            case .squeezenet: "squeezenet1_1-b8a52dc0.pth"
            }
        let metric = "LPIPS (\(architecture.rawValue))"
        let file = try file(
            name, metric: metric, source: "https://download.pytorch.org/models/\(name)",
            licence: "BSD-3-Clause")
        let heads: StateDictionary
        do {
            heads = try Self.lpipsHeads(architecture)
        } catch MediaError.notInstalled {
            throw EvaluationError.weights(
                metric: metric, file: "lpips/weights/v0.1/\(architecture.rawValue).pth",
                folder: "the data folder",
                source: "the wheel lpips 0.1.4, as scripts/bootstrap does",
                licence: "BSD-2-Clause")
        }
        return try LPIPS(
            architecture,
            backbone: StateDictionary(mappingCheckpoint: file) { $0.hasPrefix("features.") },
            heads: heads)
    }

    /// The learned weights of LPIPS, of version 0.1.
    ///
    /// - Throws: `MediaError.notInstalled` where scripts/bootstrap has not brought them.
    public static func lpipsHeads(
        _ architecture: ClassifierFeatures.Architecture
    ) throws -> StateDictionary {
        try StateDictionary(
            checkpoint: Installation.locate("lpips/weights/v0.1/\(architecture.rawValue).pth"))
    }

    /// The network of FID, rFID and the Inception score.
    ///
    /// - Throws: As `lpips`.
    public func inception() throws -> InceptionV3 {
        let file = try file(
            "pt_inception-2015-12-05-6726825d.pth",
            metric: "What FID and the Inception score compare",
            source: "https://github.com/mseitzer/pytorch-fid/releases", licence: "Apache-2.0")
        return try InceptionV3(StateDictionary(mappingCheckpoint: file))
    }

    /// The network that tells persons apart.
    ///
    /// - Throws: As `lpips`.
    public func faceNet() throws -> FaceNet {
        let name = "20180402-114759-vggface2.pt"
        let file = try file(
            name, metric: "Identity",
            source: "https://github.com/timesler/facenet-pytorch/releases/tag/v2.2.9",
            licence: "MIT")
        return try FaceNet(StateDictionary(mappingCheckpoint: file))
    }

    /// The network of the CLIP score: the folder `clip`, of any size of CLIP.
    ///
    /// - Throws: As `lpips`; `DiffusionError` where the folder holds another model.
    public func clip() throws -> CLIPModel {
        let file = try file(
            "clip/config.json", metric: "The CLIP score",
            source:
                "https://huggingface.co/openai/clip-vit-large-patch14 or another CLIPModel, with "
                + "its weights, tokenizer and preprocessor files", licence: "MIT")
        return try CLIPModel(folder: file.deletingLastPathComponent())
    }

    private func file(
        _ name: String, metric: String, source: String, licence: String
    ) throws -> URL {
        let url = folder.appendingPathComponent(name)
        guard FileManager.default.fileExists(atPath: url.path) else {
            throw EvaluationError.weights(
                metric: metric, file: name, folder: folder.relativePath, source: source,
                licence: licence)
        }
        return url
    }
}
