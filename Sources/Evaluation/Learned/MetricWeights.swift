import Foundation
import Media
import Torch

/// Finds the networks of the learned metrics, which are not brought along: their authors publish them.
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
        let file =
            switch architecture {
            case .alexnet: "alexnet-owt-7be5be79.pth"
            case .vgg16: "vgg16-397923af.pth"
            case .squeezenet: "squeezenet1_1-b8a52dc0.pth"
            }
        let backbone = try state(
            file, metric: "LPIPS (\(architecture.rawValue))",
            source: "https://download.pytorch.org/models/\(file)", licence: "BSD-3-Clause")
        return try LPIPS(architecture, backbone: backbone, heads: Self.lpipsHeads(architecture))
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
        let file = "pt_inception-2015-12-05-6726825d.pth"
        return try InceptionV3(
            state(
                file, metric: "What FID and the Inception score compare",
                source: "https://github.com/mseitzer/pytorch-fid/releases", licence: "Apache-2.0"))
    }

    private func state(
        _ file: String, metric: String, source: String, licence: String
    ) throws -> StateDictionary {
        let url = folder.appendingPathComponent(file)
        guard FileManager.default.fileExists(atPath: url.path) else {
            throw EvaluationError.weights(
                metric: metric, file: file, folder: folder.relativePath, source: source,
                licence: licence)
        }
        return try StateDictionary(checkpoint: url)
    }
}
