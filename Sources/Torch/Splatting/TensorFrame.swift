import Spatial
import Splatting

/// The outputs of a rendering as tensors, and their gradients.
struct TensorFrame {
    let image: Tensor
    let alpha: Tensor
    let depth: Tensor?
    let channels: Tensor?

    /// Memory for a picture, not initialised.
    init(camera: Camera, channelCount: Int, hasDepth: Bool) {
        func plane(_ count: Int) -> Tensor { .uninitialized([count, camera.height, camera.width]) }
        image = plane(3)
        alpha = plane(1)
        depth = hasDepth ? plane(1) : nil
        channels = channelCount > 0 ? plane(channelCount) : nil
    }

    /// From tensors in the order of `tensors`.
    init(_ tensors: [Tensor], hasDepth: Bool) {
        image = tensors[0]
        alpha = tensors[1]
        depth = hasDepth ? tensors[2] : nil
        let rest = tensors.dropFirst(hasDepth ? 3 : 2)
        channels = rest.first
    }

    var tensors: [Tensor] { [image, alpha, depth, channels].compactMap { $0 } }

    /// Where the rasteriser writes; valid while this frame is.
    var buffers: FrameBuffers {
        func floats(_ tensor: Tensor?) -> UnsafeMutablePointer<Float>? {
            tensor?.withUnsafeMutableElements(of: Float.self) { $0.baseAddress }
        }
        // An empty picture has no memory, and nothing is written to it.
        let nowhere = UnsafeMutablePointer<Float>(bitPattern: MemoryLayout<Float>.alignment)!
        return FrameBuffers(
            colour: floats(image) ?? nowhere, alpha: floats(alpha), depth: floats(depth),
            channels: floats(channels))
    }

    /// Gradients of the outputs; what is nil is zero.
    struct Gradients {
        var image: Tensor?
        var alpha: Tensor?
        var depth: Tensor?
        var channels: Tensor?

        /// Calls `body` with pointers to the gradients' memory.
        func withPointers(_ body: (FrameGradients) -> Void) {
            let tensors = [image, alpha, depth, channels].map { $0?.contiguous() }
            let pointers = tensors.map { tensor in
                tensor.flatMap { $0.withUnsafeFloats { $0.baseAddress } }
            }
            withExtendedLifetime(tensors) {
                body(
                    FrameGradients(
                        colour: pointers[0], alpha: pointers[1], depth: pointers[2],
                        channels: pointers[3]))
            }
        }
    }

    /// Names gradients that are in the order of `tensors`.
    func assign(_ gradients: [Tensor?]) -> Gradients {
        var rest = gradients[...]
        return Gradients(
            image: rest.removeFirst(), alpha: rest.removeFirst(),
            depth: depth == nil ? nil : rest.removeFirst(),
            channels: channels == nil ? nil : rest.removeFirst())
    }
}
