import Spatial
import Splatting

/// The outputs of a rendering as tensors, and their gradients.
struct TensorFrame {
    let image: Tensor
    let alpha: Tensor
    let depth: Tensor?
    let medianDepth: Tensor?
    let normals: Tensor?
    let channels: Tensor?
    /// What no gradient flows through: indices [H, W], `int32`, and weights [H, W].
    let strongest: Tensor?
    let strongestWeights: Tensor?

    /// Memory for a picture, not initialised.
    init(camera: Camera, channelCount: Int, _ settings: RenderSettings) {
        let (height, width) = (camera.height, camera.width)
        func plane(_ count: Int, if isWanted: Bool = true) -> Tensor? {
            isWanted ? .uninitialized([count, height, width]) : nil
        }
        image = .uninitialized([3, height, width])
        alpha = .uninitialized([1, height, width])
        depth = plane(1, if: settings.rendersDepth)
        medianDepth = plane(1, if: settings.rendersMedianDepth)
        normals = plane(3, if: settings.rendersNormals)
        channels = plane(channelCount, if: channelCount > 0)
        strongest =
            settings.picksStrongest ? .uninitialized([height, width], dtype: .int32) : nil
        strongestWeights = settings.picksStrongest ? .uninitialized([height, width]) : nil
    }

    /// The same with tensors in the order of `tensors` in the place of its own.
    init(_ frame: TensorFrame, replacing tensors: [Tensor]) {
        var rest = tensors[...]
        func next(_ tensor: Tensor?) -> Tensor? { tensor.flatMap { _ in rest.popFirst() } }
        image = next(frame.image) ?? frame.image
        alpha = next(frame.alpha) ?? frame.alpha
        depth = next(frame.depth)
        medianDepth = next(frame.medianDepth)
        normals = next(frame.normals)
        channels = next(frame.channels)
        strongest = frame.strongest
        strongestWeights = frame.strongestWeights
    }

    /// Those that are differentiable, and there.
    var tensors: [Tensor] { slots.compactMap { $0 } }

    private var slots: [Tensor?] { [image, alpha, depth, medianDepth, normals, channels] }

    /// Where the rasteriser writes; valid while this frame is.
    var buffers: FrameBuffers {
        func floats(_ tensor: Tensor?) -> UnsafeMutablePointer<Float>? {
            tensor?.withUnsafeMutableElements(of: Float.self) { $0.baseAddress }
        }
        // An empty picture has no memory, and nothing is written to it.
        let nowhere = UnsafeMutablePointer<Float>(bitPattern: MemoryLayout<Float>.alignment)!
        var buffers = FrameBuffers(
            colour: floats(image) ?? nowhere, alpha: floats(alpha), depth: floats(depth),
            channels: floats(channels))
        buffers.medianDepth = floats(medianDepth)
        buffers.normals = floats(normals)
        buffers.strongest = strongest?.withUnsafeMutableElements(of: Int32.self) { $0.baseAddress }
        buffers.strongestWeights = floats(strongestWeights)
        return buffers
    }

    /// Calls `body` with pointers to gradients that are in the order of `tensors`; what is nil is
    /// zero.
    func withPointers(_ gradients: [Tensor?], _ body: (FrameGradients) -> Void) {
        var rest = gradients[...]
        let all = slots.map { slot in
            slot == nil ? nil : (rest.popFirst() ?? nil)?.contiguous()
        }
        let pointers = all.map { tensor in
            tensor.flatMap { $0.withUnsafeFloats { $0.baseAddress } }
        }
        withExtendedLifetime(all) {
            body(
                FrameGradients(
                    colour: pointers[0], alpha: pointers[1], depth: pointers[2],
                    channels: pointers[5], medianDepth: pointers[3], normals: pointers[4]))
        }
    }
}
