import Torch

/// Inception v3 as it is used for FID: the network of TensorFlow's 2015 release in the form that
/// pytorch-fid gives it, whose pooling differs from torchvision's. Parameters are named as in
/// `pt_inception-2015-12-05-6726825d.pth` ("Mixed_5b.branch1x1.conv.weight").
public final class InceptionV3: Module {
    private let stem: [(name: String, layer: any Layer)]
    private let mixed: [(name: String, block: InceptionBlock)]
    private let classifier = Linear(2048, 1008)

    /// The network with its weights, as pytorch-fid publishes them.
    ///
    /// - Throws: `CheckpointError` where they are those of another network.
    public convenience init(_ weights: StateDictionary) throws(CheckpointError) {
        self.init()
        var kept = weights
        // Counters of training, which some versions of the file have.
        kept.tensors = weights.tensors.filter { !$0.key.hasSuffix("num_batches_tracked") }
        try adopt(kept, as: .float32)
        setTrainable(false)
    }

    init() {
        stem = [
            ("Conv2d_1a_3x3", NormalisedConvolution(3, 32, 3, stride: 2)),
            ("Conv2d_2a_3x3", NormalisedConvolution(32, 32, 3)),
            ("Conv2d_2b_3x3", NormalisedConvolution(32, 64, 3, padding: 1)),
            ("", Activation { $0.maxPool2d(3, stride: 2) }),
            ("Conv2d_3b_1x1", NormalisedConvolution(64, 80, 1)),
            ("Conv2d_4a_3x3", NormalisedConvolution(80, 192, 3)),
            ("", Activation { $0.maxPool2d(3, stride: 2) }),
        ]
        mixed = [
            ("Mixed_5b", .a(192, pool: 32)), ("Mixed_5c", .a(256, pool: 64)),
            ("Mixed_5d", .a(288, pool: 64)), ("Mixed_6a", .b(288)),
            ("Mixed_6b", .c(768, inner: 128)), ("Mixed_6c", .c(768, inner: 160)),
            ("Mixed_6d", .c(768, inner: 160)), ("Mixed_6e", .c(768, inner: 192)),
            ("Mixed_7a", .d(768)), ("Mixed_7b", .e(1280, poolsMeans: true)),
            ("Mixed_7c", .e(2048, poolsMeans: false)),
        ]
    }

    public var members: ModuleMembers {
        ModuleMembers(
            stem.filter { !$0.name.isEmpty }.map { ($0.name, .module($0.layer)) }
                + mixed.map { ($0.name, .module($0.block)) } + [("fc", .module(classifier))])
    }

    /// What one image is to the network.
    public struct Output {
        /// The pooled features [B, 2048] that FID compares.
        public let features: Tensor
        /// The classes [B, 1008] without their bias, for the Inception score.
        public let logits: Tensor
    }

    /// How pictures are brought to the network's 299×299 pixels, which moves FID by more than most
    /// methods differ (Parmar et al. 2022).
    public enum Resizing: Sendable {
        /// Bilinear without smoothing, as pytorch-fid and torch-fidelity do.
        case plain
        /// Bicubic with smoothing in floating point, as clean-fid does.
        case clean
    }

    /// Runs the network on images [B, 3, H, W] in 0…1 of any size.
    public func callAsFunction(_ images: Tensor, resizing: Resizing = .plain) -> Output {
        var x =
            switch resizing {
            case .plain: images.interpolated(299) * 2 - 1
            case .clean: ((images * 255).interpolated(299, .bicubic, antialias: true) - 128) / 128
            }
        x = x.channelsLast()
        for (_, layer) in stem { x = layer(x) }
        for (_, block) in mixed { x = block(x) }
        let features = x.mean(2, 3)
        return Output(features: features, logits: features.linear(classifier.weight))
    }
}
