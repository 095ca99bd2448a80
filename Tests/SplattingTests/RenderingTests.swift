import Spatial
import Testing

@testable import Splatting

@Suite struct RenderingTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        var count = 60
        var width = 45
        var height = 37
        var shDegree: Int?
        var channelCount = 0
        var size: ClosedRange<Float> = 0.02...0.3
        var settings = RenderSettings(background: Vector3(0.1, 0.2, 0.3), rendersDepth: true)

        var testDescription: String { name }
        var cloud: GaussianCloud {
            .random(count, seed: 7, shDegree: shDegree, channelCount: channelCount, size: size)
        }
    }

    static let cases = [
        Case(name: "colours"),
        Case(name: "degree 0", shDegree: 0),
        Case(name: "degree 1", shDegree: 1),
        Case(name: "degree 2", shDegree: 2),
        Case(name: "degree 3", shDegree: 3),
        Case(name: "degree 3 cut to 1", shDegree: 3, settings: RenderSettings(maximumSHDegree: 1)),
        Case(name: "five channels", channelCount: 5),
        Case(name: "antialiased", settings: RenderSettings(filter: .antialiased(0.3))),
        Case(name: "many small", count: 3000, width: 128, height: 96, size: 0.005...0.03),
        Case(name: "huge and thin", size: 0.001...3),
        Case(name: "one pixel", width: 1, height: 1),
        Case(name: "one row", width: 70, height: 1),
    ]

    @Test(arguments: cases)
    func equalsTheReference(_ test: Case) {
        let cloud = test.cloud
        let camera = Camera.test(width: test.width, height: test.height)
        let frame = Rasteriser().render(cloud, camera: camera, settings: test.settings)
        let (expected, _) = ReferenceRenderer(camera: camera, settings: test.settings).render(
            .init(cloud, background: test.settings.background))
        // A splat whose opacity at a pixel falls on 1/255 in one precision and short of it in the
        // other changes that pixel by at most 1/255: allowed in one of a thousand.
        func compare(_ actual: [Float], _ expected: [Double], _ name: Comment) {
            let errors = zip(actual, expected).map { abs(Double($0) - $1) }
            let flips = errors.count(where: { $0 > 2e-5 })
            #expect(flips <= errors.count / 1000, name)
            #expect(errors.max() ?? 0 < 0.02, name)
        }
        compare(frame.colour, expected.colour, "colour")
        compare(frame.alpha, expected.alpha, "alpha")
        compare(frame.channels, expected.channels, "channels")
        if test.settings.rendersDepth {
            compare(frame.depth.map { $0 / 4 }, expected.depth.map { $0 / 4 }, "depth")
        }
        #expect(frame.statistics.invalid == 0)
    }

    @Test func isTheSameForAnyNumberOfThreads() {
        let cloud = GaussianCloud.random(20_000, seed: 3, shDegree: 2, size: 0.005...0.05)
        let camera = Camera.test(width: 203, height: 151)
        let settings = RenderSettings(isDifferentiable: true)
        let weights = (0..<3 * 203 * 151).map { Float($0 % 17) - 8 }
        func run(_ threads: Int) -> (RenderedFrame, GaussianGradients) {
            Threads.limit(to: threads)
            defer { Threads.limit(to: 0) }
            let rasteriser = Rasteriser()
            let frame = rasteriser.render(cloud, camera: camera, settings: settings)
            return (frame, rasteriser.backward(cloud, colour: weights))
        }
        let one = run(1)
        for threads in [2, 5] {
            let several = run(threads)
            #expect(several.0 == one.0)
            #expect(several.1 == one.1)
        }
    }
}
