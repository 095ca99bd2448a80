import Torch

/// A convolution without bias, batch normalisation by running statistics, and a rectifier.
final class NormalisedConvolution: Layer {
    private let convolution: Conv2d
    private let normalisation: FrozenBatchNorm

    init(
        _ channels: Int, _ outputs: Int, _ kernel: Size2, stride: Size2 = 1, padding: Size2 = 0
    ) {
        convolution = Conv2d(
            channels, outputs, kernel: kernel, stride: stride, padding: padding, bias: false)
        normalisation = FrozenBatchNorm(outputs)
    }

    var members: ModuleMembers {
        ["conv": .module(convolution), "bn": .module(normalisation)]
    }

    func callAsFunction(_ x: Tensor) -> Tensor { normalisation(convolution(x)).rectified() }
}

/// Batch normalisation of a network that is not trained any more.
final class FrozenBatchNorm: Layer {
    private let weight: Tensor
    private let bias: Tensor
    private let mean: Tensor
    private let variance: Tensor

    init(_ channels: Int) {
        weight = Tensor.ones([channels])
        bias = Tensor.zeros([channels])
        mean = Tensor.zeros([channels])
        variance = Tensor.ones([channels])
    }

    var members: ModuleMembers {
        [
            "weight": .parameter(weight), "bias": .parameter(bias), "running_mean": .buffer(mean),
            "running_var": .buffer(variance),
        ]
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        x.batchNorm(
            weight: weight, bias: bias, runningMean: mean, runningVariance: variance,
            training: false, epsilon: 1e-3)
    }
}

/// One of Inception's blocks: branches side by side, put together by channel (Szegedy et al. 2016,
/// figures 5 to 7 and 10).
final class InceptionBlock: Layer {
    /// A branch: what is run before it, its layers one after the other, and, where it forks, the two
    /// layers at its end that run side by side.
    private struct Branch {
        var pooling: (@Sendable (Tensor) -> Tensor)?
        var layers: [(name: String, layer: NormalisedConvolution)] = []
        var fork: [(name: String, layer: NormalisedConvolution)] = []
    }

    private let branches: [Branch]

    private init(_ branches: [Branch]) { self.branches = branches }

    var members: ModuleMembers {
        ModuleMembers(
            branches.flatMap { $0.layers + $0.fork }.map { ($0.name, .module($0.layer)) })
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        Tensor.cat(
            branches.flatMap { branch -> [Tensor] in
                let start = branch.pooling?(x) ?? x
                let end = branch.layers.reduce(start) { $1.layer($0) }
                return branch.fork.isEmpty ? [end] : branch.fork.map { $0.layer(end) }
            }, 1)
    }

    private static let means: @Sendable (Tensor) -> Tensor = {
        $0.avgPool2d(3, stride: 1, padding: 1, countsPadding: false)
    }
    private static let maxima: @Sendable (Tensor) -> Tensor = {
        $0.maxPool2d(3, stride: 1, padding: 1)
    }
    private static let halving: @Sendable (Tensor) -> Tensor = { $0.maxPool2d(3, stride: 2) }

    private typealias Convolution = NormalisedConvolution

    static func a(_ n: Int, pool: Int) -> InceptionBlock {
        InceptionBlock([
            Branch(layers: [("branch1x1", Convolution(n, 64, 1))]),
            Branch(layers: [
                ("branch5x5_1", Convolution(n, 48, 1)),
                ("branch5x5_2", Convolution(48, 64, 5, padding: 2)),
            ]),
            Branch(layers: [
                ("branch3x3dbl_1", Convolution(n, 64, 1)),
                ("branch3x3dbl_2", Convolution(64, 96, 3, padding: 1)),
                ("branch3x3dbl_3", Convolution(96, 96, 3, padding: 1)),
            ]),
            Branch(pooling: means, layers: [("branch_pool", Convolution(n, pool, 1))]),
        ])
    }

    static func b(_ n: Int) -> InceptionBlock {
        InceptionBlock([
            Branch(layers: [("branch3x3", Convolution(n, 384, 3, stride: 2))]),
            Branch(layers: [
                ("branch3x3dbl_1", Convolution(n, 64, 1)),
                ("branch3x3dbl_2", Convolution(64, 96, 3, padding: 1)),
                ("branch3x3dbl_3", Convolution(96, 96, 3, stride: 2)),
            ]),
            Branch(pooling: halving),
        ])
    }

    static func c(_ n: Int, inner m: Int) -> InceptionBlock {
        InceptionBlock([
            Branch(layers: [("branch1x1", Convolution(n, 192, 1))]),
            Branch(layers: [
                ("branch7x7_1", Convolution(n, m, 1)), ("branch7x7_2", wide(m, m)),
                ("branch7x7_3", tall(m, 192)),
            ]),
            Branch(layers: [
                ("branch7x7dbl_1", Convolution(n, m, 1)), ("branch7x7dbl_2", tall(m, m)),
                ("branch7x7dbl_3", wide(m, m)), ("branch7x7dbl_4", tall(m, m)),
                ("branch7x7dbl_5", wide(m, 192)),
            ]),
            Branch(pooling: means, layers: [("branch_pool", Convolution(n, 192, 1))]),
        ])
    }

    static func d(_ n: Int) -> InceptionBlock {
        InceptionBlock([
            Branch(layers: [
                ("branch3x3_1", Convolution(n, 192, 1)),
                ("branch3x3_2", Convolution(192, 320, 3, stride: 2)),
            ]),
            Branch(layers: [
                ("branch7x7x3_1", Convolution(n, 192, 1)), ("branch7x7x3_2", wide(192, 192)),
                ("branch7x7x3_3", tall(192, 192)),
                ("branch7x7x3_4", Convolution(192, 192, 3, stride: 2)),
            ]),
            Branch(pooling: halving),
        ])
    }

    static func e(_ n: Int, poolsMeans: Bool) -> InceptionBlock {
        func fork(_ first: String, _ second: String)
            -> [(name: String, layer: NormalisedConvolution)]
        {
            [
                (first, Convolution(384, 384, Size2(1, 3), padding: Size2(0, 1))),
                (second, Convolution(384, 384, Size2(3, 1), padding: Size2(1, 0))),
            ]
        }
        return InceptionBlock([
            Branch(layers: [("branch1x1", Convolution(n, 320, 1))]),
            Branch(
                layers: [("branch3x3_1", Convolution(n, 384, 1))],
                fork: fork("branch3x3_2a", "branch3x3_2b")),
            Branch(
                layers: [
                    ("branch3x3dbl_1", Convolution(n, 448, 1)),
                    ("branch3x3dbl_2", Convolution(448, 384, 3, padding: 1)),
                ], fork: fork("branch3x3dbl_3a", "branch3x3dbl_3b")),
            Branch(
                pooling: poolsMeans ? means : maxima,
                layers: [("branch_pool", Convolution(n, 192, 1))]),
        ])
    }

    /// A row of seven.
    private static func wide(_ inputs: Int, _ outputs: Int) -> NormalisedConvolution {
        NormalisedConvolution(inputs, outputs, Size2(1, 7), padding: Size2(0, 3))
    }

    /// A column of seven.
    private static func tall(_ inputs: Int, _ outputs: Int) -> NormalisedConvolution {
        NormalisedConvolution(inputs, outputs, Size2(7, 1), padding: Size2(3, 0))
    }
}
