import Testing

@testable import Torch

/// Every operator and its gradient against PyTorch's.
@Suite struct OperatorTests {
    let fixture: Fixture

    init() throws { fixture = try Fixture("ops") }

    @Test func arithmetic() throws {
        try fixture.check("add") { [$0[0] + $0[1]] }
        try fixture.check("subtract") { [$0[0] - $0[1]] }
        try fixture.check("multiply") { [$0[0] * $0[1]] }
        try fixture.check("divide") { [$0[0] / $0[1]] }
        try fixture.check("scalars") { t in
            let x = t[0]
            let first = [x + 1.5, x - 2, x * 3, x / 4]
            return first + [1 - x, 2 / x, -x, 2 * x, Float(0.5) + x]
        }
        try fixture.check("integerScalars") { t in
            let x = t[0]
            return [x * 2, x / 2, x + 0.5, x.remainder(3), x.floorDivided(by: 2)]
        }
        try fixture.check("lerp") { [$0[0].lerp($0[1], 0.3)] }
        try fixture.check("compare") { t in
            let (x, y) = (t[0], t[1])
            let first = [x .== y, x .!= y, x .< y, x .<= y, x .> 0, x .>= y]
            return first + [(x .> 0) .& (y .> 0), (x .> 0) .| (y .> 0), .!(x .> 0)]
        }
    }

    @Test func functions() throws {
        let functions: [(String, (Tensor) -> Tensor)] = [
            ("exp", { $0.exp() }), ("expm1", { $0.expm1() }), ("sin", { $0.sin() }),
            ("cos", { $0.cos() }), ("tan", { $0.tan() }), ("atan", { $0.atan() }),
            ("abs", { $0.abs() }), ("floor", { $0.floor() }), ("ceil", { $0.ceil() }),
            ("round", { $0.round() }), ("sign", { $0.sign() }), ("erf", { $0.erf() }),
            ("sigmoid", { $0.sigmoid() }), ("tanh", { $0.tanh() }), ("relu", { $0.relu() }),
            ("square", { $0.squared() }), ("log", { $0.log() }), ("log1p", { $0.log1p() }),
            ("sqrt", { $0.sqrt() }), ("rsqrt", { $0.rsqrt() }),
            ("reciprocal", { $0.reciprocal() }), ("asin", { $0.asin() }), ("acos", { $0.acos() }),
            ("logSigmoid", { $0.logSigmoid() }), ("leakyRelu", { $0.leakyRelu(slope: 0.2) }),
            ("elu", { $0.elu(alpha: 0.7) }), ("silu", { $0.silu() }),
        ]
        for (name, function) in functions { try fixture.check(name) { [function($0[0])] } }
        try fixture.check("atan2") { [$0[0].atan2($0[1])] }
        try fixture.check("pow") { [$0[0].pow(2.5), $0[0].pow(3)] }
        try fixture.check("powTensor") { [$0[0].pow($0[1])] }
        try fixture.check("clamp") {
            [$0[0].clamped(min: -0.5, max: 0.5), $0[0].clamped(min: 0.1), $0[0].clamped(max: 0.2)]
        }
        try fixture.check("maximum") { [$0[0].maximum($0[1])] }
        try fixture.check("minimum") { [$0[0].minimum($0[1])] }
        try fixture.check("logit") { [$0[0].logit(), $0[0].logit(epsilon: 0.3)] }
        try fixture.check("softplus") { [$0[0].softplus(), $0[0].softplus(beta: 3)] }
        try fixture.check("gelu") { [$0[0].gelu(), $0[0].gelu(approximate: true)] }
        try fixture.check("softmax") { [$0[0].softmax(-1), $0[0].softmax(0), $0[0].logSoftmax(1)] }
        try fixture.check("casts", tolerance: 0) { t in
            [.float64, .float16, .bfloat16, .int32, .uint8].map { t[0].converted(to: $0) }
        }
    }

    @Test func reductions() throws {
        try fixture.check("sum") { [$0[0].sum(), $0[0].sum(1), $0[0].sum(0, 2, keepDim: true)] }
        try fixture.check("mean") {
            [$0[0].mean(), $0[0].mean(-1), $0[0].mean(0, 1, keepDim: true)]
        }
        try fixture.check("amax") { [$0[0].max(), $0[0].max(1), $0[0].min(0, 2), $0[0].min()] }
        try fixture.check("maxWithIndices") { t in
            let (largest, smallest) = (
                t[0].maxWithIndices(1), t[0].minWithIndices(-1, keepDim: true)
            )
            return [largest.values, largest.indices, smallest.values, smallest.indices]
        }
        try fixture.check("argmax") {
            [$0[0].argmax(), $0[0].argmax(1), $0[0].argmin(-1), $0[0].argmin()]
        }
        try fixture.check("norm") {
            [
                $0[0].norm(), $0[0].norm(1, keepDim: true), $0[0].norm(0, 2, order: 1),
                $0[0].norm(order: .infinity),
            ]
        }
        try fixture.check("variance") {
            [
                $0[0].variance(), $0[0].variance(1),
                $0[0].variance(0, 2, unbiased: false, keepDim: true), $0[0].standardDeviation(-1),
            ]
        }
        try fixture.check("product") { [$0[0].product(), $0[0].product(1)] }
        try fixture.check("cumulativeSum") { [$0[0].cumulativeSum(1)] }
        try fixture.check("logSumExp") { [$0[0].logSumExp(1, 2)] }
        try fixture.check("allAny") { [$0[0].all(), $0[0].any(), $0[0].all(1), $0[0].any(0)] }
        try fixture.check("sorted") { t in
            let (rising, falling) = (t[0].sorted(), t[0].sorted(0, descending: true))
            return [rising.values, rising.indices, falling.values, falling.indices]
        }
        try fixture.check("top") { t in
            let (largest, smallest) = (t[0].top(2), t[0].top(2, 0, largest: false))
            return [largest.values, largest.indices, smallest.values, smallest.indices]
        }
    }

    @Test func shapes() throws {
        try fixture.check("reshape") {
            [
                $0[0].reshaped(4, 6), $0[0].view(-1, 4), $0[0].flattened(1),
                $0[0].permuted(2, 0, 1), $0[0].transposed(), $0[0].unsqueezed(1),
            ]
        }
        try fixture.check("squeeze") {
            [$0[0].squeezed(), $0[0].squeezed(0), $0[0].expanded(5, -1, 2, 3)]
        }
        try fixture.check("cat") { [.cat([$0[0], $0[1]], 1), .stack([$0[0], $0[1]], -1)] }
        try fixture.check("split") { t in
            let halves = t[0].split([1, 3], 1) + t[0].split(2, 0)
            return halves + t[0].chunked(2, 1) + t[0].unbound()
        }
        try fixture.check("manyOutputs") { $0[0].unbound() }
        try fixture.check("flip") {
            [
                $0[0].flipped(0, 2), $0[0].rolled(1, 2), $0[0].tiled(1, 2, 1),
                $0[0].repeatedElements(2, 1),
            ]
        }
        try fixture.check("narrow") { t in
            let x = t[0]
            let first = [x.narrow(2, 1, 2), x.select(1, 0), x[1], x[Axis.all, 1..<3]]
            return first + [
                x[Axis.rest, ..<2], x[0, Axis.all, 1...], x[Axis.all, Axis.new, 1],
                x[Axis.rest, 1, Axis.new],
            ]
        }
        try fixture.check("triangles") {
            [
                $0[0].lowerTriangle(), $0[0].upperTriangle(diagonal: 1), $0[0].diagonal(),
                $0[0].diagonalMatrix(),
            ]
        }
    }

    @Test func indexing() throws {
        try fixture.check("indexSelect") {
            [$0[0].indexSelect(0, $0[1]), $0[0][$0[1]], $0[0][Axis.all, $0[1]]]
        }
        try fixture.check("maskIndex") {
            [
                $0[0][$0[0] .> 0], $0[0].maskedSelect($0[0] .< 0),
                $0[0].maskedFill($0[0] .> 0, 2.5),
            ]
        }
        try fixture.check("indexPair") { [$0[0][$0[1], Axis.all, $0[1]]] }
        try fixture.check("gather") { [$0[0].gather(0, $0[1])] }
        try fixture.check("scatterAdd") { [$0[0].scatterAdd(0, $0[1], $0[2])] }
        try fixture.check("scatter") { [$0[0].scatter(1, $0[1], $0[2])] }
        try fixture.check("indexAdd") { [$0[0].indexAdd(0, $0[1], $0[2])] }
        try fixture.check("indexCopy") { [$0[0].indexCopy(0, $0[1], $0[2])] }
        try fixture.check("where") {
            [.where($0[0] .> 0, $0[0], $0[1]), .where($0[0] .> $0[1], $0[0], 0.0)]
        }
        try fixture.check("nonzero") {
            [($0[0] .> 1).nonzero(), $0[0].oneHot(4), $0[0].binCount(4)]
        }
    }

    @Test func linearAlgebra() throws {
        try fixture.check("matmul") { t in
            let (x, y) = (t[0], t[1])
            return [x.matmul(y), x.bmm(y), x.matmul(y[0]), x[0].matmul(y[0, Axis.all, 0])]
        }
        try fixture.check("einsum") {
            [.einsum("bij,bjk->bik", $0[0], $0[1]), .einsum("bij,bjk->b", $0[0], $0[1])]
        }
        try fixture.check("inverse", tolerance: 1e-4) { [$0[0].inverse(), $0[0].determinant()] }
        try fixture.check("solve", tolerance: 1e-4) {
            [$0[0].solve($0[1]), $0[0].leastSquares($0[1])]
        }
        try fixture.check("svd") { [$0[0].svd().s] }
        try fixture.check("symmetricEigen") { t in
            [t[0].matmul(t[0].transposed()).symmetricEigen().values]
        }
        try fixture.check("cholesky") { t in
            [(t[0].matmul(t[0].transposed()) + .eye(3)).cholesky()]
        }
        try fixture.check("cross") { [$0[0].cross($0[1])] }
        try fixture.check("distances") { [$0[0].distances(to: $0[1])] }
        try fixture.check("normalize") { [$0[0].normalized(1)] }
        try fixture.check("cosine") { [$0[0].cosineSimilarity($0[1])] }
    }

    @Test func convolution() throws {
        try fixture.check("conv1d") { [$0[0].conv1d($0[1], bias: $0[2], stride: 2, padding: 1)] }
        try fixture.check("conv2d") {
            [
                $0[0].conv2d(
                    $0[1], bias: $0[2], stride: Size2(2, 1), padding: Size2(1, 2),
                    dilation: Size2(1, 2))
            ]
        }
        try fixture.check("conv2dGroups") { [$0[0].conv2d($0[1], padding: 1, groups: 2)] }
        try fixture.check("conv3d") { [$0[0].conv3d($0[1], padding: 1)] }
        try fixture.check("convTranspose1d") { [$0[0].convTranspose1d($0[1], stride: 2)] }
        try fixture.check("convTranspose2d") {
            [$0[0].convTranspose2d($0[1], bias: $0[2], stride: 2, padding: 1, outputPadding: 1)]
        }
        try fixture.check("convTranspose3d") { [$0[0].convTranspose3d($0[1], stride: 2)] }
        try fixture.check("pools") { t in
            let x = t[0]
            return [
                x.maxPool2d(2), x.maxPool2d(3, stride: 2, padding: 1, ceilMode: true),
                x.avgPool2d(Size2(2, 3)),
                x.avgPool2d(3, stride: 1, padding: 1, countsPadding: false),
                x.adaptiveAvgPool2d(Size2(3, 2)),
            ]
        }
        try fixture.check("pixelShuffle") {
            [$0[0].pixelShuffled(2), $0[0][Axis.all, Axis.all, ..<6].pixelUnshuffled(2)]
        }
        try fixture.check("unfold") { [$0[0].unfolded(Size2(3, 2), padding: 1, stride: 2)] }
    }

    @Test func resampling() throws {
        try fixture.check("interpolate") { t in
            let (x, large, small) = (t[0], Size2(8, 7), Size2(3, 2))
            return [
                x.interpolated(large, .nearest), x.interpolated(large),
                x.interpolated(large, alignCorners: true), x.interpolated(small, antialias: true),
                x.interpolated(Size2(7, 6), .bicubic),
                x.interpolated(small, .bicubic, antialias: true), x.interpolated(scale: 1.7),
                x.interpolated(scale: 2, .nearest),
            ]
        }
        try fixture.check("gridSample") { t in
            let (x, grid) = (t[0], t[1])
            return [
                x.gridSampled(grid), x.gridSampled(grid, border: .border, alignCorners: true),
                x.gridSampled(grid, .bicubic, border: .reflection), x.gridSampled(grid, .nearest),
            ]
        }
        try fixture.check("gridSample3d") { [$0[0].gridSampled($0[1])] }
        try fixture.check("pad") {
            [
                $0[0].padded([1, 2], .constant(0.5)), $0[0].padded([1, 2, 2, 1], .reflect),
                $0[0].padded([1, 2, 2, 1], .replicate), $0[0].padded([1, 1, 2, 2], .circular),
            ]
        }
    }

    @Test func normalisationAndAttention() throws {
        try fixture.check("linear") { [$0[0].linear($0[1], bias: $0[2])] }
        try fixture.check("layerNorm") {
            [
                $0[0].layerNorm([3, 4], weight: $0[1], bias: $0[2]),
                $0[0].layerNorm([4], epsilon: 1e-3),
            ]
        }
        try fixture.check("rmsNorm") { [$0[0].rmsNorm([4], weight: $0[1], epsilon: 1e-6)] }
        try fixture.check("groupNorm") { [$0[0].groupNorm(2, weight: $0[1], bias: $0[2])] }
        try fixture.check("batchNorm") { t in
            let mean = Tensor.zeros([4])
            let trained = t[0].batchNorm(
                weight: t[1], bias: t[2], runningMean: mean, runningVariance: .ones([4]),
                training: true)
            #expect(mean.abs().max().item() > 0, "the running mean moves")
            let run = t[0].batchNorm(
                weight: t[1], bias: t[2], runningMean: .full([4], 0.3),
                runningVariance: .full([4], 1.7), training: false)
            return [trained, run]
        }
        try fixture.check("attention") { t in
            let (q, k, v) = (t[0], t[1], t[2])
            return [
                .scaledDotProductAttention(query: q, key: k, value: v),
                .scaledDotProductAttention(query: q, key: k, value: v, mask: t[3]),
                .scaledDotProductAttention(query: q, key: k, value: v, causal: true, scale: 0.3),
                .scaledDotProductAttention(query: q, key: k, value: v, mask: t[3] .> -0.8),
            ]
        }
        try fixture.check("embedding") { [.embedding($0[0], $0[1])] }
        try fixture.check("losses") {
            [
                $0[0].l1Loss($0[1]), $0[0].mseLoss($0[1]), $0[0].smoothL1Loss($0[1], beta: 0.5),
                $0[0].huberLoss($0[1], delta: 0.7),
            ]
        }
        try fixture.check("crossEntropy") { [$0[0].crossEntropyLoss($0[1])] }
        try fixture.check("binaryCrossEntropy") { [$0[0].binaryCrossEntropyWithLogitsLoss($0[1])] }
    }
}
