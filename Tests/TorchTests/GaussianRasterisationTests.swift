import Spatial
import Splatting
import Testing

@testable import Torch

@Suite struct GaussianRasterisationTests {
    private let camera = Camera(
        eye: Vector3(0, 0, 3), target: .zero, verticalFOV: 0.8, width: 23, height: 17)
    private let settings = RenderSettings(
        background: Vector3(0.2, 0.5, 0.1), filter: .antialiased(0.3), rendersDepth: true)

    /// Overlapping Gaussians that cover several pixels each.
    private func gaussians(_ count: Int = 12, basis: Int? = 4) -> GaussianRasterisation.Gaussians {
        let generator = RandomGenerator(seed: 11)
        func normal(_ shape: [Int], _ scale: Double, _ mean: Double = 0) -> Tensor {
            Tensor.normal(shape, mean: mean, standardDeviation: scale, using: generator)
        }
        return GaussianRasterisation.Gaussians(
            means: normal([count, 3], 0.4), logScales: normal([count, 3], 0.2, -1.6),
            quaternions: normal([count, 4], 1), opacityLogits: normal([count], 0.7),
            colours: normal([count] + (basis.map { [$0] } ?? []) + [3], 0.2, 0.4),
            channels: normal([count, 2], 1))
    }

    private func leaves(_ g: GaussianRasterisation.Gaussians) -> [Tensor] {
        [g.means, g.logScales, g.quaternions, g.opacityLogits, g.colours, g.channels!]
    }

    private func cloud(_ g: GaussianRasterisation.Gaussians) -> GaussianCloud {
        GaussianCloud(
            means: g.means.array(), logScales: g.logScales.array(),
            quaternions: g.quaternions.array(), opacityLogits: g.opacityLogits.array(),
            colours: g.colours.dimensions == 2
                ? .display(g.colours.array()) : .sh(g.colours.array(), degree: 1),
            channels: g.channels?.array() ?? [], channelCount: g.channels?.size(1) ?? 0)
    }

    @Test func picturesAreThoseOfTheRasteriser() {
        for basis in [nil, 4] {
            let gaussians = gaussians(basis: basis)
            let rendering = GaussianRasterisation()(gaussians, camera: camera, settings: settings)
            let frame = Rasteriser().render(cloud(gaussians), camera: camera, settings: settings)
            #expect(rendering.image.array() == frame.colour)
            #expect(rendering.alpha.array() == frame.alpha)
            #expect(rendering.depth?.array() == frame.depth)
            #expect(rendering.channels?.array() == frame.channels)
            #expect(rendering.image.shape == [3, 17, 23] && rendering.alpha.shape == [1, 17, 23])
            #expect(!rendering.image.requiresGrad)
        }
    }

    @Test func picturesAndGradientsAreThoseOfTheReference() throws {
        for basis in [nil, 4] {
            let gaussians = gaussians(basis: basis)
            let background = Tensor([0.3, 0.6, 0.2] as [Float])
            let inputs = leaves(gaussians) + [background]
            for input in inputs { input.requiringGrad() }
            let rendering = GaussianRasterisation()(
                gaussians, camera: camera, background: background, settings: settings)
            let reference = referenceRendering(
                gaussians, camera: camera, background: background,
                variance: Double(settings.filter.variance))
            let pairs = [
                (rendering.image, reference.image), (rendering.alpha, reference.alpha),
                (rendering.depth!, reference.depth), (rendering.channels!, reference.channels),
            ]
            let generator = RandomGenerator(seed: 5)
            for (i, (output, expected)) in pairs.enumerated() {
                expectClose(output.converted(to: .float64), expected, "output \(i)", 2e-4)
                let weights = Tensor.normal(output.shape, dtype: .float64, using: generator)
                func gradients(_ output: Tensor) throws -> [Tensor?] {
                    try Tensor.gradients(
                        of: output.converted(to: .float64), withRespectTo: inputs,
                        gradient: weights, retainGraph: true)
                }
                for (k, (found, wanted)) in zip(try gradients(output), try gradients(expected))
                    .enumerated()
                {
                    guard let wanted, let found else {
                        #expect((found?.abs().max().item() ?? 0) == 0)
                        continue
                    }
                    let error = (found - wanted).norm().item() / max(wanted.norm().item(), 1e-3)
                    #expect(error < 1e-3, "of output \(i) by input \(k): \(error)")
                }
            }
        }
    }

    @Test func gradientsAreThoseOfTheRasteriser() throws {
        let gaussians = gaussians()
        for leaf in leaves(gaussians) { leaf.requiringGrad() }
        let rendering = GaussianRasterisation()(gaussians, camera: camera, settings: settings)
        #expect(rendering.screenGradient.values == nil)
        try rendering.image.sum().backward()
        let rasteriser = Rasteriser()
        var settings = settings
        settings.isDifferentiable = true
        let frame = rasteriser.render(cloud(gaussians), camera: camera, settings: settings)
        let expected = rasteriser.backward(
            cloud(gaussians), colour: [Float](repeating: 1, count: frame.colour.count))
        #expect(gaussians.means.grad?.array() == expected.means)
        #expect(gaussians.logScales.grad?.array() == expected.logScales)
        #expect(gaussians.quaternions.grad?.array() == expected.quaternions)
        #expect(gaussians.opacityLogits.grad?.array() == expected.opacityLogits)
        #expect(gaussians.colours.grad?.array() == expected.colours)
        #expect(rendering.screenGradient.values?.shape == [12, 2])
        #expect(rendering.screenGradient.values!.abs().sum().item() > 0)
    }

    /// Every output, and the gradients of what is no part of the cloud.
    @Test func offersAllThatTheRasteriserDoes() throws {
        var gaussians = gaussians()
        gaussians.smoothing = Tensor([Float](repeating: 0.05, count: 12))
        gaussians.means.requiringGrad()
        var settings = settings
        settings.rendersMedianDepth = true
        settings.rendersNormals = true
        settings.picksStrongest = true
        let (width, height) = (camera.width, camera.height)
        let background = Tensor.normal([3, height, width], using: RandomGenerator(seed: 2))
        background.requiringGrad()
        let m = camera.viewMatrix
        let viewMatrix = Tensor(
            (0..<3).flatMap { r in (0..<3).map { m.linear[r, $0] } + [m.translation[r]] },
            shape: [3, 4])
        viewMatrix.requiringGrad()
        var elsewhere = camera
        elsewhere.viewMatrix = .identity
        let rendering = GaussianRasterisation()(
            gaussians, camera: elsewhere, background: background, viewMatrix: viewMatrix,
            settings: settings, wantsAbsoluteGradients: true)

        var cloud = cloud(gaussians)
        cloud.smoothing = gaussians.smoothing!.array()
        settings.isDifferentiable = true
        settings.backgroundImage = Image(
            width: width, height: height, channels: 3, samples: background.array())
        let rasteriser = Rasteriser()
        let frame = rasteriser.render(cloud, camera: camera, settings: settings)
        #expect(rendering.image.array() == frame.colour)
        #expect(rendering.depth?.array() == frame.depth)
        #expect(rendering.medianDepth?.array() == frame.medianDepth)
        #expect(rendering.normals?.array() == frame.normals)
        #expect(rendering.channels?.array() == frame.channels)
        #expect(rendering.strongest?.array(of: Int32.self) == frame.strongest)
        #expect(rendering.strongestWeights?.array() == frame.strongestWeights)

        try (rendering.image.sum() + rendering.medianDepth!.sum() + rendering.normals!.sum())
            .backward()
        let plane = [Float](repeating: 1, count: width * height)
        let expected = rasteriser.backward(
            cloud, colour: plane + plane + plane, medianDepth: plane,
            normals: plane + plane + plane, includesScreen: true)
        #expect(gaussians.means.grad?.array() == expected.means)
        #expect(viewMatrix.grad?.array() == expected.viewMatrix)
        #expect(background.grad?.array() == expected.backgroundImage)
        #expect(rendering.screenGradient.absolute?.array() == expected.absoluteMeans2D)
        #expect(expected.viewMatrix.contains { abs($0) > 1e-3 })
    }

    @Test func picturesMayAwaitTheirBackwardPassTogether() throws {
        let gaussians = gaussians(basis: nil)
        gaussians.colours.requiringGrad()
        let rasterise = GaussianRasterisation()
        let cameras = (0..<3).map {
            Camera(
                eye: Vector3(Float($0) - 1, 0, 3), target: .zero, verticalFOV: 0.8, width: 23,
                height: 17)
        }
        var separate = Tensor.zeros(like: gaussians.colours)
        for camera in cameras {
            gaussians.colours.zeroGrad()
            try rasterise(gaussians, camera: camera).image.sum().backward()
            separate += gaussians.colours.grad!
        }
        gaussians.colours.zeroGrad()
        let images = cameras.map { rasterise(gaussians, camera: $0).image }
        try Tensor.stack(images).sum().backward()
        expectClose(gaussians.colours.grad!, separate, "the sum of gradients", 1e-6)
    }

    @Test func gradientsReachWhatTheTensorsWereMadeOf() throws {
        var gaussians = gaussians(basis: nil)
        let scale = Tensor(0.9).requiringGrad()
        gaussians.means = gaussians.means.converted(to: .float64) * scale
        gaussians.channels = nil
        let image = GaussianRasterisation()(gaussians, camera: camera).image
        #expect(image.dtype == .float32)
        try (image * image).sum().backward()
        #expect(scale.grad!.item(as: Double.self) != 0)
    }

    @Test func emptyCloudsAreDrawn() throws {
        let gaussians = gaussians(0, basis: nil)
        gaussians.means.requiringGrad()
        let rendering = GaussianRasterisation()(gaussians, camera: camera, settings: settings)
        #expect(rendering.alpha.max().item() == 0)
        #expect(abs(rendering.image.select(0, 1).mean().item() - 0.5) < 1e-6)
        try rendering.image.sum().backward()
        #expect(gaussians.means.grad?.shape == [0, 3])
    }
}
