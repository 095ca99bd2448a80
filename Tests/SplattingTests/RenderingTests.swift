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
        var isOrthographic = false
        var isSmoothed = false

        var testDescription: String { name }
        var cloud: GaussianCloud {
            var cloud = GaussianCloud.random(
                count, seed: 7, shDegree: shDegree, channelCount: channelCount, size: size)
            if isSmoothed { cloud.smoothing = (0..<count).map { 0.004 * Float($0 % 23) } }
            return cloud
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
        Case(
            name: "all outputs", shDegree: 1, channelCount: 2,
            settings: RenderSettings(
                backgroundImage: .test(width: 45, height: 37), rendersDepth: true,
                rendersMedianDepth: true, rendersNormals: true, picksStrongest: true)),
        Case(
            name: "median and normals alone",
            settings: RenderSettings(rendersMedianDepth: true, rendersNormals: true)),
        Case(name: "picking alone", settings: RenderSettings(picksStrongest: true)),
        Case(
            name: "orthographic", shDegree: 3,
            settings: RenderSettings(rendersDepth: true, rendersNormals: true),
            isOrthographic: true),
        Case(name: "smoothed", isSmoothed: true),
        Case(
            name: "both filters of Mip-Splatting",
            settings: RenderSettings(filter: .antialiased(0.1)), isSmoothed: true),
        Case(name: "one pixel", width: 1, height: 1),
        Case(name: "one row", width: 70, height: 1),
    ]

    @Test(arguments: cases)
    func equalsTheReference(_ test: Case) {
        let cloud = test.cloud
        let camera = Camera.test(
            width: test.width, height: test.height, isOrthographic: test.isOrthographic)
        let frame = Rasteriser().render(cloud, camera: camera, settings: test.settings)
        let (expected, _) = ReferenceRenderer(camera: camera, settings: test.settings).render(
            .init(cloud, camera, test.settings))
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
        if test.settings.rendersMedianDepth {
            compare(frame.medianDepth.map { $0 / 4 }, expected.medianDepth.map { $0 / 4 }, "median")
            #expect(expected.medianDepth.contains { $0 > 0 })
        }
        if test.settings.rendersNormals { compare(frame.normals, expected.normals, "normals") }
        if test.settings.picksStrongest {
            compare(frame.strongestWeights, expected.strongestWeights, "strongest weights")
            let differing = zip(frame.strongest, expected.strongest).count { Int($0) != $1 }
            #expect(differing <= expected.strongest.count / 1000)
            #expect(Set(frame.strongest).count > 10)
        }
        #expect(frame.statistics.invalid == 0)
    }

    /// The second is so large that gradients and picture are written past the caches.
    @Test(arguments: [(20_000, 2, 203, 151), (24_001, 3, 604, 581)])
    func isTheSameForAnyNumberOfThreads(count: Int, degree: Int, width: Int, height: Int) {
        let cloud = GaussianCloud.random(count, seed: 3, shDegree: degree, size: 0.005...0.05)
        let camera = Camera.test(width: width, height: height)
        let settings = RenderSettings(isDifferentiable: true)
        let weights = (0..<3 * width * height).map { Float($0 % 17) - 8 }
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

    /// Where it takes more memory than the caches hold, a picture is written past these, if the address
    /// allows it.
    @Test func largePicturesAreTheSameWhereverTheyAreWritten() {
        let cloud = GaussianCloud.random(500, seed: 5, shDegree: 1)
        let camera = Camera.test(width: 604, height: 581)
        let rasteriser = Rasteriser()
        func picture(offset: Int) -> [Float] {
            let count = 3 * 604 * 581
            let memory = UnsafeMutableRawPointer.allocate(
                byteCount: 4 * (count + offset), alignment: 64)
            defer { memory.deallocate() }
            let target = memory.bindMemory(to: Float.self, capacity: count + offset) + offset
            target.initialize(repeating: .nan, count: count)
            cloud.withView {
                _ = rasteriser.render($0, camera: camera, into: FrameBuffers(colour: target))
            }
            return Array(UnsafeBufferPointer(start: target, count: count))
        }
        let streamed = picture(offset: 0)
        #expect(streamed == picture(offset: 4))
        #expect(streamed == picture(offset: 1))
        #expect(Set(streamed).count > 1000)
    }
}
