import Spatial

/// Draws clouds of Gaussians on all cores of the CPU, and differentiates the picture.
///
/// The picture: Gaussians sorted by the depth of their centres (ties by index), blended front to
/// back at pixel centres (+0.5); the opacity of a splat at a pixel is at most 0.99 and not blended
/// below 1/255; a splat that would take the transmittance to 1e-4 or less is not blended and ends
/// the pixel. Bad Gaussians are left out and counted, never trapped on.
///
/// It owns all memory that a frame needs besides the frame itself, and keeps it: after the first
/// frame of a size nothing is allocated. Results are the same, bit for bit, for any number of
/// threads. An instance serves one call at a time.
public final class Rasteriser {
    var grid = TileGrid()
    var patches = TileGrid()
    var statistics = RenderStatistics()
    /// How long the parts of the last frame took.
    public internal(set) var timings = RenderTimings()

    // Projection, in the order of the Gaussians.
    var records = Scratch<SplatRecord>()
    var rectangles = Scratch<TileRectangle>()
    var pairOffsets = Scratch<UInt32>()
    var normals = Scratch<Float>()
    /// Of eight Gaussians each: kept for the backward pass, which would have to read all coefficients again.
    var colourSlopes = Scratch<ColourSlopes>()
    var blocks = Scratch<ProjectionBlock>()
    var blockCount = 0
    /// The number of pairs of a Gaussian and a patch.
    var pairCount = 0
    var depthKeys: (smallest: UInt32, largest: UInt32) = (0, 0)

    // Sorting and binning: depth bits in the high half, the Gaussian's index in the low one.
    var unsorted = Scratch<UInt64>()
    var sorted = Scratch<UInt64>()
    var counters = Scratch<UInt32>()
    var tileLists = TileLists()
    /// The patches of the band, those of the longest lists first: so no worker is left with one.
    var patchOrder = Scratch<UInt64>()

    // What the backward pass finds of the last differentiable frame.
    var finalTransmittance = Scratch<Lanes>()
    var lastPlaces = Scratch<Lanes>()
    var medianPlaces = Scratch<Lanes>()
    var lastFrame: (camera: Camera, settings: RenderSettings, bands: [TileBand])?
    /// The number of Gaussians of the last frame.
    var cloudCount = 0

    // The backward pass.
    var pairGradients = Scratch<Float>()
    var patchBackgrounds = Scratch<SIMD4<Float>>()
    var workerScratch = Scratch<Lanes>()
    var workerCounts = Scratch<Int>()
    var viewSums = Scratch<ViewSums>()
    /// [N, pairStride + features]: sums over bands, where there are several.
    var gaussianSums = Scratch<Float>()

    /// The bytes that the pairs of Gaussians and patches may take: a frame that has more is drawn, and
    /// differentiated, in bands, with the same result.
    var pairMemory = 384 << 20

    /// A rasteriser that holds no memory yet.
    public init() {}

    /// Draws a cloud into memory of the caller's.
    ///
    /// - Parameters:
    ///   - view: the cloud, in the raw parameterisation.
    ///   - camera: a camera whose image is at most 524 280 pixels wide.
    ///   - target: where the picture goes.
    /// - Returns: what was drawn and what was left out.
    @discardableResult
    public func render(
        _ view: GaussianCloudView, camera: Camera, settings: RenderSettings = RenderSettings(),
        into target: FrameBuffers
    ) -> RenderStatistics {
        precondition(
            camera.width >= 0 && camera.height >= 0 && camera.width <= 8 * Int(UInt16.max)
                && camera.height <= 8 * Int(UInt16.max), "the size of an image in pixels")
        grid = TileGrid(width: camera.width, height: camera.height)
        patches = Patch.grid(width: camera.width, height: camera.height)
        timings = RenderTimings()
        var watch = Stopwatch()
        project(view, ProjectionFrame(view, camera: camera, settings: settings), settings)
        cloudCount = view.count
        timings.projection = watch.lap()
        sortByDepth()
        timings.sorting = watch.lap()
        let features = FeatureSource(view, settings, normals: normals.start)
        let bands = bands(
            bytes: settings.isDifferentiable ? Self.pairBytes(features: features.count) : 4)
        for band in bands {
            bin(band)
            timings.binning += watch.lap()
            settings.withBackground(plane: camera.width * camera.height) {
                blend(features, settings.isDifferentiable, $0, target, band)
            }
            timings.blending += watch.lap()
        }
        lastFrame = settings.isDifferentiable ? (camera, settings, bands) : nil
        return statistics
    }

    /// Draws a cloud into a frame, which keeps its memory from call to call.
    public func render(
        _ cloud: GaussianCloud, camera: Camera, settings: RenderSettings = RenderSettings(),
        into frame: inout RenderedFrame
    ) {
        frame.resize(
            width: camera.width, height: camera.height, channelCount: cloud.channelCount,
            settings)
        let statistics = frame.withBuffers { buffers in
            cloud.withView { render($0, camera: camera, settings: settings, into: buffers) }
        }
        frame.statistics = statistics
    }

    /// Draws a cloud.
    public func render(
        _ cloud: GaussianCloud, camera: Camera, settings: RenderSettings = RenderSettings()
    ) -> RenderedFrame {
        var frame = RenderedFrame()
        render(cloud, camera: camera, settings: settings, into: &frame)
        return frame
    }

    private func blend(
        _ features: FeatureSource, _ isDifferentiable: Bool, _ background: Background,
        _ target: FrameBuffers, _ band: TileBand
    ) {
        let rows = grid.count * TileGrid.tileHeight
        if isDifferentiable {
            finalTransmittance.reserve(rows)
            lastPlaces.reserve(rows)
            if features.hasMedian { medianPlaces.reserve(rows) }
        }
        let scratchCount = BlendingPass.scratchCount(features)
        workerScratch.reserve(scratchCount * Threads.count)
        let scratch = workerScratch.start
        workerCounts.reserve(Threads.count)
        let evaluations = workerCounts.start
        evaluations.update(repeating: 0, count: Threads.count)
        let pass = BlendingPass(
            grid: grid, band: band, records: records.start, entries: tileLists.entries.start,
            starts: tileLists.starts.start, background: background, target: target,
            features: features,
            finalTransmittance: isDifferentiable ? finalTransmittance.start : nil,
            lastPlaces: isDifferentiable ? lastPlaces.start : nil,
            medianPlaces: isDifferentiable && features.hasMedian ? medianPlaces.start : nil,
            // Then all rows of all planes begin at addresses that allow it.
            streamsColours: grid.width % 4 == 0
                && isStreamed(target.colour, count: 3 * grid.width * grid.height))
        let order = patchOrder.start
        parallelFor(band.count) { item, worker in
            evaluations[worker] += pass.run(
                patch: Int(UInt32(truncatingIfNeeded: order[item])),
                scratch: scratch + worker * scratchCount)
        }
        for worker in 0..<Threads.count { statistics.evaluations += evaluations[worker] }
    }
}
