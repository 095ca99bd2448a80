import Spatial
import Testing

@testable import Splatting

/// The analytic gradients against central differences of the double-precision reference.
@Suite struct GradientTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        var shDegree: Int?
        var channelCount = 0
        var count = 14
        var size: ClosedRange<Float> = 0.03...0.4
        var settings = RenderSettings(
            background: Vector3(0.4, 0.1, 0.7), rendersDepth: true, isDifferentiable: true)
        var isOrthographic = false
        var isSmoothed = false
        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "colours and channels", channelCount: 3),
        Case(name: "degree 1", shDegree: 1),
        Case(name: "degree 3", shDegree: 3, count: 9),
        Case(
            name: "antialiased",
            settings: RenderSettings(
                filter: .antialiased(0.2), isDifferentiable: true)),
        Case(name: "deep pile", count: 60, size: 0.3...0.6),
        Case(
            name: "depths, normals, a background image", shDegree: 1, channelCount: 2,
            settings: RenderSettings(
                backgroundImage: .test(width: 29, height: 23), rendersDepth: true,
                rendersMedianDepth: true, rendersNormals: true, picksStrongest: true,
                isDifferentiable: true)),
        Case(
            name: "median depth alone",
            settings: RenderSettings(rendersMedianDepth: true, isDifferentiable: true)),
        Case(
            name: "orthographic", shDegree: 2,
            settings: RenderSettings(
                rendersDepth: true, rendersNormals: true, isDifferentiable: true),
            isOrthographic: true),
        Case(
            name: "both filters of Mip-Splatting",
            settings: RenderSettings(filter: .antialiased(0.1), isDifferentiable: true),
            isSmoothed: true),
    ]

    @Test(arguments: cases)
    func equalFiniteDifferences(_ test: Case) {
        let (width, height) = (29, 23)
        var cloud = GaussianCloud.random(
            test.count, seed: 11, shDegree: test.shDegree, channelCount: test.channelCount,
            size: test.size)
        if test.isSmoothed { cloud.smoothing = (0..<cloud.count).map { 0.01 * Float($0 % 9) } }
        let camera = Camera.test(
            width: width, height: height, isOrthographic: test.isOrthographic)
        let hasDepth = test.settings.rendersDepth
        var g = SplitMix(seed: 5)
        func weights(_ planes: Int) -> [Float] {
            (0..<planes * width * height).map { _ in g.uniform(-1...1) }
        }
        let (colour, alpha) = (weights(3), weights(1))
        let (depth, channels) = (weights(hasDepth ? 1 : 0), weights(test.channelCount))
        let median = weights(test.settings.rendersMedianDepth ? 1 : 0)
        let normals = weights(test.settings.rendersNormals ? 3 : 0)

        let rasteriser = Rasteriser()
        _ = rasteriser.render(cloud, camera: camera, settings: test.settings)
        let gradients = rasteriser.backward(
            cloud, colour: colour, alpha: alpha, depth: depth, channels: channels,
            medianDepth: median, normals: normals, includesScreen: true)

        let reference = ReferenceRenderer(camera: camera, settings: test.settings)
        let parameters = ReferenceRenderer.Parameters(
            cloud, camera, test.settings)
        let (_, decisions) = reference.render(parameters)
        let plane = width * height
        /// The part of each pixel in the loss.
        func losses(_ p: ReferenceRenderer.Parameters) -> [Double] {
            let (out, _) = reference.render(p, replaying: decisions)
            var sums = [Double](repeating: 0, count: plane)
            for (values, weights) in [
                (out.colour, colour), (out.alpha, alpha), (out.depth, depth),
                (out.channels, channels), (out.medianDepth, median), (out.normals, normals),
            ] {
                for (i, weight) in weights.enumerated() {
                    sums[i % plane] += values[i] * Double(weight)
                }
            }
            return sums
        }
        func loss(_ p: ReferenceRenderer.Parameters) -> Double { losses(p).reduce(0, +) }
        func check(
            _ path: WritableKeyPath<ReferenceRenderer.Parameters, [Double]>, _ actual: [Float],
            _ name: String, isAbsolute: Bool = false
        ) {
            let step = 1e-5
            let expected = parameters[keyPath: path].indices.map { i in
                var (up, down) = (parameters, parameters)
                up[keyPath: path][i] += step
                down[keyPath: path][i] -= step
                if isAbsolute {
                    return zip(losses(up), losses(down)).reduce(0) { $0 + abs($1.0 - $1.1) }
                        / (2 * step)
                }
                return (loss(up) - loss(down)) / (2 * step)
            }
            let norm = expected.map { $0 * $0 }.reduce(0, +).squareRoot()
            let error = zip(actual, expected).map { (Double($0) - $1) * (Double($0) - $1) }
                .reduce(0, +).squareRoot()
            #expect(actual.count == expected.count)
            #expect(error <= 2e-5 * norm, "\(name): error \(error) of \(norm)")
        }
        check(\.means, gradients.means, "means")
        check(\.logScales, gradients.logScales, "logScales")
        check(\.quaternions, gradients.quaternions, "quaternions")
        check(\.opacityLogits, gradients.opacityLogits, "opacityLogits")
        check(\.colours, gradients.colours, "colours")
        check(\.channels, gradients.channels, "channels")
        if test.settings.backgroundImage == nil {
            check(\.background, gradients.background, "background")
        } else {
            #expect(gradients.background == [0, 0, 0])
        }
        check(\.backgroundImage, gradients.backgroundImage, "backgroundImage")
        check(\.view, gradients.viewMatrix, "viewMatrix")
        check(\.shifts, gradients.means2D, "means2D")
        check(\.shifts, gradients.absoluteMeans2D, "absoluteMeans2D", isAbsolute: true)
    }

    /// Gradients of a channel without geometry gradient reach its values alone.
    @Test func channelsCanLeaveTheGeometryAlone() {
        let cloud = GaussianCloud.random(40, seed: 12, channelCount: 3)
        let camera = Camera.test(width: 31, height: 27)
        var g = SplitMix(seed: 3)
        let plane = 31 * 27
        let weights = (0..<3 * plane).map { _ in g.uniform(-1...1) }
        func run(_ detached: Set<Int>, _ channels: [Float]) -> GaussianGradients {
            let rasteriser = Rasteriser()
            _ = rasteriser.render(
                cloud, camera: camera,
                settings: RenderSettings(
                    channelsWithoutGeometryGradient: detached, isDifferentiable: true))
            return rasteriser.backward(cloud, colour: weights, channels: channels)
        }
        let all = run([], weights)
        let detached = run([1], weights)
        var without = weights
        for i in plane..<2 * plane { without[i] = 0 }
        let none = run([], without)
        #expect(detached.channels == all.channels)
        #expect(detached.means == none.means)
        #expect(detached.opacityLogits == none.opacityLogits)
        #expect(detached.quaternions == none.quaternions)
        #expect(detached.means != all.means)
        #expect(detached.colours == all.colours)
    }

    /// Where they take more memory than the caches hold, gradients of coefficients are written past these, if
    /// the address allows it.
    @Test func largeGradientsAreTheSameWhereverTheyAreWritten() {
        let cloud = GaussianCloud.random(24_001, seed: 3, shDegree: 3)
        let camera = Camera.test(width: 150, height: 130)
        let rasteriser = Rasteriser()
        let settings = RenderSettings(isDifferentiable: true)
        let frame = rasteriser.render(cloud, camera: camera, settings: settings)
        func colours(offset: Int) -> [Float] {
            let count = 48 * cloud.count
            let memory = UnsafeMutableRawPointer.allocate(
                byteCount: 4 * (count + offset), alignment: 64)
            defer { memory.deallocate() }
            let target = memory.bindMemory(to: Float.self, capacity: count + offset) + offset
            target.initialize(repeating: .nan, count: count)
            frame.colour.withUnsafeBufferPointer { colour in
                cloud.withView {
                    rasteriser.backward(
                        $0, from: FrameGradients(colour: colour.baseAddress),
                        into: GaussianGradientBuffers(colours: target))
                }
            }
            return Array(UnsafeBufferPointer(start: target, count: count))
        }
        let streamed = colours(offset: 0)
        #expect(streamed == colours(offset: 4))
        #expect(streamed == colours(offset: 1))
        #expect(streamed == rasteriser.backward(cloud, colour: frame.colour).colours)
        #expect(streamed.contains { $0 != 0 })
    }

    @Test func severalCamerasAddUp() {
        let cloud = GaussianCloud.random(40, seed: 12, shDegree: 1)
        let cameras = [
            Camera.test(width: 31, height: 27),
            Camera(
                eye: Vector3(2, 1, -2), target: .zero, verticalFOV: 0.9, width: 20, height: 40),
        ]
        let rasteriser = Rasteriser()
        let settings = RenderSettings(background: Vector3(0.5, 0.1, 0.2))
        let (frames, sum) = rasteriser.differentiate(
            cloud, cameras: cameras, settings: settings, includesScreen: true
        ) { _, frame in
            var gradients = FrameGradientArrays()
            gradients.colour = frame.colour
            return gradients
        }
        #expect(frames == rasteriser.render(cloud, cameras: cameras, settings: settings))
        var differentiable = settings
        differentiable.isDifferentiable = true
        let parts = cameras.map { camera in
            let frame = rasteriser.render(cloud, camera: camera, settings: differentiable)
            return rasteriser.backward(cloud, colour: frame.colour)
        }
        #expect(sum.means == zip(parts[0].means, parts[1].means).map { $0 + $1 })
        #expect(sum.colours == zip(parts[0].colours, parts[1].colours).map { $0 + $1 })
        #expect(sum.viewMatrix.count == 24)
    }

    @Test func smoothingIsTheFinestPixelOfAnyCamera() {
        let near = Camera(
            eye: Vector3(0, 0, -1), target: .zero, verticalFOV: 0.5, width: 100, height: 100)
        var far = near
        far.viewMatrix.translation.z = 4
        let sizes = GaussianCloud.smoothing(means: [0, 0, 0, 0.9, 0, 0], cameras: [near, far])
        let pixel = 1 / near.intrinsics.fy * Float(0.2).squareRoot()
        #expect(abs(sizes[0] - pixel) < 1e-6)
        #expect(abs(sizes[1] - 4 * pixel) < 1e-5)
    }
}
