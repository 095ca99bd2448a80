import Spatial

/// What the projection of one block of Gaussians found.
struct ProjectionBlock: BitwiseCopyable {
    var visible: Int32 = 0
    var invalid: Int32 = 0
    var culled: Int32 = 0
    /// Pairs with patches, and with tiles.
    var pairs = 0
    var tilePairs = 0
    /// Of depths: eight candidates each.
    var smallestKeys = SIMD8(repeating: UInt32.max)
    var largestKeys = SIMD8<UInt32>()
    /// Where its visible Gaussians and its pairs begin among those of all blocks.
    var firstVisible = 0
    var firstPair = 0
}

extension Rasteriser {
    static let projectionGrain = 1024

    /// Projects all Gaussians: fills `records`, `rectangles`, and, block by block, `unsorted`.
    func project(_ view: GaussianCloudView, _ frame: ProjectionFrame, _ settings: RenderSettings) {
        let grain = Self.projectionGrain
        let blockCount = (view.count + grain - 1) / grain
        // Eight are written at a time.
        let room = (view.count + 7) & ~7
        records.reserve(room)
        rectangles.reserve(room)
        unsorted.reserve(view.count)
        pairOffsets.reserve(room)
        if settings.rendersNormals { normals.reserve(3 * view.count) }
        if settings.isDifferentiable && view.shDegree != nil { colourSlopes.reserve(room / 8) }
        blocks.reserve(blockCount)
        let pass = ProjectionPass(
            view: view, frame: frame, grid: grid,
            degree: view.shDegree.map { max(0, min($0, settings.maximumSHDegree)) },
            records: records.start, rectangles: rectangles.start, unsorted: unsorted.start,
            pairOffsets: pairOffsets.start, normals: normals.start,
            colourSlopes: settings.isDifferentiable ? colourSlopes.start : nil)
        let blocks = blocks.start
        parallelFor(view.count, grain: grain) { items, _ in
            blocks[items.lowerBound / grain] = pass.run(items)
        }
        var statistics = RenderStatistics()
        var pairCount = 0
        var keys = (smallest: UInt32.max, largest: UInt32(0))
        for index in 0..<blockCount {
            blocks[index].firstVisible = statistics.visible
            blocks[index].firstPair = pairCount
            let block = blocks[index]
            statistics.visible += Int(block.visible)
            statistics.invalid += Int(block.invalid)
            statistics.culled += Int(block.culled)
            statistics.pairs += block.tilePairs
            pairCount += block.pairs
            for lane in 0..<8 {
                keys.smallest = min(keys.smallest, block.smallestKeys[lane])
                keys.largest = max(keys.largest, block.largestKeys[lane])
            }
        }
        self.statistics = statistics
        self.pairCount = pairCount
        depthKeys = keys
        self.blockCount = blockCount
    }
}

/// The projection of a frame: where it reads and writes.
private struct ProjectionPass {
    let view: GaussianCloudView
    let frame: ProjectionFrame
    let grid: TileGrid
    let degree: Int?
    let records: UnsafeMutablePointer<SplatRecord>
    let rectangles: UnsafeMutablePointer<TileRectangle>
    let unsorted: UnsafeMutablePointer<UInt64>
    let pairOffsets: UnsafeMutablePointer<UInt32>
    let normals: UnsafeMutablePointer<Float>
    /// Of eight Gaussians each; nil if they are not wanted.
    let colourSlopes: UnsafeMutablePointer<ColourSlopes>?

    /// Projects a block of Gaussians.
    func run(_ items: Range<Int>) -> ProjectionBlock {
        var block = ProjectionBlock()
        withUnsafeTemporaryAllocation(of: Lanes.self, capacity: 48) { columns in
            // 48 vectors were asked for.
            let columns = columns.baseAddress.unsafelyUnwrapped
            for first in stride(from: items.lowerBound, to: items.upperBound, by: 8) {
                projectEight(
                    first, count: min(8, items.upperBound - first), blockStart: items.lowerBound,
                    columns, &block)
            }
        }
        return block
    }

    @inline(__always)
    private func projectEight(
        _ first: Int, count: Int, blockStart: Int, _ columns: UnsafeMutablePointer<Lanes>,
        _ block: inout ProjectionBlock
    ) {
        let index = eightIndices(from: first, count: count)
        let raw = RawLanes(view, first: first, count: count)
        let splat = SplatProjection(raw, frame)

        // Opacity-aware bounds: the exponent stays above the threshold inside the ellipse where
        // ½·dᵀ·Σ⁻¹·d ≤ ln(255·opacity).
        let budget = (splat.logOpacity - alphaThresholdLog2) * (2 / log2e)
        let (reachX, reachY) = ((budget * splat.cxx).root, (budget * splat.cyy).root)
        // A hundredth of a pixel of slack covers the rounding of these bounds.
        let slack: Float = 0.01
        @inline(__always)
        func tiles(_ low: Lanes, _ high: Lanes, _ size: Int, _ count: Int) -> (Lanes, Lanes) {
            let scale = 1 / Float(size)
            let begin = (((low - (0.5 + slack)).rounded(.up)) * scale).rounded(.down)
            let end = (((high - (0.5 - slack)).rounded(.down)) * scale).rounded(.down) + 1
            return (
                begin.atLeast(0).atMost(Float(count)), end.atLeast(0).atMost(Float(count))
            )
        }
        let (x0, x1) = tiles(
            splat.u - reachX, splat.u + reachX, TileGrid.tileWidth, grid.columns)
        let (y0, y1) = tiles(
            splat.v - reachY, splat.v + reachY, TileGrid.tileHeight, grid.rows)
        var isVisible = splat.isSound .& (x1 .> x0) .& (y1 .> y0)
        var isValid = splat.isValid
        var colour = LaneTriple(Lanes(), Lanes(), Lanes())
        if any(isVisible) {
            colour = colours(raw, first, index, count: count, columns)
            let isFinite = hasFiniteValues(colour, first, count: count)
            isValid = isValid .& (isFinite .| .!isVisible)
            isVisible = isVisible .& isFinite
            if degree != nil {
                colour = LaneTriple(
                    colour.x.atLeast(0), colour.y.atLeast(0), colour.z.atLeast(0))
            }
        }

        var visible = SIMD8<UInt32>().replacing(with: 1, where: isVisible)
        var valid = SIMD8<UInt32>().replacing(with: 1, where: isValid)
        if count < 8 {
            for lane in count..<8 {
                visible[lane] = 0
                valid[lane] = 1
            }
        }
        let visibleCount = Int32(truncatingIfNeeded: visible.wrappedSum())
        let invalidCount = 8 - Int32(truncatingIfNeeded: valid.wrappedSum())
        block.invalid &+= invalidCount
        block.culled &+= Int32(count) &- visibleCount &- invalidCount

        // From here on lanes that are not visible have no tiles; what is written for them, and for
        // lanes behind the last Gaussian, is never read.
        let (ix0, ix1) = (x0.wholeNumbers &* visible, x1.wholeNumbers &* visible)
        let (iy0, iy1) = (y0.wholeNumbers &* visible, y1.wholeNumbers &* visible)
        let (px0, px1) = (
            ix0 &>> Patch.columnShift, (ix1 &+ (UInt32(Patch.columns) - 1)) &>> Patch.columnShift
        )
        let (py0, py1) = (
            iy0 &>> Patch.rowShift, (iy1 &+ (UInt32(Patch.rows) - 1)) &>> Patch.rowShift
        )
        store(px0 | py0 &<< 16, px1 | py1 &<< 16, UnsafeMutableRawPointer(rectangles + first))
        // Counted within the block: whoever reads them adds `firstPair` of the block.
        let pairs = runningTotals((px1 &- px0) &* (py1 &- py0))
        let offsets = pairs.before &+ UInt32(truncatingIfNeeded: block.pairs)
        UnsafeMutableRawPointer(pairOffsets + first).storeBytes(
            of: offsets, as: SIMD8<UInt32>.self)
        block.pairs &+= Int(pairs.total)
        let area = (ix1 &- ix0) &* (iy1 &- iy0)
        for lane in 0..<8 { block.tilePairs &+= Int(area[lane]) }
        if visibleCount == 0 { return }

        if frame.hasNormals {
            let normal = splat.normals(raw, frame).direction
            scatter(normal.x, normals, index &* 3, 0, count: count)
            scatter(normal.y, normals, index &* 3, 1, count: count)
            scatter(normal.z, normals, index &* 3, 2, count: count)
        }
        let curvature = (-0.5 * log2e) * splat.cyy / splat.determinant
        let inverseYY = 1 / splat.cyy
        let shear = splat.cxy * inverseYY
        let fall = (-0.5 * log2e) * inverseYY
        let geometry = transpose(
            splat.u, splat.v, curvature, shear, fall, splat.logOpacity, reachY, splat.z)
        let zero = Lanes()
        let tints = transpose(
            colour.x, colour.y, colour.z, Lanes(words: ix0 | iy0 &<< 16),
            Lanes(words: ix1 | iy1 &<< 16), Lanes(words: offsets), zero, zero)
        withUnsafeBytes(of: (geometry, tints)) { rows in
            let rows = rows.assumingMemoryBound(to: Lanes.self)
            for lane in 0..<8 {
                records[first + lane] = SplatRecord(geometry: rows[lane], colour: rows[lane + 8])
            }
        }
        let keys = splat.z.words
        let target = unsorted + blockStart
        var place = Int(block.visible)
        for lane in 0..<count {
            // Overwritten by the next one if it is not visible.
            target[place] = UInt64(keys[lane]) << 32 | UInt64(first &+ lane)
            place &+= Int(visible[lane])
        }
        block.visible = Int32(truncatingIfNeeded: place)
        let hidden = visible &- 1
        let (low, high) = (keys | hidden, keys & ~hidden)
        block.smallestKeys.replace(with: low, where: low .< block.smallestKeys)
        block.largestKeys.replace(with: high, where: high .> block.largestKeys)
    }

    /// The colours of eight Gaussians; those of spherical harmonics are yet to be clamped at 0.
    @inline(__always)
    private func colours(
        _ raw: RawLanes, _ first: Int, _ index: SIMD8<Int>, count: Int,
        _ columns: UnsafeMutablePointer<Lanes>
    ) -> LaneTriple {
        let rows = index &* view.colourStride
        guard let degree else {
            return LaneTriple(
                gather(view.colours, rows, 0), gather(view.colours, rows, 1),
                gather(view.colours, rows, 2))
        }
        touch(view.colours + rows[0], count: count * view.colourStride, columns)
        let direction = viewDirection(raw, frame).unit
        loadColumns(view.colours, rows, width: 3 * (degree + 1) * (degree + 1), into: columns)
        let colour = shColours(columns, degree: degree, direction)
        if let colourSlopes {
            colourSlopes[first / 8] = ColourSlopes(columns, degree: degree, direction, colour)
        }
        return colour
    }

    /// The Gaussians all of whose blended values are finite: one NaN would spread over pixels that
    /// its Gaussian does not even touch.
    @inline(__always)
    private func hasFiniteValues(_ colour: LaneTriple, _ first: Int, count: Int) -> LaneMask {
        var sum = colour.x + colour.y + colour.z
        if let channels = view.channels {
            for lane in 0..<count {
                let own = channels + (first + lane) * view.channelCount
                for c in 0..<view.channelCount { sum[lane] += own[c] }
            }
        }
        return sum.finite
    }
}

/// Writes eight rectangles, whose corners' coordinates are the halves of words.
@inline(__always)
private func store(
    _ low: SIMD8<UInt32>, _ high: SIMD8<UInt32>, _ target: UnsafeMutableRawPointer
) {
    var words = SIMD16<UInt32>()
    (words.evenHalf, words.oddHalf) = (low, high)
    target.storeBytes(of: words, as: SIMD16<UInt32>.self)
}

/// For each lane the sum of the lanes before it; and the sum of all.
@inline(__always)
private func runningTotals(_ values: SIMD8<UInt32>) -> (before: SIMD8<UInt32>, total: UInt32) {
    var before = SIMD8<UInt32>()
    var total: UInt32 = 0
    for lane in 0..<8 {
        before[lane] = total
        total &+= values[lane]
    }
    return (before, total)
}
