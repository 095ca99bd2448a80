import Spatial
import Splatting

extension SplitMix {
    mutating func uniform(_ range: ClosedRange<Float>) -> Float {
        Float.random(in: range, using: &self)
    }
}

extension GaussianCloud {
    /// A cloud of random Gaussians of `size` metres before a camera at (0, 0, −3) that looks along z.
    static func random(
        _ count: Int, seed: UInt64, shDegree: Int? = nil, channelCount: Int = 0,
        size: ClosedRange<Float> = 0.02...0.3, spread: Float = 1
    ) -> GaussianCloud {
        var g = SplitMix(seed: seed)
        func values(_ n: Int, _ range: ClosedRange<Float>) -> [Float] {
            (0..<n).map { _ in g.uniform(range) }
        }
        let means = values(3 * count, -spread...spread)
        let logScales = values(3 * count, size).map {
            Scale.linear(SIMD3(repeating: $0)).logarithmic.x
        }
        let quaternions = values(4 * count, -1...1)
        let logits = values(count, -2...4)
        let colours: Colours
        if let shDegree {
            colours = .sh(
                values(3 * count * (shDegree + 1) * (shDegree + 1), -0.6...0.6), degree: shDegree)
        } else {
            colours = .display(values(3 * count, 0...1))
        }
        return GaussianCloud(
            means: means, logScales: logScales, quaternions: quaternions, opacityLogits: logits,
            colours: colours, channels: values(channelCount * count, -1...1),
            channelCount: channelCount)
    }
}

extension Camera {
    /// A camera at (0, 0, −3) and somewhat off the axes.
    static func test(width: Int, height: Int, isOrthographic: Bool = false) -> Camera {
        var camera = Camera(
            eye: Vector3(0.3, 0.4, -3), target: Vector3(0.05, -0.02, 0), verticalFOV: 0.8,
            width: width, height: height)
        camera.intrinsics.fx *= 1.1
        camera.intrinsics.cx += 1.3
        if isOrthographic {
            camera.projection = .orthographic
            camera.intrinsics.fx /= 3
            camera.intrinsics.fy /= 3
        }
        return camera
    }
}

extension Image {
    /// A smooth picture of three channels.
    static func test(width: Int, height: Int) -> Image {
        let count = 3 * width * height
        return Image(
            width: width, height: height, channels: 3,
            samples: (0..<count).map { Float($0 % (width + 7)) / Float(width + 7) })
    }
}
