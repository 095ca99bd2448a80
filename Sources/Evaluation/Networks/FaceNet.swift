import Torch

/// The network that tells faces apart in `IdentityReader`: Inception-ResNet v1 as facenet-pytorch trained it for
/// 512 features (FaceNet, Schroff et al. 2015; the blocks are Szegedy et al.'s of 2017). Parameters are named
/// as in its `20180402-114759-vggface2.pt` ("repeat_1.0.branch0.conv.weight").
public final class FaceNet: Module {
    private let layers: [(name: String, layer: any Layer)]
    private let projection = Linear(1792, 512, bias: false)
    private let normalisation = FrozenBatchNorm(512)

    /// The side of the pictures that it was trained on.
    public static let side = 160

    /// The network with its weights, as facenet-pytorch publishes them.
    ///
    /// - Throws: `CheckpointError` where they are those of another network.
    public convenience init(_ weights: StateDictionary) throws(CheckpointError) {
        self.init()
        var kept = weights
        // Its classes of persons, and counters of training.
        kept.tensors = weights.tensors.filter {
            !$0.key.hasPrefix("logits.") && !$0.key.hasSuffix("num_batches_tracked")
        }
        try adopt(kept, as: .float32)
        setTrainable(false)
    }

    init() {
        typealias Convolution = NormalisedConvolution
        layers =
            [
                ("conv2d_1a", Convolution(3, 32, 3, stride: 2)),
                ("conv2d_2a", Convolution(32, 32, 3)),
                ("conv2d_2b", Convolution(32, 64, 3, padding: 1)),
                ("", Activation { $0.maxPool2d(3, stride: 2) }),
                ("conv2d_3b", Convolution(64, 80, 1)), ("conv2d_4a", Convolution(80, 192, 3)),
                ("conv2d_4b", Convolution(192, 256, 3, stride: 2)),
            ] + (0..<5).map { ("repeat_1.\($0)", FaceNetBlock.residual35()) }
            + [("mixed_6a", FaceNetBlock.reduction6())]
            + (0..<10).map { ("repeat_2.\($0)", FaceNetBlock.residual17()) }
            + [("mixed_7a", FaceNetBlock.reduction7())]
            + (0..<5).map { ("repeat_3.\($0)", FaceNetBlock.residual8(scale: 0.2)) }
            + [("block8", FaceNetBlock.residual8(scale: 1, rectifies: false))]
    }

    public var members: ModuleMembers {
        ModuleMembers(
            layers.filter { !$0.name.isEmpty }.map { ($0.name, .module($0.layer)) }
                + [("last_linear", .module(projection)), ("last_bn", .module(normalisation))])
    }

    /// Features [B, 512] of length 1, of faces [B, 3, H, W] in 0…1 that fill their pictures, `side` pixels
    /// each way.
    public func callAsFunction(_ faces: Tensor) -> Tensor {
        // (x − 127.5) / 128 of eight bits.
        var x = ((faces * 255 - 127.5) / 128).channelsLast()
        for (_, layer) in layers { x = layer(x) }
        return normalisation(projection(x.mean(2, 3))).normalized(1)
    }
}

/// A block of Inception-ResNet: branches side by side, put together by channel; and, of residual ones,
/// mixed to as many channels as came in, scaled and added to them.
private final class FaceNetBlock: Layer {
    private typealias Branch = [(name: String, layer: NormalisedConvolution)]

    private let branches: [Branch]
    private let mixing: Conv2d?
    private let scale: Double
    private let rectifies: Bool

    /// - Parameter mixing: nil of a reduction, whose last branch are the maxima at half the size.
    private init(
        _ branches: [Branch], mixing: Conv2d? = nil, scale: Double = 1, rectifies: Bool = true
    ) {
        (self.branches, self.mixing) = (branches, mixing)
        (self.scale, self.rectifies) = (scale, rectifies)
    }

    var members: ModuleMembers {
        ModuleMembers(
            branches.joined().map { ($0.name, .module($0.layer)) }
                + (mixing.map { [("conv2d", .module($0))] } ?? []))
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        let ends = branches.map { $0.reduce(x) { $1.layer($0) } }
        guard let mixing else { return Tensor.cat(ends + [x.maxPool2d(3, stride: 2)], 1) }
        let sum = mixing(Tensor.cat(ends, 1)) * scale + x
        return rectifies ? sum.rectified() : sum
    }

    private typealias Convolution = NormalisedConvolution

    static func residual35() -> FaceNetBlock {
        FaceNetBlock(
            [
                [("branch0", Convolution(256, 32, 1))],
                [
                    ("branch1.0", Convolution(256, 32, 1)),
                    ("branch1.1", Convolution(32, 32, 3, padding: 1)),
                ],
                [
                    ("branch2.0", Convolution(256, 32, 1)),
                    ("branch2.1", Convolution(32, 32, 3, padding: 1)),
                    ("branch2.2", Convolution(32, 32, 3, padding: 1)),
                ],
            ], mixing: Conv2d(96, 256, kernel: 1), scale: 0.17)
    }

    static func residual17() -> FaceNetBlock {
        FaceNetBlock(
            [
                [("branch0", Convolution(896, 128, 1))],
                [
                    ("branch1.0", Convolution(896, 128, 1)),
                    ("branch1.1", Convolution(128, 128, Size2(1, 7), padding: Size2(0, 3))),
                    ("branch1.2", Convolution(128, 128, Size2(7, 1), padding: Size2(3, 0))),
                ],
            ], mixing: Conv2d(256, 896, kernel: 1), scale: 0.1)
    }

    static func residual8(scale: Double, rectifies: Bool = true) -> FaceNetBlock {
        FaceNetBlock(
            [
                [("branch0", Convolution(1792, 192, 1))],
                [
                    ("branch1.0", Convolution(1792, 192, 1)),
                    ("branch1.1", Convolution(192, 192, Size2(1, 3), padding: Size2(0, 1))),
                    ("branch1.2", Convolution(192, 192, Size2(3, 1), padding: Size2(1, 0))),
                ],
            ], mixing: Conv2d(384, 1792, kernel: 1), scale: scale, rectifies: rectifies)
    }

    static func reduction6() -> FaceNetBlock {
        FaceNetBlock([
            [("branch0", Convolution(256, 384, 3, stride: 2))],
            [
                ("branch1.0", Convolution(256, 192, 1)),
                ("branch1.1", Convolution(192, 192, 3, padding: 1)),
                ("branch1.2", Convolution(192, 256, 3, stride: 2)),
            ],
        ])
    }

    static func reduction7() -> FaceNetBlock {
        FaceNetBlock([
            [
                ("branch0.0", Convolution(896, 256, 1)),
                ("branch0.1", Convolution(256, 384, 3, stride: 2)),
            ],
            [
                ("branch1.0", Convolution(896, 256, 1)),
                ("branch1.1", Convolution(256, 256, 3, stride: 2)),
            ],
            [
                ("branch2.0", Convolution(896, 256, 1)),
                ("branch2.1", Convolution(256, 256, 3, padding: 1)),
                ("branch2.2", Convolution(256, 256, 3, stride: 2)),
            ],
        ])
    }
}
