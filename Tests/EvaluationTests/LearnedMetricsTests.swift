import Foundation
import Media
import Spatial
import Testing
import Torch

@testable import Evaluation

/// MS-SSIM, LPIPS, Inception and what is built on its features against torchmetrics, lpips and
/// pytorch-fid and clean-fid (scripts/fixtures/evaluation_learned.py), on weights of the same layout.
@Suite struct LearnedMetricsTests {
    struct Expected: Decodable {
        struct Inception: Decodable { let features, logits: [Double] }
        struct FaceNet: Decodable {
            let features: [Double]
            let cosine: Double
        }
        struct Set: Decodable {
            let features: [Double]?
            let distance: Double
        }
        let msssim, frechet, score: Double
        let lpips: [String: Double]
        let inception: Inception
        let facenet: FaceNet
        let clean, plain: Set
    }

    static let expected: Expected = {
        let url = Bundle.module.url(forResource: "Fixtures/learned", withExtension: "json")!
        return try! JSONDecoder().decode(Expected.self, from: Data(contentsOf: url))
    }()

    /// The images of the script.
    static func image(_ width: Int, _ height: Int, _ kind: Int) -> Image {
        var image = Image(width: width, height: height, channels: 3)
        let k = Double(kind)
        for channel in 0..<3 {
            for y in 0..<height {
                for x in 0..<width {
                    let (u, v, c) = (Double(x), Double(y), Double(channel))
                    var value =
                        0.5 + 0.3 * sin(0.13 * u * (1 + 0.5 * k) + 0.7 * c)
                        * cos(0.09 * v - 0.4 * c * k)
                    value += 0.15 * sin(0.9 * u + 1.3 * v + k)
                    image[x, y, channel] = Float(min(max(value, 0), 1))
                }
            }
        }
        return image
    }

    /// The weights of the script, for the tensors of a module.
    static func weights(_ shapes: StateDictionary) -> StateDictionary {
        var result = StateDictionary(source: "synthetic weights")
        for (index, name) in shapes.names.enumerated() {
            let shape = shapes[name]!.shape
            let count = shape.reduce(1, *)
            let offset = UInt64(index) * 40503 + 12345
            let scale = shape.count > 1 ? (24 / Double(count / shape[0])).squareRoot() : 0
            let isFactor = name.hasSuffix("bn.weight") || name.hasSuffix("running_var")
            let values = (0..<count).map { i -> Float in
                let bits = ((UInt64(i) &* 2_654_435_761 &+ offset) &* 1_664_525) % (1 << 32)
                let v = Double(bits) / 4_294_967_296 - 0.5
                return Float(shape.count > 1 ? v * scale : isFactor ? 1 + 0.4 * v : 0.1 * v)
            }
            result[name] = Tensor(values, shape: shape)
        }
        return result
    }

    @Test func multiScaleSimilarity() {
        let (a, b) = (Self.image(200, 180, 0), Self.image(200, 180, 1))
        var mixed = a
        for i in mixed.samples.indices {
            mixed.samples[i] = (a.samples[i] + 0.3 * b.samples[i]) / 1.3
        }
        let found = MSSSIM.evaluate(mixed, a)
        #expect(abs(found - Self.expected.msssim) < 1e-4, "\(found)")
        #expect(abs(MSSSIM.evaluate(a, a) - 1) < 1e-9)
        #expect(MSSSIM.evaluate(Self.image(80, 72, 0), Self.image(80, 72, 1)).isNaN)
    }

    @Test(arguments: ClassifierFeatures.Architecture.allCases)
    func perceptualDistance(_ architecture: ClassifierFeatures.Architecture) throws {
        let backbone = Self.weights(ClassifierFeatures(architecture).stateDictionary)
        let lpips = try LPIPS(
            architecture, backbone: backbone, heads: MetricWeights.lpipsHeads(architecture))
        let (a, b) = (Self.image(80, 72, 0), Self.image(80, 72, 1))
        let found = lpips.evaluate(a, b)
        let expected = try #require(Self.expected.lpips[architecture.rawValue])
        #expect(abs(found - expected) < 1e-4, "\(found)")
        #expect(lpips.evaluate(a, a) == 0)

        var wrong = backbone
        wrong["features.0.weight"] = Tensor.zeros([1])
        #expect(throws: CheckpointError.self) {
            try LPIPS(
                architecture, backbone: wrong, heads: MetricWeights.lpipsHeads(architecture))
        }
    }

    @Test func distanceIsALoss() throws {
        let backbone = Self.weights(ClassifierFeatures(.squeezenet).stateDictionary)
        let lpips = try LPIPS(
            .squeezenet, backbone: backbone, heads: MetricWeights.lpipsHeads(.squeezenet))
        let x = Tensor(batchOf: Self.image(48, 48, 0)).requiringGrad()
        try lpips(x * 2 - 1, Tensor(batchOf: Self.image(48, 48, 1)) * 2 - 1).sum().backward()
        let gradient = try #require(x.grad)
        #expect(gradient.abs().sum().item() > 0)
    }

    @Test func inceptionFeatures() throws {
        let network = try InceptionV3(Self.weights(InceptionV3().stateDictionary))
        let images = Tensor.cat((0..<3).map { Tensor(batchOf: Self.image(75, 90, $0)) })
        let output = noGrad { network(images) }
        func compare(_ found: Tensor, every step: Int, _ expected: [Double]) {
            let columns = found.size(1)
            let picked = stride(from: 0, to: columns, by: step).map { $0 }
            let values = found.array()
            let chosen = (0..<3).flatMap { row in picked.map { values[row * columns + $0] } }
            #expect(chosen.count == expected.count)
            let scale = expected.map(abs).max()!
            for (a, b) in zip(chosen, expected) { #expect(abs(Double(a) - b) < 1e-4 * scale) }
        }
        compare(output.features, every: 128, Self.expected.inception.features)
        compare(output.logits, every: 100, Self.expected.inception.logits)
    }

    @Test func faceNetsFeatures() throws {
        var weights = Self.weights(FaceNet().stateDictionary)
        // What the published file has besides.
        weights["logits.weight"] = Tensor.zeros([8631, 512])
        weights["repeat_1.0.branch0.bn.num_batches_tracked"] = Tensor.zeros([])
        let network = try FaceNet(weights)
        let faces = Tensor.cat((0..<2).map { Tensor(batchOf: Self.image(160, 160, $0)) })
        let values = noGrad { network(faces) }.array()
        let expected = Self.expected.facenet
        let chosen = stride(from: 0, to: 1024, by: 16).map { Double(values[$0]) }
        #expect(chosen.count == expected.features.count)
        for (a, b) in zip(chosen, expected.features) { #expect(abs(a - b) < 1e-5, "\(a) \(b)") }
        let cosine = zip(values[..<512], values[512...]).reduce(0.0) { $0 + Double($1.0 * $1.1) }
        #expect(abs(cosine - expected.cosine) < 1e-5)
        weights["block8.conv2d.bias"] = nil
        #expect(throws: CheckpointError.self) { try FaceNet(weights) }
    }

    /// The distance of two sets of pictures of several sizes: features and formula together.
    @Test(arguments: [InceptionV3.Resizing.plain, .clean])
    func distanceOfPictures(_ resizing: InceptionV3.Resizing) throws {
        let network = try InceptionV3(Self.weights(InceptionV3().stateDictionary))
        let expected = resizing == .clean ? Self.expected.clean : Self.expected.plain
        let sets = [
            (0..<3).map { Self.image(75, 90, $0) } + [Self.image(640, 350, 0)],
            (0..<3).map { Self.image(90, 75, $0) } + [Self.image(350, 640, 1)],
        ]
        var statistics: [FrechetDistance.Statistics] = []
        for (number, pictures) in sets.enumerated() {
            let features = noGrad {
                Tensor.cat(
                    pictures.map { network(Tensor(batchOf: $0), resizing: resizing).features })
            }
            var one = FrechetDistance.Statistics()
            // Of each eighth feature, as in the script.
            one.add(features.reshaped(4, 256, 8).select(2, 0))
            statistics.append(one)
            guard number == 0, let values = expected.features else { continue }
            let found = features.reshaped(4, 16, 128).select(2, 0).array()
            let scale = values.map(abs).max()!
            for (a, b) in zip(found, values) { #expect(abs(Double(a) - b) < 1e-4 * scale) }
        }
        let found = FrechetDistance.evaluate(statistics[0], statistics[1])
        #expect(abs(found / expected.distance - 1) < 1e-4, "\(found), \(expected.distance)")
    }

    /// Two sets of features, as in the script.
    static func features() -> (Tensor, Tensor) {
        func table(_ value: (Double, Double) -> Double) -> Tensor {
            Tensor(
                (0..<40).flatMap { i in (0..<12).map { value(Double(i), Double($0)) } },
                shape: [40, 12])
        }
        return (
            table { sin(0.7 * $0 * ($1 + 1) + $1) },
            table { cos(0.5 * $0 * ($1 + 2)) * 1.3 + 0.1 * $1 }
        )
    }

    @Test func frechetDistance() {
        let (first, second) = Self.features()
        var (a, b) = (FrechetDistance.Statistics(), FrechetDistance.Statistics())
        // In two parts, as a set that does not fit memory.
        a.add(first.narrow(0, 0, 15))
        #expect(FrechetDistance.evaluate(a, b).isNaN)
        a.add(first.narrow(0, 15, 25))
        b.add(second)
        let found = FrechetDistance.evaluate(a, b)
        #expect(abs(found - Self.expected.frechet) < 1e-6, "\(found)")
        #expect(abs(FrechetDistance.evaluate(a, a)) < 1e-8)
    }

    @Test func inceptionScore() {
        let (logits, _) = Self.features()
        let found = InceptionScore.evaluate(logits * 2, parts: 1)
        #expect(abs(found.mean - Self.expected.score) < 1e-4 && found.deviation == 0)
        // Parts of equal images have a score of 1 and no spread.
        let same = InceptionScore.evaluate(Tensor.ones([20, 5]))
        #expect(abs(same.mean - 1) < 1e-12 && same.deviation < 1e-12)
    }

    @Test func identityRanks() {
        let queries = Tensor([1, 0, 0, 1, 1, 1] as [Float], shape: [3, 2])
        let gallery = Tensor([0.9, 0.1, 0.8, 0.7, 1, 0.9, 0, 5] as [Float], shape: [4, 2])
        #expect(IdentityRank.evaluate(queries, gallery) == [1, 3, 1])
    }

    @Test func missingWeightsSayWhatToBring() throws {
        let weights = MetricWeights(folder: URL(fileURLWithPath: "/nowhere"))
        #expect {
            _ = try weights.lpips(.alexnet)
        } throws: {
            "\($0)".contains("alexnet-owt-7be5be79.pth") && "\($0)".contains("BSD-3-Clause")
        }
        #expect {
            _ = try weights.inception()
        } throws: {
            "\($0)".contains("pt_inception-2015-12-05") && "\($0)".contains("Apache-2.0")
        }
        #expect {
            _ = try weights.faceNet()
        } throws: {
            "\($0)".contains("vggface2.pt") && "\($0)".contains("MIT")
        }
        #expect {
            _ = try weights.clip()
        } throws: {
            "\($0)".contains("clip/config.json") && "\($0)".contains("MIT")
        }
    }
}
