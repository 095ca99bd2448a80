import Foundation
import Spatial
import Testing

@testable import Splatting

@Suite struct RobustnessTests {
    static let good = GaussianCloud.random(50, seed: 9, shDegree: 1)

    /// Ruins one Gaussian, renders and differentiates, and returns what came out.
    func render(_ ruin: (inout GaussianCloud) -> Void) -> (RenderedFrame, GaussianGradients) {
        var cloud = Self.good
        ruin(&cloud)
        let rasteriser = Rasteriser()
        let frame = rasteriser.render(
            cloud, camera: .test(width: 61, height: 43),
            settings: RenderSettings(rendersDepth: true, isDifferentiable: true))
        let ones = [Float](repeating: 1, count: 61 * 43)
        return (
            frame, rasteriser.backward(cloud, colour: ones + ones + ones, alpha: ones, depth: ones)
        )
    }

    func expectFinite(_ frame: RenderedFrame, _ gradients: GaussianGradients) {
        #expect(frame.colour.allSatisfy { $0.isFinite })
        #expect(frame.depth.allSatisfy { $0.isFinite })
        for values in [
            gradients.means, gradients.logScales, gradients.quaternions, gradients.opacityLogits,
            gradients.colours,
        ] {
            #expect(values.allSatisfy { $0.isFinite })
        }
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity])
    func badNumbersAreLeftOutAndCounted(_ bad: Float) {
        let without = render { $0.opacityLogits[20] = -.infinity }
        for (name, ruin) in [
            ("mean", { $0.means[61] = bad }), ("quaternion", { $0.quaternions[83] = bad }),
            (
                "colour",
                {
                    if case .sh(var v, let d) = $0.colours {
                        v[243] = bad; $0.colours = .sh(v, degree: d)
                    }
                }
            ),
        ] as [(Comment, (inout GaussianCloud) -> Void)] {
            let (frame, gradients) = render(ruin)
            #expect(frame.statistics.invalid == 1, name)
            #expect(frame.colour == without.0.colour, name)
            expectFinite(frame, gradients)
        }
        let (frame, gradients) = render { $0.logScales[61] = bad }
        #expect(frame.statistics.invalid == (bad == -.infinity ? 0 : 1))
        expectFinite(frame, gradients)
        let (second, secondGradients) = render { $0.opacityLogits[20] = bad }
        #expect(second.statistics.invalid == (bad.isNaN ? 1 : 0))
        expectFinite(second, secondGradients)
    }

    @Test func extremeGaussiansDoNoHarm() {
        for ruin in [
            { $0.logScales[60] = 80 }, { $0.logScales[60] = 10 }, { $0.logScales[60] = -90 },
            { for i in 60..<63 { $0.logScales[i] = -100 } },
            { for i in 80..<84 { $0.quaternions[i] = 0 } },
            { for i in 80..<84 { $0.quaternions[i] = 1e-18 } },
            { for i in 60..<63 { $0.means[i] = 1e30 } },
            { $0.means.replaceSubrange(60..<63, with: [0.3, 0.4, -3]) },
            { $0.means.replaceSubrange(60..<63, with: [0.3, 0.4, -9]) },
            { $0.means.replaceSubrange(60..<63, with: [0.3, 0.4, -2.985]) },
        ] as [(inout GaussianCloud) -> Void] {
            let (frame, gradients) = render(ruin)
            expectFinite(frame, gradients)
            let counts = frame.statistics
            #expect(counts.visible + counts.culled + counts.invalid == 50)
        }
    }

    /// All in front of one pixel, ever farther away: what one sees is what the formula of a single ray
    /// gives.
    @Test(arguments: [1, 9]) func aMillionCanStandInFrontOfOnePixel(_ size: Int) {
        let count = 1_000_000
        func all(_ values: Float...) -> [Float] {
            (0..<count * values.count).map { values[$0 % values.count] }
        }
        let opacity: Float = 0.02
        let cloud = GaussianCloud(
            means: (0..<3 * count).map { $0 % 3 < 2 ? 0 : Float($0 / 3) * 1e-6 },
            logScales: all(-9, -9, -9), quaternions: all(1, 0, 0, 0),
            opacityLogits: all(log(opacity / (1 - opacity))), colours: .display(all(0.2, 0.5, 0.7)))
        var camera = Camera.test(width: size, height: size)
        let centre = Float(size / 2) + 0.5
        (camera.intrinsics.cx, camera.intrinsics.cy) = (centre, centre)
        let rasteriser = Rasteriser()
        let frame = rasteriser.render(
            cloud, camera: camera, settings: RenderSettings(isDifferentiable: true))
        #expect(frame.statistics.visible == count)
        // The pixel ends before its transmittance falls to 1e-4.
        let alpha = 1 - pow(1 - opacity, (log(1e-4) / log(1 - opacity)).rounded(.down))
        let pixel = size * size / 2
        #expect(abs(frame.alpha[pixel] - alpha) < 1e-4)
        for (channel, colour) in [Float(0.2), 0.5, 0.7].enumerated() {
            #expect(abs(frame.colour[channel * size * size + pixel] - alpha * colour) < 1e-4)
        }
        let gradients = rasteriser.backward(
            cloud, colour: [Float](repeating: 1, count: 3 * size * size))
        expectFinite(frame, gradients)
        // Pixels beside it end later.
        #expect(gradients.opacityLogits.filter { $0 != 0 }.count < 10_000)
        #expect(gradients.opacityLogits[0] > 0)
    }

    /// A window of the picture equals what a camera sees whose picture is that window.
    @Test func picturesOfEightThousandPixelsAreDrawn() {
        var camera = Camera.test(width: 7680, height: 4320)
        let (x, y, width, height) = (4000, 2203, 610, 430)
        var cloud = GaussianCloud.random(200, seed: 12, shDegree: 2, size: 0.001...0.02)
        var random = SplitMix(seed: 3)
        let k = camera.intrinsics
        for i in 0..<200 {
            let z = random.uniform(2...3)
            let place = Vector3(
                Float(x) + random.uniform(0...Float(width)) - k.cx,
                Float(y) + random.uniform(0...Float(height)) - k.cy, 1)
            let world =
                camera.viewMatrix.rigidInverse * (place / Vector3(k.fx, k.fy, 1) * z)
            for axis in 0..<3 { cloud.means[3 * i + axis] = world[axis] }
        }
        let rasteriser = Rasteriser()
        let settings = RenderSettings(isDifferentiable: true)
        let whole = rasteriser.render(cloud, camera: camera, settings: settings)
        var weights = [Float](repeating: 0, count: 3 * 7680 * 4320)
        for row in 0..<height {
            for column in 0..<width { weights[(y + row) * 7680 + x + column] = 1 }
        }
        let gradients = rasteriser.backward(cloud, colour: weights)
        camera.intrinsics.cx -= Float(x)
        camera.intrinsics.cy -= Float(y)
        (camera.width, camera.height) = (width, height)
        let window = rasteriser.render(cloud, camera: camera, settings: settings)
        var ones = [Float](repeating: 0, count: 3 * width * height)
        for i in 0..<width * height { ones[i] = 1 }
        let own = rasteriser.backward(cloud, colour: ones)
        var (difference, sum): (Float, Float) = (0, 0)
        for row in 0..<height {
            for column in 0..<width {
                let value = window.colour[row * width + column]
                difference = max(
                    difference, abs(whole.colour[(y + row) * 7680 + x + column] - value))
                sum += value
            }
        }
        #expect(sum > 0.05 * Float(width * height))
        // Places of 4000 pixels have steps of 5e-4 pixels.
        #expect(difference < 1e-3)
        let scale = own.opacityLogits.map(abs).max() ?? 0
        #expect(scale > 0)
        for (a, b) in zip(gradients.opacityLogits, own.opacityLogits) {
            #expect(abs(a - b) < 1e-3 * scale)
        }
    }

    @Test func nothingToDrawIsTheBackground() {
        let empty = GaussianCloud(
            means: [], logScales: [], quaternions: [], opacityLogits: [], colours: .display([]))
        let settings = RenderSettings(background: Vector3(0.25, 0.5, 0.75), isDifferentiable: true)
        let rasteriser = Rasteriser()
        let frame = rasteriser.render(empty, camera: .test(width: 9, height: 5), settings: settings)
        #expect(frame.image.rgb(x: 8, y: 4) == Vector3(0.25, 0.5, 0.75))
        #expect(frame.alpha.allSatisfy { $0 == 0 })
        let gradients = rasteriser.backward(empty, colour: [Float](repeating: 1, count: 135))
        #expect(gradients.background == [45, 45, 45])
        let none = rasteriser.render(Self.good, camera: .test(width: 0, height: 5))
        #expect(none.colour.isEmpty)
    }

    @Test func aFrameIsDrawnOverWithoutTraces() {
        let rasteriser = Rasteriser()
        let camera = Camera.test(width: 40, height: 40)
        var frame = RenderedFrame()
        rasteriser.render(
            .random(500, seed: 1, channelCount: 2), camera: .test(width: 90, height: 70),
            into: &frame)
        rasteriser.render(Self.good, camera: camera, into: &frame)
        #expect(frame == Rasteriser().render(Self.good, camera: camera))
    }
}
