import Splatting

/// The tensors of a cloud as the rasteriser can read them: contiguous, `float32`, on the CPU.
struct TensorCloud {
    /// Means, log scales, quaternions, opacity logits, colours and, where there are some, channels.
    let tensors: [Tensor]
    let count: Int
    private let shDegree: Int?
    let channelCount: Int

    init(_ gaussians: GaussianRasterisation.Gaussians) {
        let parts = [
            gaussians.means, gaussians.logScales, gaussians.quaternions, gaussians.opacityLogits,
            gaussians.colours,
        ]
        let channels = gaussians.channels.map { $0.size(-1) > 0 ? [$0] : [] } ?? []
        self.init((parts + channels).map(TensorCloud.readable))
    }

    private init(_ tensors: [Tensor]) {
        self.tensors = tensors
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
    }

    static func readable(_ tensor: Tensor) -> Tensor {
        tensor.converted(to: .float32).moved(to: .cpu).contiguous()
    }

    /// The same values without history.
    func detached() -> TensorCloud { TensorCloud(tensors.map { $0.detached() }) }

    /// Calls `body` with a view of the tensors' memory.
    func withView<Result>(_ body: (GaussianCloudView) throws -> Result) rethrows -> Result {
        let pointers = tensors.map(\.floats)
        return try withExtendedLifetime(tensors) {
            try body(
                GaussianCloudView(
                    count: count, means: pointers[0], logScales: pointers[1],
                    quaternions: pointers[2], opacityLogits: pointers[3], colours: pointers[4],
                    shDegree: shDegree, channels: channelCount > 0 ? pointers[5] : nil,
                    channelCount: channelCount))
        }
    }

    /// Differentiates the last frame of `rasteriser`.
    ///
    /// - Parameter needed: for each tensor, and perhaps the background, whether its gradient is
    ///   wanted.
    /// - Returns: these gradients, nil where not wanted, and the gradient of the projected centres.
    func backward(
        _ rasteriser: Rasteriser, _ gradients: TensorFrame.Gradients, needed: [Bool]
    ) -> (gradients: [Tensor?], screen: Tensor) {
        let results = needed.enumerated().map { i, needed in
            needed ? Tensor.uninitialized(i < tensors.count ? tensors[i].shape : [3]) : nil
        }
        let screen = Tensor.uninitialized([count, 2])
        func target(_ i: Int) -> UnsafeMutablePointer<Float>? {
            i < results.count ? results[i]?.mutableFloats : nil
        }
        let hasChannels = tensors.count > 5
        withView { view in
            gradients.withPointers { gradients in
                rasteriser.backward(
                    view, from: gradients,
                    into: GaussianGradientBuffers(
                        means: target(0), logScales: target(1), quaternions: target(2),
                        opacityLogits: target(3), colours: target(4),
                        channels: hasChannels ? target(5) : nil,
                        background: target(tensors.count), means2D: screen.mutableFloats))
            }
        }
        return (results, screen)
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
