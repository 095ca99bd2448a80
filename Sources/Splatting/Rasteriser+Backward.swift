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
        var watch = Stopwatch()
        let settings = lastFrame.settings
        let features = FeatureSource(view, settings, normals: normals.start)
        let rowSize = BlendingGradientPass.pairStride + features.count
        let isWhole = lastFrame.bands.count == 1
        patchBackgrounds.reserve(patches.count)
        workerScratch.reserve(
            max(
                BlendingGradientPass.scratchCount(features),
                ProjectionGradientPass.scratchCount) * Threads.count)
        if !isWhole {
            gaussianSums.reserve(view.count * rowSize)
            gaussianSums.start.update(repeating: 0, count: view.count * rowSize)
        }
        for band in lastFrame.bands {
            if !isWhole { bin(band) }
            let sums = settings.withBackground(plane: grid.width * grid.height) {
                differentiateBlending(band, features, $0, gradients, target)
            }
            if !isWhole { add(sums, band) }
        }
        if let background = target.background {
            var sum = SIMD4<Double>()
            for patch in 0..<patches.count where settings.backgroundImage == nil {
                sum += SIMD4<Double>(patchBackgrounds.start[patch])
            }
            for c in 0..<3 { background[c] = Float(sum[c]) }
        }

        if target.viewMatrix != nil {
            viewSums.reserve(view.count / ProjectionGradientPass.grain + 1)
        }
        let projection = ProjectionGradientPass(
            view: view, frame: ProjectionFrame(view, camera: lastFrame.camera, settings: settings),
            degree: view.shDegree.map { max(0, min($0, settings.maximumSHDegree)) },
            differentiatesViewDirection: settings.differentiatesViewDirection,
            colourSlopes: colourSlopes.start,
            records: records.start, rectangles: rectangles.start,
            sums: pairSums(features), gaussianSums: isWhole ? nil : gaussianSums.start,
            features: features, viewSums: target.viewMatrix == nil ? nil : viewSums.start,
            target: target)
        let scratchCount = ProjectionGradientPass.scratchCount
        let scratch = workerScratch.start
        parallelFor(view.count, grain: ProjectionGradientPass.grain) { items, worker in
            projection.run(items, scratch: scratch + worker * scratchCount)
        }
        if let viewMatrix = target.viewMatrix {
            let blockCount =
                (view.count + ProjectionGradientPass.grain - 1)
                / ProjectionGradientPass.grain
            var sums = ViewSums()
            for block in 0..<blockCount { sums += viewSums.start[block] }
            sums.write(lastFrame.camera, to: viewMatrix)
        }
        timings.backward = watch.lap()
    }

    /// The bytes that a pair takes in a frame that is differentiated.
    static func pairBytes(features: Int) -> Int {
        4 * (BlendingGradientPass.pairStride + features) + 4
    }

    /// Where the sums of the pairs of the last band stand.
    private func pairSums(_ features: FeatureSource) -> PairSums {
        PairSums(
            blocks: blocks.start, offsets: pairOffsets.start, gradients: pairGradients.start,
            features: pairGradients.start + tileLists.count * BlendingGradientPass.pairStride,
            featureCount: features.count)
    }

    private func differentiateBlending(
        _ band: TileBand, _ features: FeatureSource, _ background: Background,
        _ gradients: FrameGradients, _ target: GaussianGradientBuffers
    ) -> PairSums {
        let pairs = tileLists.count
        pairGradients.reserve(pairs * (BlendingGradientPass.pairStride + features.count))
        let sums = pairSums(features)
        let scratchCount = BlendingGradientPass.scratchCount(features)
        let scratch = workerScratch.start
        let blending = BlendingGradientPass(
            grid: grid, band: band, records: records.start, rectangles: rectangles.start,
            entries: tileLists.entries.start, starts: tileLists.starts.start,
            background: background, gradients: gradients, features: features,
            finalTransmittance: finalTransmittance.start, lastPlaces: lastPlaces.start,
            medianPlaces: features.hasMedian ? medianPlaces.start : nil,
            sums: sums, backgrounds: patchBackgrounds.start,
            patchColumns: patches.columns,
            backgroundGradient: target.backgroundImage,
            tracksAbsolute: target.absoluteMeans2D != nil)
        let order = patchOrder.start
        parallelFor(band.count) { item, worker in
            blending.run(
                patch: Int(UInt32(truncatingIfNeeded: order[item])),
                scratch: scratch + worker * scratchCount)
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
    ///
    /// - Parameter includesScreen: whether the gradients of the projected centres and of the view
    ///   matrix are wanted too.
    public func backward(
        _ cloud: GaussianCloud, colour: [Float], alpha: [Float] = [], depth: [Float] = [],
        channels: [Float] = [], medianDepth: [Float] = [], normals: [Float] = [],
        includesScreen: Bool = false
    ) -> GaussianGradients {
        var result = GaussianGradients(
            of: cloud, includesScreen: includesScreen,
            backgroundImage: lastFrame?.settings.backgroundImage)
        func with(_ array: [Float], _ body: (UnsafePointer<Float>?) -> Void) {
            array.withUnsafeBufferPointer { body($0.isEmpty ? nil : $0.baseAddress) }
        }
        var gradients = FrameGradients()
        with(colour) { colour in
            gradients.colour = colour
            with(alpha) { alpha in
                gradients.alpha = alpha
                with(depth) { depth in
                    gradients.depth = depth
                    with(channels) { channels in
                        gradients.channels = channels
                        with(medianDepth) { median in
                            gradients.medianDepth = median
                            with(normals) { normals in
                                gradients.normals = normals
                                result.withBuffers { target in
                                    cloud.withView { backward($0, from: gradients, into: target) }
                                }
                            }
                        }
                    }
                }
            }
        }
        return result
    }
}
