import Benchmark
import Foundation
import Spatial
import SplatFormats
import Splatting

// The scenes of `likeness bench raster`: LIKENESS_SCENES names the folder with avatar_10k.ply,
// avatar_100k.ply and cameras.json; without it a random cloud of as many Gaussians is drawn.
let benchmarks: @Sendable () -> Void = {
    let folder = ProcessInfo.processInfo.environment["LIKENESS_SCENES"].map {
        URL(fileURLWithPath: $0)
    }
    let configuration = Benchmark.Configuration(
        metrics: [.wallClock, .cpuTotal, .peakMemoryResident], warmupIterations: 2,
        maxDuration: .seconds(10), maxIterations: 50)
    for (name, count) in [("10k", 10_000), ("100k", 100_000)] {
        for size in [256, 512, 1024] {
            Benchmark("\(name) \(size)² forward", configuration: configuration) { benchmark in
                let scene = try Scene(folder, name, count: count, size: size)
                let rasteriser = Rasteriser()
                var frame = RenderedFrame()
                benchmark.startMeasurement()
                for _ in benchmark.scaledIterations {
                    rasteriser.render(scene.cloud, camera: scene.camera, into: &frame)
                }
                benchmark.stopMeasurement()
                blackHole(frame)
            }
            Benchmark("\(name) \(size)² with backward", configuration: configuration) { benchmark in
                let scene = try Scene(folder, name, count: count, size: size)
                let rasteriser = Rasteriser()
                var frame = RenderedFrame()
                var gradients = GaussianGradients(of: scene.cloud)
                benchmark.startMeasurement()
                for _ in benchmark.scaledIterations {
                    rasteriser.render(
                        scene.cloud, camera: scene.camera,
                        settings: RenderSettings(isDifferentiable: true), into: &frame)
                    scene.imageGradient.withUnsafeBufferPointer { image in
                        gradients.withBuffers { target in
                            scene.cloud.withView {
                                rasteriser.backward(
                                    $0, from: FrameGradients(colour: image.baseAddress),
                                    into: target)
                            }
                        }
                    }
                }
                benchmark.stopMeasurement()
                blackHole(gradients)
            }
        }
    }
    Benchmark("mesh of 28 084 faces 512²", configuration: configuration) { benchmark in
        let (positions, faces) = ball(rings: 119, segments: 118)
        let camera = Camera(
            eye: Vector3(0, 0, 3), target: .zero, verticalFOV: 0.38, width: 512, height: 512)
        let rasteriser = MeshRasteriser()
        var frame = MeshFrame()
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations {
            rasteriser.render(positions: positions, faces: faces, camera: camera, into: &frame)
        }
        benchmark.stopMeasurement()
        blackHole(frame)
    }
}

/// A ball of 1 m that fills three fifths of the picture.
func ball(rings: Int, segments: Int) -> ([Vector3], [SIMD3<Int32>]) {
    var positions: [Vector3] = []
    for ring in 0...rings {
        let latitude = Float.pi * Float(ring) / Float(rings)
        for segment in 0..<segments {
            let longitude = 2 * Float.pi * Float(segment) / Float(segments)
            positions.append(
                0.5
                    * Vector3(
                        sin(latitude) * cos(longitude), cos(latitude),
                        sin(latitude) * sin(longitude)))
        }
    }
    var faces: [SIMD3<Int32>] = []
    for ring in 0..<rings {
        for segment in 0..<segments {
            let a = Int32(ring * segments + segment)
            let b = Int32(ring * segments + (segment + 1) % segments)
            let below = Int32(segments)
            faces.append(SIMD3(a, b, a + below))
            faces.append(SIMD3(b, b + below, a + below))
        }
    }
    return (positions, faces)
}

/// A cloud, a camera and the gradient that arrives at the picture.
struct Scene {
    let cloud: GaussianCloud
    let camera: Camera
    let imageGradient: [Float]

    init(_ folder: URL?, _ name: String, count: Int, size: Int) throws {
        if let folder {
            cloud = try GaussianCloud(plyAt: folder.appending(path: "avatar_\(name).ply"))
            let cameras = try CameraFile(contentsOf: folder.appending(path: "cameras.json")).cameras
            guard let camera = cameras.first(where: { $0.width == size }) else {
                throw SplatFormatError.unsupported(
                    file: "cameras.json", found: "no camera \(size) pixels wide",
                    expected: "the file that make_scene.py writes")
            }
            self.camera = camera
        } else {
            var state = UInt64(count)
            func uniform(_ low: Float, _ high: Float) -> Float {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return low + (high - low) * Float(state >> 40) / Float(1 << 24)
            }
            func values(_ n: Int, _ low: Float, _ high: Float) -> [Float] {
                (0..<n).map { _ in uniform(low, high) }
            }
            cloud = GaussianCloud(
                means: values(3 * count, -0.5, 0.5), logScales: values(3 * count, -7, -5),
                quaternions: values(4 * count, -1, 1), opacityLogits: values(count, 0, 4),
                colours: .sh(values(48 * count, -0.3, 0.3), degree: 3))
            camera = Camera(
                eye: Vector3(0, 0, 3), target: .zero, verticalFOV: 0.6, width: size, height: size)
        }
        var gradient: [Float] = []
        for channel in 0..<3 {
            for y in 0..<size {
                let phase = 0.2 * Double(y) + Double(channel)
                for x in 0..<size { gradient.append(Float(sin(0.1 * Double(x) + phase))) }
            }
        }
        imageGradient = gradient
    }
}
