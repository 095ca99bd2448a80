import Spatial

/// What the projection of one block of Gaussians found.
struct ProjectionBlock: BitwiseCopyable {
    var visible: Int32 = 0
    var invalid: Int32 = 0
    var culled: Int32 = 0
    /// Pairs with patches, and with tiles.
    var pairs = 0
    var tilePairs = 0
    var smallestKey = UInt32.max
    var largestKey: UInt32 = 0
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
        records.reserve(view.count)
        rectangles.reserve(view.count)
        unsorted.reserve(view.count)
        pairOffsets.reserve(view.count)
        if settings.rendersNormals { normals.reserve(3 * view.count) }
        blocks.reserve(blockCount)
        let pass = ProjectionPass(
            view: view, frame: frame, grid: grid,
            degree: view.shDegree.map { max(0, min($0, settings.maximumSHDegree)) },
            records: records.start, rectangles: rectangles.start, unsorted: unsorted.start,
            pairOffsets: pairOffsets.start, normals: normals.start)
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
            keys = (min(keys.smallest, block.smallestKey), max(keys.largest, block.largestKey))
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
            colour = colours(raw, index, count: count, columns)
            let isFinite = hasFiniteValues(colour, first, count: count)
            isValid = isValid .& (isFinite .| .!isVisible)
            isVisible = isVisible .& isFinite
            if degree != nil {
                colour = LaneTriple(
                    colour.x.atLeast(0), colour.y.atLeast(0), colour.z.atLeast(0))
            }
        }

        let area = ((x1 - x0) * (y1 - y0)).masked(isVisible)
        var visible = SIMD8<Int32>().replacing(with: 1, where: isVisible)
        var valid = SIMD8<Int32>().replacing(with: 1, where: isValid)
        if count < 8 {
            for lane in count..<8 {
                visible[lane] = 0
                valid[lane] = 1
            }
        }
        let visibleCount = visible.wrappedSum()
        let invalidCount = 8 - valid.wrappedSum()
        block.invalid &+= invalidCount
        block.culled &+= Int32(count) &- visibleCount &- invalidCount
        if visibleCount == 0 {
            for lane in 0..<count {
                rectangles[first + lane] = .empty
                pairOffsets[first + lane] = UInt32(truncatingIfNeeded: block.pairs)
            }
            return
        }

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
        let (ix0, ix1) = (x0.wholeNumbers, x1.wholeNumbers)
        let (iy0, iy1) = (y0.wholeNumbers, y1.wholeNumbers)
        let keys = splat.z.words
        let geometry = transpose(
            splat.u, splat.v, curvature, shear, fall, splat.logOpacity, reachY, splat.z)
        let zero = Lanes()
        let tints = transpose(
            colour.x, colour.y, colour.z, Lanes(words: ix0 | iy0 &<< 16),
            Lanes(words: ix1 | iy1 &<< 16), zero, zero, zero)
        // The rectangle of patches.
        let (px0, px1) = (
            ix0 &>> Patch.columnShift, (ix1 &+ (UInt32(Patch.columns) - 1)) &>> Patch.columnShift
        )
        let (py0, py1) = (
            iy0 &>> Patch.rowShift, (iy1 &+ (UInt32(Patch.rows) - 1)) &>> Patch.rowShift
        )
        let patches = (px1 &- px0) &* (py1 &- py0)
        withUnsafeBytes(of: (geometry, tints)) { rows in
            let rows = rows.assumingMemoryBound(to: Lanes.self)
            for lane in 0..<count {
                let gaussian = first + lane
                // Within the block for now; `firstPair` of the block is added on reading.
                pairOffsets[gaussian] = UInt32(truncatingIfNeeded: block.pairs)
                if visible[lane] == 0 {
                    rectangles[gaussian] = .empty
                    continue
                }
                rectangles[gaussian] = TileRectangle(
                    x: UInt16(truncatingIfNeeded: px0[lane]),
                    y: UInt16(truncatingIfNeeded: py0[lane]),
                    endX: UInt16(truncatingIfNeeded: px1[lane]),
                    endY: UInt16(truncatingIfNeeded: py1[lane]))
                records[gaussian] = SplatRecord(geometry: rows[lane], colour: rows[lane + 8])
                records[gaussian].firstPair = UInt32(truncatingIfNeeded: block.pairs)
                let key = keys[lane]
                unsorted[blockStart + Int(block.visible)] =
                    UInt64(key) << 32 | UInt64(UInt32(truncatingIfNeeded: gaussian))
                block.visible &+= 1
                block.pairs &+= Int(patches[lane])
                block.tilePairs &+= Int(area[lane])
                block.smallestKey = min(block.smallestKey, key)
                block.largestKey = max(block.largestKey, key)
            }
        }
    }

    /// The colours of eight Gaussians; those of spherical harmonics are yet to be clamped at 0.
    @inline(__always)
    private func colours(
        _ raw: RawLanes, _ index: SIMD8<Int>, count: Int, _ columns: UnsafeMutablePointer<Lanes>
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
        return shColours(columns, degree: degree, direction)
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
