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
        guard let lastFrame, cloudCount == view.count else {
            preconditionFailure("backward follows a differentiable render of the same cloud")
        }
        let settings = lastFrame.settings
        let features = FeatureSource(view, settings)
        let rowSize = BlendingGradientPass.pairStride + features.count
        let isWhole = lastFrame.bands.count == 1
        tileBackgrounds.reserve(grid.count)
        workerScratch.reserve(
            max(
                BlendingGradientPass.scratchCount(features: features.count),
                ProjectionGradientPass.scratchCount) * Threads.count)
        if !isWhole {
            gaussianSums.reserve(view.count * rowSize)
            gaussianSums.start.update(repeating: 0, count: view.count * rowSize)
        }
        for band in lastFrame.bands {
            if !isWhole { bin(band, tracksPairs: true) }
            let sums = differentiateBlending(band, features, settings, gradients)
            if !isWhole { add(sums, band) }
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
            records: records.start, rectangles: rectangles.start,
            sums: pairSums(features), gaussianSums: isWhole ? nil : gaussianSums.start,
            features: features, target: target)
        let scratchCount = ProjectionGradientPass.scratchCount
        let scratch = workerScratch.start
        parallelFor(view.count, grain: 512) { items, worker in
            projection.run(items, scratch: scratch + worker * scratchCount)
        }
    }

    /// The bytes that a pair takes in a frame that is differentiated.
    static func pairBytes(features: Int) -> Int {
        4 * (BlendingGradientPass.pairStride + features) + 9
    }

    /// Where the sums of the pairs of the last band stand.
    private func pairSums(_ features: FeatureSource) -> PairSums {
        PairSums(
            blocks: blocks.start, offsets: pairOffsets.start, positions: pairPositions.start,
            gradients: pairGradients.start,
            features: pairGradients.start + tileLists.count * BlendingGradientPass.pairStride,
            isTouched: pairIsTouched.start, featureCount: features.count)
    }

    private func differentiateBlending(
        _ band: TileBand, _ features: FeatureSource, _ settings: RenderSettings,
        _ gradients: FrameGradients
    ) -> PairSums {
        let pairs = tileLists.count
        pairGradients.reserve(pairs * (BlendingGradientPass.pairStride + features.count))
        pairIsTouched.reserve(pairs)
        let sums = pairSums(features)
        let scratchCount = BlendingGradientPass.scratchCount(features: features.count)
        let scratch = workerScratch.start
        let blending = BlendingGradientPass(
            grid: grid, band: band, records: records.start, entries: tileLists.entries.start,
            tileStarts: tileLists.starts.start, background: settings.background,
            gradients: gradients, features: features,
            finalTransmittance: finalTransmittance.start, lastPlaces: lastPlaces.start,
            pairGradients: pairGradients.start,
            pairFeatures: pairGradients.start + pairs * BlendingGradientPass.pairStride,
            pairIsTouched: pairIsTouched.start, tileBackgrounds: tileBackgrounds.start)
        parallelFor(band.count, grain: 4) { tiles, worker in
            for tile in tiles {
                blending.run(tile: tile, scratch: scratch + worker * scratchCount)
            }
        }
        return sums
    }

    /// Adds what the pairs of a band sum up to.
    private func add(_ sums: PairSums, _ band: TileBand) {
        let (rectangles, target) = (rectangles.start, gaussianSums.start)
        let rowSize = BlendingGradientPass.pairStride + sums.featureCount
        parallelFor(cloudCount, grain: Self.projectionGrain) { items, _ in
            for gaussian in items {
                let pairCount = band.part(of: rectangles[gaussian]).count
                if pairCount == 0 { continue }
                let row = target + gaussian * rowSize
                sums.add(
                    gaussian, pairCount: pairCount, to: row,
                    features: row + BlendingGradientPass.pairStride)
            }
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
