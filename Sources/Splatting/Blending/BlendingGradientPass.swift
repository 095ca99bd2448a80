import Spatial

/// Replays the blending of tiles back to front and leaves, for each pair of a splat and a patch, the
/// sums over pixels that the gradients of the splat are made of.
///
/// With α the opacity at a pixel, T the transmittance before it, c the colour, g the gradient at the
/// pixel and B what lies behind (Σ c·g weight, background included, for a transmittance of 1 behind the
/// splat), dL/dα = T·(c·g − B), and T is found from the transmittance behind by dividing by 1 − α.
/// Nothing was stored per splat.
struct BlendingGradientPass {
    /// Floats of a pair, a cache line: Σv, Σv·dx, Σv·dy, Σv·dx², Σv·dx·dy, Σv·dy² with v = α·dL/dα, then the
    /// gradient of the colour, a mark (`PairSums`), and, if asked for, Σ|v·offset along the row from
    /// the ridge| and Σ|v·slope of the exponent along the column|.
    static let pairStride = 16

    let grid: TileGrid
    let band: TileBand
    let records: UnsafePointer<SplatRecord>
    /// [N]: of patches.
    let rectangles: UnsafePointer<TileRectangle>
    let entries: UnsafePointer<UInt32>
    let starts: UnsafePointer<UInt32>
    let background: Background
    let gradients: FrameGradients
    let features: FeatureSource
    let finalTransmittance: UnsafePointer<Lanes>
    let lastPlaces: UnsafePointer<Lanes>
    let medianPlaces: UnsafePointer<Lanes>?
    /// Where the sums of the pairs go.
    let sums: PairSums
    /// [patches]: the gradient of the background.
    let backgrounds: UnsafeMutablePointer<SIMD4<Float>>
    /// The width of the image in patches.
    let patchColumns: Int
    /// [3, H, W]: of the background image.
    let backgroundGradient: UnsafeMutablePointer<Float>?
    /// Whether the absolute sums are asked for.
    let tracksAbsolute: Bool

    /// The pixels of a row of a tile.
    private struct RowState {
        /// The height of the pixel centres.
        var y = Lanes()
        var transmittance = Lanes()
        /// B: Σ c·g weight of what lies behind, for a transmittance of 1.
        var behind = Lanes()
        /// The gradient of the pixels.
        var red = Lanes()
        var green = Lanes()
        var blue = Lanes()
        var lastPlace = Lanes()
    }

    private static let stateCount = MemoryLayout<RowState>.stride / MemoryLayout<Lanes>.stride
    private static let sumCount = 8

    /// The vectors of scratch memory that one worker needs.
    static func scratchCount(_ features: FeatureSource) -> Int {
        PatchChunk.scratchCount + TileBatch.scratchCount
            + Patch.tileCount * TileGrid.tileHeight * (stateCount + features.gradientCount)
            + Patch.tileCount / 8 + 2 * TileGrid.tileHeight + sumCount + features.count
            + PatchChunk.capacity
            * (pairStride + features.count) / 8
    }

    /// What a worker differentiates a patch with.
    private struct Workspace {
        let chunk: PatchChunk
        let batch: TileBatch
        /// [tiles of the patch][rows of a tile].
        let states: UnsafeMutablePointer<RowState>
        /// The same, `FeatureSource.gradientCount` each.
        let featureGradients: UnsafeMutablePointer<Lanes>
        /// Of each tile, the number of splats of the patch's list that any pixel blended or passed by.
        let lasts: UnsafeMutablePointer<Float>
        /// Of one splat in one tile, row by row: its opacity, not yet held at the ceiling, and 1/(1 − α).
        let alphas: UnsafeMutablePointer<(free: Lanes, inverse: Lanes)>
        /// Of one splat in one tile; the columns are still apart.
        let sums: UnsafeMutablePointer<Lanes>
        /// [splats of the chunk, pairStride], [splats of the chunk, features].
        let pairSums: UnsafeMutablePointer<Float>
        let pairFeatures: UnsafeMutablePointer<Float>

        init(_ scratch: UnsafeMutablePointer<Lanes>, _ features: FeatureSource) {
            var next = scratch
            func take(_ count: Int) -> UnsafeMutablePointer<Lanes> {
                defer { next += count }
                return next
            }
            let rows = Patch.tileCount * TileGrid.tileHeight
            chunk = PatchChunk(take(PatchChunk.scratchCount))
            batch = TileBatch(take(TileBatch.scratchCount))
            states = UnsafeMutableRawPointer(take(rows * BlendingGradientPass.stateCount))
                .bindMemory(to: RowState.self, capacity: rows)
            featureGradients = take(rows * features.gradientCount)
            lasts = UnsafeMutableRawPointer(take(Patch.tileCount / 8)).assumingMemoryBound(
                to: Float.self)
            alphas = UnsafeMutableRawPointer(take(2 * TileGrid.tileHeight))
                .assumingMemoryBound(to: (free: Lanes, inverse: Lanes).self)
            sums = take(BlendingGradientPass.sumCount + features.count)
            let stride = BlendingGradientPass.pairStride
            pairSums = UnsafeMutableRawPointer(take(PatchChunk.capacity * stride / 8))
                .assumingMemoryBound(to: Float.self)
            pairFeatures = UnsafeMutableRawPointer(take(PatchChunk.capacity * features.count / 8))
                .assumingMemoryBound(to: Float.self)
        }
    }

    /// Differentiates one patch of the band.
    func run(patch index: Int, scratch: UnsafeMutablePointer<Lanes>) {
        var (column, row) = band.position(index)
        (column, row) = (column * Patch.columns, row * Patch.rows)
        let space = Workspace(scratch, features)
        let entries = entries + Int(starts[index])

        enter(
            patch: row / Patch.rows * patchColumns + column / Patch.columns, column: column,
            row: row, space)
        var end = 0
        for tile in 0..<Patch.tileCount { end = max(end, Int(space.lasts[tile])) }
        // What lies behind the last splat that any pixel looked at.
        space.pairSums.update(repeating: 0, count: Self.pairStride)
        space.pairFeatures.update(repeating: 0, count: features.count)
        let own = (column: column / Patch.columns - band.x, row: row / Patch.rows - band.y)
        for place in end..<max(end, Int(starts[index + 1] - starts[index])) {
            let gaussian = Int(entries[place])
            let pair = sums.pair(
                gaussian, offset: sums.offsets[gaussian], band.part(of: rectangles[gaussian]),
                column: own.column, row: own.row)
            store(space, 0, pair: pair)
        }
        while end > 0 {
            let begin = (end - 1) / PatchChunk.capacity * PatchChunk.capacity
            let size = end - begin
            space.chunk.fill(records, entries + begin, count: size, column: column, row: row)
            space.pairSums.update(repeating: 0, count: size * Self.pairStride)
            space.pairFeatures.update(repeating: 0, count: size * features.count)
            for tile in 0..<Patch.tileCount where Int(space.lasts[tile]) > begin {
                differentiate(
                    tile, column: column + tile % Patch.columns,
                    row: row + tile / Patch.columns, last: Int(space.lasts[tile]), space,
                    entries + begin, begin)
            }
            for i in 0..<size {
                store(space, i, entries[begin + i], column: own.column, row: own.row)
            }
            end = begin
        }
        finishStreaming()
    }

    /// Leaves the sums of splat `i` of a chunk where its Gaussian's are; its record is at hand, and no
    /// other memory of the Gaussian has to be waited for.
    @inline(__always)
    private func store(_ space: Workspace, _ i: Int, _ gaussian: UInt32, column: Int, row: Int) {
        let record = space.chunk.records + i
        let pair = sums.pair(
            Int(gaussian), offset: record.pointee.firstPair,
            band.part(of: record.pointee.tiles.patches), column: column, row: row)
        store(space, i, pair: pair)
    }

    @inline(__always)
    private func store(_ space: Workspace, _ i: Int, pair: Int) {
        let source = UnsafeRawPointer(space.pairSums + i * Self.pairStride)
        let target = sums.gradients + pair * Self.pairStride
        source.load(as: Lanes.self).stream(to: target)
        source.load(fromByteOffset: 32, as: Lanes.self).stream(to: target + 8)
        for f in 0..<features.count {
            sums.features[pair * features.count + f] = space.pairFeatures[i * features.count + f]
        }
    }

    /// Replays what a chunk has of a tile; `last` is the number of splats of the patch's list that the
    /// tile looked at.
    @inline(__always)
    private func differentiate(
        _ tile: Int, column: Int, row: Int, last: Int, _ space: Workspace,
        _ entries: UnsafePointer<UInt32>, _ chunkBegin: Int
    ) {
        let height = TileGrid.tileHeight
        let (x, y) = (column * TileGrid.tileWidth, row * height)
        let (batch, alphas, sums) = (space.batch, space.alphas, space.sums)
        let states = space.states + tile * height
        let featureGradients = space.featureGradients + tile * height * features.gradientCount
        let list = space.chunk.list(tile)
        let rowCount = min(height, grid.height - y)
        let pixelX = Lanes(0, 1, 2, 3, 4, 5, 6, 7) + (Float(x) + 0.5)
        var end = Int(space.chunk.counts[tile])
        while end > 0 && chunkBegin + Int(list[end - 1]) >= last { end -= 1 }
        while end > 0 {
            let begin = (end - 1) / TileBatch.capacity * TileBatch.capacity
            batch.fill(
                space.chunk.records, list + begin, count: end - begin, x: Float(x), y: Float(y),
                firstPlace: chunkBegin + 1)
            var reached: UInt32 = 0
            for r in 0..<rowCount where states[r].lastPlace.largest >= batch.place[0] {
                reached |= 1 << UInt32(r)
            }
            for i in stride(from: end - begin - 1, through: 0, by: -1) {
                let rows = batch.rowMasks[i] & reached
                if rows == 0 { continue }
                let splat = Int(list[begin + i])
                if features.count > 0 {
                    (sums + Self.sumCount).update(repeating: Lanes(), count: features.count)
                    differentiate(
                        batch, i, rows, pixelX, states, alphas, sums,
                        (
                            Int(entries[splat]), space.chunk.records[splat].geometry[7],
                            featureGradients
                        ), isAbsolute: tracksAbsolute)
                    let pairFeatures = space.pairFeatures + splat * features.count
                    for f in 0..<features.count {
                        pairFeatures[f] += sums[Self.sumCount + f].total
                    }
                } else if tracksAbsolute {
                    differentiate(
                        batch, i, rows, pixelX, states, alphas, sums, nil, isAbsolute: true)
                } else {
                    differentiate(
                        batch, i, rows, pixelX, states, alphas, sums, nil, isAbsolute: false)
                }
                let pair = space.pairSums + splat * Self.pairStride
                Self.reduce(sums, dx: pixelX - batch.u[i], into: pair)
                if tracksAbsolute {
                    pair[10] += sums[6].total
                    pair[11] += sums[7].total
                }
            }
            end = begin
        }
    }

    /// Reads what the frame left of a patch and the gradients at its pixels, row by row, so that whole
    /// cache lines are read at once.
    private func enter(patch: Int, column: Int, row: Int, _ space: Workspace) {
        let height = TileGrid.tileHeight
        let columnCount = min(Patch.columns, grid.columns - column)
        space.lasts.update(repeating: 0, count: Patch.tileCount)
        if let colour = gradients.colour {
            Patch.touch(colour, planes: 3, grid, column: column, row: row, space.sums)
        }
        var (red, green, blue) = (Lanes(), Lanes(), Lanes())
        for tileRow in row..<min(row + Patch.rows, grid.rows) {
            for r in 0..<min(height, grid.height - tileRow * height) {
                let pixel = (tileRow * height + r) * grid.width + column * TileGrid.tileWidth
                for c in 0..<columnCount {
                    let tile = (tileRow - row) * Patch.columns + c
                    let slot = tile * height + r
                    enter(
                        pixel: pixel + c * TileGrid.tileWidth,
                        min(TileGrid.tileWidth, grid.width - (column + c) * TileGrid.tileWidth),
                        source: (tileRow * grid.columns + column + c) * height + r,
                        y: Float(tileRow * height + r) + 0.5, space.states + slot,
                        space.featureGradients + slot * features.gradientCount)
                    let state = space.states[slot]
                    red.addProduct(state.transmittance, state.red)
                    green.addProduct(state.transmittance, state.green)
                    blue.addProduct(state.transmittance, state.blue)
                    space.lasts[tile] = max(space.lasts[tile], state.lastPlace.largest)
                }
            }
        }
        backgrounds[patch] = SIMD4(red.total, green.total, blue.total, 0)
    }

    /// Reads the first `count` of eight pixels; `source` is their place among what the frame left.
    @inline(__always)
    private func enter(
        pixel: Int, _ count: Int, source: Int, y: Float, _ target: UnsafeMutablePointer<RowState>,
        _ featureGradients: UnsafeMutablePointer<Lanes>
    ) {
        let plane = grid.width * grid.height
        var state = RowState()
        state.y = Lanes(repeating: y)
        state.transmittance = finalTransmittance[source]
        state.lastPlace = lastPlaces[source]
        if let colour = gradients.colour {
            state.red = read(colour + pixel, count)
            state.green = read(colour + plane + pixel, count)
            state.blue = read(colour + 2 * plane + pixel, count)
        }
        let behind = background.pixels(pixel, plane: plane, count)
        state.behind = state.red * behind.x + state.green * behind.y
        state.behind.addProduct(state.blue, behind.z)
        if let backgroundGradient {
            let (target, t) = (backgroundGradient + pixel, state.transmittance)
            write(t * state.red, target, count)
            write(t * state.green, target + plane, count)
            write(t * state.blue, target + 2 * plane, count)
        }
        if let alpha = gradients.alpha { state.behind -= read(alpha + pixel, count) }
        target.pointee = state
        features.readGradients(
            gradients, pixel: pixel, plane: plane, count,
            medianPlaces: medianPlaces?[source] ?? Lanes(), into: featureGradients)
    }

    /// Replays splat `k` of a batch in the rows whose bits are set, and leaves in `sums` the sums over
    /// rows of v, v·dy, v·dy² and of the gradients of red, green and blue; the columns are still
    /// apart. The opacities come first, in a loop of their own, as in `TileBatch.evaluate`.
    @inline(__always)
    private func differentiate(
        _ batch: TileBatch, _ k: Int, _ rows: UInt32, _ pixelX: Lanes,
        _ states: UnsafeMutablePointer<RowState>,
        _ alphas: UnsafeMutablePointer<(free: Lanes, inverse: Lanes)>,
        _ sums: UnsafeMutablePointer<Lanes>,
        _ feature: (gaussian: Int, depth: Float, gradients: UnsafeMutablePointer<Lanes>)?,
        isAbsolute: Bool
    ) {
        let dx = pixelX - batch.u[k]
        let (v, shear) = (Lanes(repeating: batch.v[k]), Lanes(repeating: batch.shear[k]))
        let fall = Lanes(repeating: batch.fall[k])
        let logOpacity = Lanes(repeating: batch.logOpacity[k])
        let curvature = Lanes(repeating: batch.curvature[k])
        let (red, green, blue) = (batch.red[k], batch.green[k], batch.blue[k])
        let place = Lanes(repeating: batch.place[k])
        var rest = rows
        repeat {
            let r = rest.trailingZeroBitCount
            rest &= rest &- 1
            let state = states + r
            let dy = state.pointee.y - v
            let free = freeAlpha(
                offset: dx.addingProduct(-shear, dy), curvature: curvature,
                peak: logOpacity.addingProduct(fall * dy, dy)
            ).masked(state.pointee.lastPlace .>= place)
            alphas[r].free = free
            alphas[r].inverse = 1 / (1 - free.atMost(alphaCeiling))
        } while rest != 0
        var (sum, sumY, sumYY) = (Lanes(), Lanes(), Lanes())
        var (sumRed, sumGreen, sumBlue) = (Lanes(), Lanes(), Lanes())
        var (absoluteX, absoluteY) = (Lanes(), Lanes())
        rest = rows
        repeat {
            let r = rest.trailingZeroBitCount
            rest &= rest &- 1
            let state = states + r
            let (free, inverse) = alphas[r]
            let alpha = free.atMost(alphaCeiling)
            let before = state.pointee.transmittance * inverse
            state.pointee.transmittance = before
            let weight = alpha * before
            var gain = state.pointee.red * red
            gain.addProduct(state.pointee.green, green)
            gain.addProduct(state.pointee.blue, blue)
            if let feature {
                gain += features.differentiate(
                    feature.gaussian, depth: feature.depth, weight, place: place,
                    feature.gradients + r * features.gradientCount, into: sums + Self.sumCount)
            }
            let change = gain - state.pointee.behind
            state.pointee.behind.addProduct(alpha, change)
            let value = (weight * change).masked(free .<= alphaCeiling)
            let dy = state.pointee.y - v
            sum += value
            let valueY = value * dy
            sumY += valueY
            sumYY.addProduct(valueY, dy)
            if isAbsolute {
                let offset = dx.addingProduct(-shear, dy)
                absoluteX += (value * offset).magnitude
                absoluteY += (value * (curvature * shear * offset - fall * dy)).magnitude
            }
            sumRed.addProduct(weight, state.pointee.red)
            sumGreen.addProduct(weight, state.pointee.green)
            sumBlue.addProduct(weight, state.pointee.blue)
        } while rest != 0
        sums[0] = sum
        sums[1] = sumY
        sums[2] = sumYY
        sums[3] = sumRed
        sums[4] = sumGreen
        sums[5] = sumBlue
        if isAbsolute { (sums[6], sums[7]) = (absoluteX, absoluteY) }
    }

    /// Adds up the columns, and adds them to a pair. Not inlined: seen together with the loop above, its shuffles would take
    /// the loop's vectors apart.
    @inline(never)
    private static func reduce(
        _ sums: UnsafePointer<Lanes>, dx: Lanes, into pair: UnsafeMutablePointer<Float>
    ) {
        let sumX = sums[0] * dx
        let result = totals(
            sums[0], sumX, sums[1], sumX * dx, sums[1] * dx, sums[2], sums[3], sums[4])
        let memory = UnsafeMutableRawPointer(pair)
        memory.storeBytes(of: memory.load(as: Lanes.self) + result, as: Lanes.self)
        pair[8] += sums[5].total
        pair[PairSums.touchedSlot] = 1
    }
}
