import Spatial

extension Rasteriser {
    /// Differentiates the last frame, which must have been rendered from the same, unchanged cloud
    /// with `RenderSettings.isDifferentiable`.
    ///
    /// - Parameters:
    ///   - view: the cloud of the last `render`.
    ///   - gradients: the gradients of a loss with respect to the outputs of that frame.
    ///   - target: where the gradients of the raw parameters are written; what is nil is left out.
    public func backward(
        _ view: GaussianCloudView, from gradients: FrameGradients,
        into target: GaussianGradientBuffers
    ) {
        guard let lastFrame, lastFrame.count == view.count else {
            preconditionFailure("backward follows a differentiable render of the same cloud")
        }
        let settings = lastFrame.settings
        let features = FeatureSource(
            hasDepth: settings.rendersDepth, channels: view.channels,
            channelCount: view.channelCount)
        let stride = BlendingGradientPass.pairStride
        pairGradients.reserve(statistics.pairs * (stride + features.count))
        pairIsTouched.reserve(statistics.pairs)
        tileBackgrounds.reserve(grid.count)
        let scratchCount = max(
            BlendingGradientPass.scratchCount(features: features.count),
            ProjectionGradientPass.scratchCount)
        workerScratch.reserve(scratchCount * Threads.count)
        let scratch = workerScratch.start
        let pairFeatures = pairGradients.start + statistics.pairs * stride

        let blending = BlendingGradientPass(
            grid: grid, records: records.start, entries: tileLists.entries.start,
            tileStarts: tileLists.starts.start, background: settings.background,
            gradients: gradients,
            features: features, finalTransmittance: finalTransmittance.start,
            lastPlaces: lastPlaces.start, pairGradients: pairGradients.start,
            pairFeatures: pairFeatures, pairIsTouched: pairIsTouched.start,
            tileBackgrounds: tileBackgrounds.start)
        parallelFor(grid.count, grain: 4) { tiles, worker in
            for tile in tiles {
                blending.run(tile: tile, scratch: scratch + worker * scratchCount)
            }
        }
        if let background = target.background {
            var sum = SIMD4<Double>()
            for tile in 0..<grid.count { sum += SIMD4<Double>(tileBackgrounds.start[tile]) }
            for c in 0..<3 { background[c] = Float(sum[c]) }
        }

        let projection = ProjectionGradientPass(
            view: view, frame: ProjectionFrame(camera: lastFrame.camera, settings: settings),
            degree: view.shDegree.map { max(0, min($0, settings.maximumSHDegree)) },
            differentiatesViewDirection: settings.differentiatesViewDirection,
            records: records.start, rectangles: rectangles.start, blocks: blocks.start,
            pairOffsets: pairOffsets.start, pairPositions: pairPositions.start,
            pairGradients: pairGradients.start, pairFeatures: pairFeatures,
            pairIsTouched: pairIsTouched.start, features: features, target: target)
        parallelFor(view.count, grain: 512) { items, worker in
            projection.run(items, scratch: scratch + worker * scratchCount)
        }
    }

    /// Differentiates the last frame with respect to the raw parameters of `cloud`.
    ///
    /// The arrays hold as many values as those of the frame; an empty one stands for zeros.
    public func backward(
        _ cloud: GaussianCloud, colour: [Float], alpha: [Float] = [], depth: [Float] = [],
        channels: [Float] = []
    ) -> GaussianGradients {
        var result = GaussianGradients(of: cloud)
        func pointer(_ buffer: UnsafeBufferPointer<Float>) -> UnsafePointer<Float>? {
            buffer.isEmpty ? nil : buffer.baseAddress
        }
        colour.withUnsafeBufferPointer { colour in
            alpha.withUnsafeBufferPointer { alpha in
                depth.withUnsafeBufferPointer { depth in
                    channels.withUnsafeBufferPointer { channels in
                        let gradients = FrameGradients(
                            colour: pointer(colour), alpha: pointer(alpha), depth: pointer(depth),
                            channels: pointer(channels))
                        result.withBuffers { target in
                            cloud.withView { backward($0, from: gradients, into: target) }
                        }
                    }
                }
            }
        }
        return result
    }
}
