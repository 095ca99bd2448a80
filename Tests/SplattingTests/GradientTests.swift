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
    ]

    @Test(arguments: cases)
    func equalFiniteDifferences(_ test: Case) {
        let (width, height) = (29, 23)
        let cloud = GaussianCloud.random(
            test.count, seed: 11, shDegree: test.shDegree, channelCount: test.channelCount,
            size: test.size)
        let camera = Camera.test(width: width, height: height)
        let hasDepth = test.settings.rendersDepth
        var g = SeededGenerator(state: 5)
        func weights(_ planes: Int) -> [Float] {
            (0..<planes * width * height).map { _ in g.uniform(-1...1) }
        }
        let (colour, alpha) = (weights(3), weights(1))
        let (depth, channels) = (weights(hasDepth ? 1 : 0), weights(test.channelCount))

        let rasteriser = Rasteriser()
        _ = rasteriser.render(cloud, camera: camera, settings: test.settings)
        let gradients = rasteriser.backward(
            cloud, colour: colour, alpha: alpha, depth: depth, channels: channels)

        let reference = ReferenceRenderer(camera: camera, settings: test.settings)
        let parameters = ReferenceRenderer.Parameters(
            cloud, background: test.settings.background)
        let (_, decisions) = reference.render(parameters)
        func loss(_ p: ReferenceRenderer.Parameters) -> Double {
            let (out, _) = reference.render(p, replaying: decisions)
            func sum(_ a: [Double], _ w: [Float]) -> Double {
                zip(a, w).reduce(0) { $0 + $1.0 * Double($1.1) }
            }
            return sum(out.colour, colour) + sum(out.alpha, alpha) + sum(out.depth, depth)
                + sum(out.channels, channels)
        }
        func check(
            _ path: WritableKeyPath<ReferenceRenderer.Parameters, [Double]>, _ actual: [Float],
            _ name: String
        ) {
            let step = 1e-5
            let expected = parameters[keyPath: path].indices.map { i in
                var (up, down) = (parameters, parameters)
                up[keyPath: path][i] += step
                down[keyPath: path][i] -= step
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
        check(\.background, gradients.background, "background")
    }
}
