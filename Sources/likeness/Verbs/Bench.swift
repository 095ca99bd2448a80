import ArgumentParser
import Foundation
import Media
import Spatial
import SplatFormats
import Splatting

/// `likeness bench …`.
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure how fast this machine is.", subcommands: [BenchRaster.self])
}

/// `likeness bench raster --ply FILE --cameras FILE`.
struct BenchRaster: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "raster",
        abstract: "Time the Gaussian rasteriser, forward and backward.",
        discussion: """
            Starts at raw parameters in memory and ends at the picture, or at gradients of raw \
            parameters; files are not timed. Each figure is the median of --reps runs after one that \
            warms up. The background is (0.1, 0.2, 0.3), and the gradient at the image \
            sin(0.1·x + 0.2·y + channel).
            """)

    @Option(help: ArgumentHelp("The Gaussians, as 3D Gaussian Splatting writes them."))
    var ply: String

    @Option(help: ArgumentHelp("Its cameras.json, with a camera for each size."))
    var cameras: String

    @Option(help: ArgumentHelp("The widths of the pictures, those of cameras of the file."))
    var size = "256,512,1024"

    @Option(help: "How often each is measured.")
    var reps = 7

    @Option(help: ArgumentHelp("A folder for pictures and gradients as .npy.", valueName: "dir"))
    var dump: String?

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard (1...1000).contains(reps) else { throw ValidationError("--reps takes 1 to 1000.") }
        guard !size.isEmpty, size.split(separator: ",").allSatisfy({ Int($0) != nil }) else {
            throw ValidationError("--size takes widths such as 256,512.")
        }
    }

    func run() throws {
        common.apply()
        let cloud = try GaussianCloud(plyAt: URL(fileURLWithPath: ply))
        let known = try CameraFile(contentsOf: URL(fileURLWithPath: cameras)).cameras
        let chosen = try size.split(separator: ",").compactMap { Int($0) }.map { width in
            guard let camera = known.first(where: { $0.width == width }) else {
                throw SplatFormatError.unsupported(
                    file: cameras, found: "no camera \(width) pixels wide",
                    expected: "--size one of \(known.map { "\($0.width)" }.joined(separator: ","))")
            }
            return camera
        }
        var results: [Report.Size] = []
        for camera in chosen {
            let result = measure(cloud, camera)
            results.append(result)
            if let dump {
                try write(
                    cloud, camera, to: URL(fileURLWithPath: dump).appending(path: "\(camera.width)")
                )
            }
            if !common.json { Console.result(result.line) }
        }
        if common.json {
            try Console.json(
                Report(
                    ply: ply, gaussians: cloud.count, threads: Threads.count, reps: reps,
                    sizes: results))
        }
    }

    private static let background = Vector3(0.1, 0.2, 0.3)

    private func imageGradient(_ camera: Camera) -> [Float] {
        var values: [Float] = []
        values.reserveCapacity(3 * camera.width * camera.height)
        for channel in 0..<3 {
            for y in 0..<camera.height {
                let phase = 0.2 * Double(y) + Double(channel)
                for x in 0..<camera.width { values.append(Float(sin(0.1 * Double(x) + phase))) }
            }
        }
        return values
    }

    private func measure(_ cloud: GaussianCloud, _ camera: Camera) -> Report.Size {
        let rasteriser = Rasteriser()
        var frame = RenderedFrame()
        var gradients = GaussianGradients(of: cloud)
        let imageGradient = imageGradient(camera)
        var settings = RenderSettings(background: Self.background)
        var forward: [Double] = []
        var both: [Double] = []
        var parts: [RenderTimings] = []
        func milliseconds(_ body: () -> Void) -> Double {
            ContinuousClock().measure(body) / .milliseconds(1)
        }
        for _ in 0...reps {
            forward.append(
                milliseconds {
                    rasteriser.render(cloud, camera: camera, settings: settings, into: &frame)
                })
        }
        settings.isDifferentiable = true
        for _ in 0...reps {
            both.append(
                milliseconds {
                    rasteriser.render(cloud, camera: camera, settings: settings, into: &frame)
                    imageGradient.withUnsafeBufferPointer { image in
                        gradients.withBuffers { target in
                            cloud.withView {
                                rasteriser.backward(
                                    $0, from: FrameGradients(colour: image.baseAddress),
                                    into: target)
                            }
                        }
                    }
                })
            parts.append(rasteriser.timings)
        }
        func median(_ values: [Double]) -> Double {
            let sorted = values.dropFirst().sorted()
            return sorted[sorted.count / 2]
        }
        func part(_ path: KeyPath<RenderTimings, Double>) -> Double {
            median(parts.map { $0[keyPath: path] })
        }
        return Report.Size(
            width: camera.width, height: camera.height, forwardMilliseconds: median(forward),
            forwardBackwardMilliseconds: median(both), projectionMilliseconds: part(\.projection),
            binningMilliseconds: part(\.binning), sortingMilliseconds: part(\.sorting),
            blendingMilliseconds: part(\.blending), backwardMilliseconds: part(\.backward),
            contributions: frame.statistics.evaluations, pairs: frame.statistics.pairs,
            visible: frame.statistics.visible, invalid: frame.statistics.invalid,
            peakMegabytes: ProcessMemory.peakMegabytes)
    }

    private func write(_ cloud: GaussianCloud, _ camera: Camera, to folder: URL) throws {
        let rasteriser = Rasteriser()
        let frame = rasteriser.render(
            cloud, camera: camera,
            settings: RenderSettings(
                background: Self.background, rendersDepth: true, isDifferentiable: true))
        let gradients = rasteriser.backward(cloud, colour: imageGradient(camera))
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw MediaError.unwritable(
                file: folder.relativePath, reason: error.localizedDescription)
        }
        let (n, h, w) = (cloud.count, camera.height, camera.width)
        var arrays: [(String, [Float], [Int])] = [
            ("image", frame.colour, [3, h, w]), ("alpha", frame.alpha, [h, w]),
            ("depth", frame.depth, [h, w]), ("means", gradients.means, [n, 3]),
            ("log_scales", gradients.logScales, [n, 3]),
            ("quaternions", gradients.quaternions, [n, 4]),
            ("opacity_logits", gradients.opacityLogits, [n]),
        ]
        if n > 0 {
            arrays.append(("sh", gradients.colours, [n, gradients.colours.count / (3 * n), 3]))
        }
        for (name, values, shape) in arrays {
            try TensorData(values, shape: shape).writeNPY(
                to: folder.appending(path: "\(name).npy"), overwrite: common.overwrite)
        }
    }

    /// What `--json` prints.
    private struct Report: Encodable {
        struct Size: Encodable {
            let width: Int
            let height: Int
            let forwardMilliseconds: Double
            let forwardBackwardMilliseconds: Double
            let projectionMilliseconds: Double
            let binningMilliseconds: Double
            let sortingMilliseconds: Double
            let blendingMilliseconds: Double
            let backwardMilliseconds: Double
            let contributions: Int
            let pairs: Int
            let visible: Int
            let invalid: Int
            let peakMegabytes: Double

            var line: String {
                func text(_ value: Double) -> String { String(format: "%.2f", value) }
                return "\(width)×\(height): forward \(text(forwardMilliseconds)) ms, with backward "
                    + "\(text(forwardBackwardMilliseconds)) ms (projection "
                    + "\(text(projectionMilliseconds)), sorting \(text(sortingMilliseconds)), "
                    + "binning \(text(binningMilliseconds)), blending "
                    + "\(text(blendingMilliseconds)), backward \(text(backwardMilliseconds))); "
                    + "\(contributions) contributions; peak \(text(peakMegabytes)) MB"
            }
        }

        let ply: String
        let gaussians: Int
        let threads: Int
        let reps: Int
        let sizes: [Size]
    }
}
