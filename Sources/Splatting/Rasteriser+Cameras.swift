import Spatial

extension Rasteriser {
    /// Draws a cloud as several cameras see it.
    public func render(
        _ cloud: GaussianCloud, cameras: [Camera], settings: RenderSettings = RenderSettings()
    ) -> [RenderedFrame] {
        cameras.map { render(cloud, camera: $0, settings: settings) }
    }

    /// Draws a cloud as several cameras see it, and differentiates the sum of a loss over them.
    ///
    /// - Parameters:
    ///   - settings: `isDifferentiable` is set.
    ///   - loss: told the number of a camera and its frame, the gradients of the loss with respect
    ///     to that frame; empty arrays stand for zeros.
    /// - Returns: the frames, and the gradients of the cloud, added up in the order of the cameras;
    ///   `viewMatrix` holds 12 values a camera.
    public func differentiate(
        _ cloud: GaussianCloud, cameras: [Camera], settings: RenderSettings = RenderSettings(),
        includesScreen: Bool = false,
        loss: (_ index: Int, _ frame: RenderedFrame) -> FrameGradientArrays
    ) -> (frames: [RenderedFrame], gradients: GaussianGradients) {
        var settings = settings
        settings.isDifferentiable = true
        var sum = GaussianGradients(of: cloud, includesScreen: includesScreen)
        sum.viewMatrix = []
        var frames: [RenderedFrame] = []
        for (index, camera) in cameras.enumerated() {
            frames.append(render(cloud, camera: camera, settings: settings))
            let g = loss(index, frames[index])
            let own = backward(
                cloud, colour: g.colour, alpha: g.alpha, depth: g.depth, channels: g.channels,
                medianDepth: g.medianDepth, normals: g.normals, includesScreen: includesScreen)
            sum.add(own)
            sum.viewMatrix += own.viewMatrix
        }
        return (frames, sum)
    }
}

/// Gradients of a loss with respect to the outputs of a frame, laid out as in `RenderedFrame`; an
/// empty array stands for zeros.
public struct FrameGradientArrays: Equatable, Sendable {
    public var colour: [Float] = []
    public var alpha: [Float] = []
    public var depth: [Float] = []
    public var medianDepth: [Float] = []
    public var normals: [Float] = []
    public var channels: [Float] = []

    public init() {}
}
