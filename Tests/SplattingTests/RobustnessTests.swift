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
