import Foundation
import Spatial
import Testing

@testable import Splatting

/// Pictures and gradients against gsplat 1.5.3 (scripts/fixtures/splatting_gsplat.py).
@Suite struct GsplatTests {
    struct Scene: Decodable, CustomTestStringConvertible, Sendable {
        var name: String
        var count: Int
        var width: Int
        var height: Int
        var degree: Int
        var filter: String
        var variance: Float
        var view: [Float]
        var focal: Float
        var cx: Float
        var cy: Float

        var testDescription: String { name }
        var camera: Camera {
            Camera(
                intrinsics: Intrinsics(fx: focal, fy: focal, cx: cx, cy: cy), width: width,
                height: height, viewMatrix: AffineTransform(rowMajor: view))
        }
        /// gsplat passes no gradient through the view direction.
        var settings: RenderSettings {
            RenderSettings(
                background: Vector3(0.1, 0.2, 0.3),
                filter: filter == "antialiased" ? .antialiased(variance) : .dilation(variance),
                rendersDepth: true, isDifferentiable: true, differentiatesViewDirection: false)
        }
    }

    static let folder = Bundle.module.resourceURL!.appending(path: "Fixtures")

    static let scenes: [Scene] = {
        do {
            return try JSONDecoder().decode(
                [Scene].self, from: Data(contentsOf: folder.appending(path: "scenes.json")))
        } catch {
            fatalError("the fixtures cannot be read: \(error)")
        }
    }()

    @Test(arguments: scenes)
    func equalsGsplat(_ scene: Scene) throws {
        let data = try Data(contentsOf: Self.folder.appending(path: "gsplat_\(scene.name).f32"))
        let values = data.withUnsafeBytes { bytes in
            (0..<bytes.count / 4).map {
                Float(
                    bitPattern: UInt32(
                        littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)))
            }
        }
        var next = 0
        func take(_ count: Int) -> [Float] {
            defer { next += count }
            return Array(values[next..<next + count])
        }
        let n = scene.count
        let plane = scene.width * scene.height
        let shCount = 3 * (scene.degree + 1) * (scene.degree + 1) * n
        let cloud = GaussianCloud(
            means: take(3 * n), logScales: take(3 * n), quaternions: take(4 * n),
            opacityLogits: take(n), colours: .sh(take(shCount), degree: scene.degree))
        let rasteriser = Rasteriser()
        let frame = rasteriser.render(cloud, camera: scene.camera, settings: scene.settings)
        func compare(_ actual: [Float], _ expected: [Float], _ bound: Float, _ name: Comment) {
            let errors = zip(actual, expected).map { abs($0 - $1) }
            #expect(errors.max() ?? 0 < bound, name)
        }
        compare(frame.colour, take(3 * plane), 2e-5, "colour")
        compare(frame.alpha, take(plane), 2e-5, "alpha")
        compare(frame.depth, take(plane), 1e-4, "depth")

        func weights(_ channel: Int) -> [Float] {
            (0..<plane).map { pixel in
                let (y, x) = pixel.quotientAndRemainder(dividingBy: scene.width)
                return Float(sin(0.1 * Double(x) + 0.2 * Double(y) + Double(channel)))
            }
        }
        let gradients = rasteriser.backward(
            cloud, colour: weights(0) + weights(1) + weights(2), alpha: weights(3),
            depth: weights(4))
        func check(_ actual: [Float], _ name: Comment) {
            let expected = take(actual.count)
            let norm = expected.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
            let error = zip(actual, expected).reduce(0) {
                $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1))
            }.squareRoot()
            #expect(norm > 0 && error < 3e-5 * norm, name)
        }
        check(gradients.means, "means")
        check(gradients.logScales, "logScales")
        check(gradients.quaternions, "quaternions")
        check(gradients.opacityLogits, "opacityLogits")
        check(gradients.colours, "colours")
        #expect(next == values.count)
    }
}
