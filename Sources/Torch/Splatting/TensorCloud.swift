import Spatial
import Splatting

/// The tensors of a cloud as the rasteriser can read them: contiguous, `float32`, on the CPU.
struct TensorCloud {
    /// Means, log scales, quaternions, opacity logits, colours and, where there are some, channels.
    let tensors: [Tensor]
    let count: Int
    private let shDegree: Int?
    let channelCount: Int
    /// [N]; no gradient flows to it.
    private let smoothing: Tensor?

    init(_ gaussians: GaussianRasterisation.Gaussians) {
        let parts = [
            gaussians.means, gaussians.logScales, gaussians.quaternions, gaussians.opacityLogits,
            gaussians.colours,
        ]
        let channels = gaussians.channels.map { $0.size(-1) > 0 ? [$0] : [] } ?? []
        self.init(
            (parts + channels).map(TensorCloud.readable),
            smoothing: gaussians.smoothing.map { TensorCloud.readable($0).detached() })
    }

    private init(_ tensors: [Tensor], smoothing: Tensor?) {
        self.tensors = tensors
        self.smoothing = smoothing
        count = tensors[0].size(0)
        let colours = tensors[4].shape
        shDegree =
            colours.count == 2 ? nil : [1, 4, 9, 16].firstIndex(of: colours.dropFirst().first ?? 0)
        channelCount = tensors.count > 5 ? tensors[5].size(1) : 0
        let expected = [
            [count, 3], [count, 3], [count, 4], [count],
            shDegree.map { [count, ($0 + 1) * ($0 + 1), 3] } ?? [count, 3], [count, channelCount],
        ]
        for (tensor, shape) in zip(tensors, expected) {
            precondition(tensor.shape == shape, "Gaussians of \(tensor.shape), not \(shape)")
        }
        precondition(smoothing.map { $0.shape == [count] } ?? true, "smoothing is of shape [N]")
    }

    static func readable(_ tensor: Tensor) -> Tensor {
        tensor.converted(to: .float32).moved(to: .cpu).contiguous()
    }

    /// The same values without history.
    func detached() -> TensorCloud {
        TensorCloud(tensors.map { $0.detached() }, smoothing: smoothing)
    }

    /// Calls `body` with a view of the tensors' memory.
    func withView<Result>(_ body: (GaussianCloudView) throws -> Result) rethrows -> Result {
        let pointers = tensors.map(\.floats)
        return try withExtendedLifetime((tensors, smoothing)) {
            var view = GaussianCloudView(
                count: count, means: pointers[0], logScales: pointers[1],
                quaternions: pointers[2], opacityLogits: pointers[3], colours: pointers[4],
                shDegree: shDegree, channels: channelCount > 0 ? pointers[5] : nil,
                channelCount: channelCount)
            view.smoothing = smoothing?.floats
            return try body(view)
        }
    }

    /// Differentiates the last frame of `rasteriser`.
    ///
    /// - Parameters:
    ///   - gradients: those of the tensors of `frame`.
    ///   - needed: for each tensor, and those of `extras`, whether its gradient is wanted.
    ///   - screen: is filled.
    /// - Returns: these gradients, nil where not wanted.
    func backward(
        _ rasteriser: Rasteriser, _ frame: TensorFrame, _ gradients: [Tensor?], _ extras: Extras,
        needed: [Bool], wantsAbsolute: Bool,
        _ screen: GaussianRasterisation.ScreenGradient
    ) -> [Tensor?] {
        let inputs = tensors + extras.tensors
        let results = zip(inputs, needed).map { input, needed in
            needed ? Tensor.uninitialized(input.shape) : nil
        }
        func target(_ i: Int?) -> UnsafeMutablePointer<Float>? {
            i.flatMap { results[$0]?.mutableFloats }
        }
        let values = Tensor.uninitialized([count, 2])
        let absolute = wantsAbsolute ? Tensor.uninitialized([count, 2]) : nil
        var buffers = GaussianGradientBuffers(
            means: target(0), logScales: target(1), quaternions: target(2),
            opacityLogits: target(3), colours: target(4),
            channels: tensors.count > 5 ? target(5) : nil, means2D: values.mutableFloats)
        buffers.absoluteMeans2D = absolute?.mutableFloats
        let background = extras.background.map { _ in tensors.count }
        if extras.hasImage {
            buffers.backgroundImage = target(background)
        } else {
            buffers.background = target(background)
        }
        buffers.viewMatrix = target(extras.viewMatrix.map { _ in inputs.count - 1 })
        withView { view in
            frame.withPointers(gradients) { rasteriser.backward(view, from: $0, into: buffers) }
        }
        (screen.values, screen.absolute) = (values, absolute)
        return results
    }

    /// What gradients flow to besides the cloud.
    struct Extras {
        /// [3] or [3, H, W].
        let background: Tensor?
        /// [3, 4].
        let viewMatrix: Tensor?

        var tensors: [Tensor] { [background, viewMatrix].compactMap { $0 } }
        var hasImage: Bool { background.map { $0.dimensions == 3 } ?? false }

        /// Puts them in the place of the settings' and the camera's.
        func apply(_ settings: inout RenderSettings, _ camera: inout Camera) {
            if let background {
                let values = background.array()
                if background.shape == [3] {
                    settings.background = Vector3(values[0], values[1], values[2])
                    settings.backgroundImage = nil
                } else {
                    precondition(
                        background.shape == [3, camera.height, camera.width],
                        "a background is of shape [3] or [3, H, W]")
                    settings.backgroundImage = Image(
                        width: camera.width, height: camera.height, channels: 3, samples: values)
                }
            }
            if let viewMatrix {
                precondition(viewMatrix.shape == [3, 4], "a view matrix is of shape [3, 4]")
                let m = viewMatrix.array()
                camera.viewMatrix = AffineTransform(
                    linear: Matrix3(
                        rows: Vector3(m[0], m[1], m[2]), Vector3(m[4], m[5], m[6]),
                        Vector3(m[8], m[9], m[10])),
                    translation: Vector3(m[3], m[7], m[11]))
            }
        }
    }
}

extension Tensor {
    /// The address of the first element; nil where there is none. Valid while the tensor is.
    fileprivate var floats: UnsafePointer<Float>? {
        withUnsafeBytes { $0.baseAddress?.assumingMemoryBound(to: Float.self) }
    }

    fileprivate var mutableFloats: UnsafeMutablePointer<Float>? {
        withUnsafeMutableElements(of: Float.self) { $0.baseAddress }
    }
}
