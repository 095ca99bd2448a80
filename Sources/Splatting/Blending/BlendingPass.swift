import Spatial

/// The transmittance below which a pixel is finished.
let transmittanceThreshold: Float = 1e-4
/// The largest opacity of a splat at a pixel.
let alphaCeiling: Float = 0.99

/// Blends the lists of patches, tile by tile, front to back (Kerbl et al. 2023, eq. 3).
///
/// A row of a tile is one vector of pixels, which stays in registers while the splats of a batch
/// that reach it are blended. Two transmittances are kept: `passing`, which goes on falling behind
/// the splat that finished the pixel and so tells, without a mask, that it is finished; and `final`,
/// which does not.
struct BlendingPass {
    let grid: TileGrid
    let band: TileBand
    let records: UnsafePointer<SplatRecord>
    let entries: UnsafePointer<UInt32>
    let starts: UnsafePointer<UInt32>
    let background: Background
    let target: FrameBuffers
    /// What is blended like colours, over zero.
    let features: FeatureSource
    /// [tiles][rows of a tile]: transmittances and 1 + the place in the patch's list of the last
    /// splat that was blended; nil when nobody will ask.
    let finalTransmittance: UnsafeMutablePointer<Lanes>?
    let lastPlaces: UnsafeMutablePointer<Lanes>?
    let medianPlaces: UnsafeMutablePointer<Lanes>?
    /// Colours are written past the caches.
    let streamsColours: Bool

    /// The pixels of a row of a tile.
    private struct RowState {
        var passing = Lanes(repeating: 1)
        var final = Lanes(repeating: 1)
        var red = Lanes()
        var green = Lanes()
        var blue = Lanes()
        var lastPlace = Lanes()
    }

    private static let stateCount = MemoryLayout<RowState>.stride / MemoryLayout<Lanes>.stride

    /// The vectors of scratch memory that one worker needs.
    static func scratchCount(_ features: FeatureSource) -> Int {
        PatchChunk.scratchCount + TileBatch.scratchCount
            + Patch.tileCount * TileGrid.tileHeight * (stateCount + features.stateCount)
    }

    /// What a worker draws a patch with.
    private struct Workspace {
        let chunk: PatchChunk
        let batch: TileBatch
        /// [tiles of the patch][rows of a tile].
        let states: UnsafeMutablePointer<RowState>
        /// The same, `FeatureSource.stateCount` each.
        let sums: UnsafeMutablePointer<Lanes>

        init(_ scratch: UnsafeMutablePointer<Lanes>) {
            chunk = PatchChunk(scratch)
            let second = scratch + PatchChunk.scratchCount
            batch = TileBatch(second)
            let rows = Patch.tileCount * TileGrid.tileHeight
            let third = second + TileBatch.scratchCount
            states = UnsafeMutableRawPointer(third).bindMemory(to: RowState.self, capacity: rows)
            sums = third + rows * BlendingPass.stateCount
        }
    }

    /// Draws one patch of the band; returns how many pairs of a splat and a pixel it looked at.
    func run(patch index: Int, scratch: UnsafeMutablePointer<Lanes>) -> Int {
        let height = TileGrid.tileHeight
        var (column, row) = band.position(index)
        (column, row) = (column * Patch.columns, row * Patch.rows)
        let space = Workspace(scratch)
        space.states.update(repeating: RowState(), count: Patch.tileCount * height)
        space.sums.update(
            repeating: Lanes(), count: features.stateCount * Patch.tileCount * height)

        let entries = entries + Int(starts[index])
        let count = Int(starts[index + 1] - starts[index])
        var alive: UInt32 = 0
        for tile in 0..<Patch.tileCount
        where column + tile % Patch.columns < grid.columns
            && row + tile / Patch.columns < grid.rows
        {
            alive |= 1 << UInt32(tile)
        }
        let tiles = alive
        var evaluations = 0
        for begin in stride(from: 0, to: count, by: PatchChunk.capacity) where alive != 0 {
            let size = min(PatchChunk.capacity, count - begin)
            space.chunk.fill(records, entries + begin, count: size, column: column, row: row)
            var rest = alive
            while rest != 0 {
                let tile = rest.trailingZeroBitCount
                rest &= rest &- 1
                if !blend(
                    tile, column: column + tile % Patch.columns, row: row + tile / Patch.columns,
                    space, entries + begin, begin, &evaluations)
                {
                    alive &= ~(1 << UInt32(tile))
                }
            }
        }
        finish(tiles, column: column, row: row, space, entries)
        if streamsColours { finishStreaming() }
        return evaluations * TileGrid.tileWidth
    }

    /// Blends what a chunk has of a tile; returns whether the tile may take more.
    private func blend(
        _ tile: Int, column: Int, row: Int, _ space: Workspace,
        _ entries: UnsafePointer<UInt32>, _ chunkBegin: Int, _ evaluations: inout Int
    ) -> Bool {
        let height = TileGrid.tileHeight
        let (x, y) = (column * TileGrid.tileWidth, row * height)
        let batch = space.batch
        let states = space.states + tile * height
        let sumCount = features.stateCount
        let sums = space.sums + tile * height * sumCount
        let list = space.chunk.list(tile)
        let count = Int(space.chunk.counts[tile])
        let rowCount = min(height, grid.height - y)
        let pixelX = Lanes(0, 1, 2, 3, 4, 5, 6, 7) + (Float(x) + 0.5)
        var begin = 0
        var isAlive = true
        while begin < count && isAlive {
            let size = min(TileBatch.capacity, count - begin)
            batch.fill(
                space.chunk.records, list + begin, count: size, x: Float(x), y: Float(y),
                firstPlace: chunkBegin + 1)
            isAlive = false
            for r in 0..<rowCount {
                if !any(states[r].passing .> transmittanceThreshold) { continue }
                isAlive = true
                let splats = batch.splatMasks[r]
                if splats == 0 { continue }
                evaluations &+= splats.nonzeroBitCount
                batch.evaluate(splats, count: size, x: pixelX, y: Float(y + r) + 0.5)
                if sumCount > 0 {
                    blendRow(
                        batch, splats, states + r, space.chunk.records, list + begin, entries,
                        sums + r * sumCount)
                } else if lastPlaces != nil {
                    blendRow(batch, splats, states + r, tracksPlaces: true)
                } else {
                    blendRow(batch, splats, states + r, tracksPlaces: false)
                }
            }
            begin += size
        }
        return isAlive
    }

    /// Writes the tiles whose bits are set to the picture, row by row, so that whole cache lines are
    /// written at once; `entries` is the patch's list.
    private func finish(
        _ tiles: UInt32, column: Int, row: Int, _ space: Workspace,
        _ entries: UnsafePointer<UInt32>
    ) {
        let height = TileGrid.tileHeight
        let plane = grid.width * grid.height
        let columnCount = min(Patch.columns, grid.columns - column)
        // The batch is of no use any more.
        if !streamsColours {
            Patch.touch(
                target.colour, planes: 3, grid, column: column, row: row, space.batch.scratch)
        }
        if let alpha = target.alpha {
            Patch.touch(alpha, planes: 1, grid, column: column, row: row, space.batch.scratch)
        }
        for tileRow in row..<min(row + Patch.rows, grid.rows) {
            for r in 0..<min(height, grid.height - tileRow * height) {
                let first = (tileRow - row) * Patch.columns
                let pixel = (tileRow * height + r) * grid.width + column * TileGrid.tileWidth
                for c in 0..<columnCount {
                    let slot = (first + c) * height + r
                    let count = min(
                        TileGrid.tileWidth, grid.width - (column + c) * TileGrid.tileWidth)
                    finish(
                        space.states[slot], space.sums + slot * features.stateCount,
                        pixel: pixel + c * TileGrid.tileWidth, plane: plane, count, entries)
                }
            }
        }
        guard let finalTransmittance, let lastPlaces else { return }
        var tiles = tiles
        while tiles != 0 {
            let tile = tiles.trailingZeroBitCount
            tiles &= tiles &- 1
            let (x, y) = (column + tile % Patch.columns, row + tile / Patch.columns)
            let target = (y * grid.columns + x) * height
            let states = space.states + tile * height
            for r in 0..<height {
                finalTransmittance[target + r] = states[r].final
                lastPlaces[target + r] = states[r].lastPlace
                if let medianPlaces {
                    medianPlaces[target + r] = features.medianPlaces(
                        space.sums + (tile * height + r) * features.stateCount)
                }
            }
        }
    }

    /// Writes the first `count` of eight pixels.
    @inline(__always)
    private func finish(
        _ state: RowState, _ sums: UnsafePointer<Lanes>, pixel: Int, plane: Int, _ count: Int,
        _ entries: UnsafePointer<UInt32>
    ) {
        let t = state.final
        let behind = background.pixels(pixel, plane: plane, count)
        let (red, green, blue) = (
            state.red + t * behind.x, state.green + t * behind.y, state.blue + t * behind.z
        )
        let colour = target.colour + pixel
        write(red, colour, count, streams: streamsColours)
        write(green, colour + plane, count, streams: streamsColours)
        write(blue, colour + 2 * plane, count, streams: streamsColours)
        if let alpha = target.alpha { write(1 - t, alpha + pixel, count) }
        features.write(sums, target, pixel: pixel, plane: plane, count, entries)
    }

    /// Blends the splats of a batch whose bits are set in `splats` into a row.
    @inline(__always)
    private func blendRow(
        _ batch: TileBatch, _ splats: UInt64, _ row: UnsafeMutablePointer<RowState>,
        tracksPlaces: Bool
    ) {
        var splats = splats
        var (passing, final) = (row.pointee.passing, row.pointee.final)
        var (red, green, blue) = (row.pointee.red, row.pointee.green, row.pointee.blue)
        var lastPlace = row.pointee.lastPlace
        repeat {
            let i = splats.trailingZeroBitCount
            splats &= splats &- 1
            let weight = blend(batch.alphas[i], &passing, &final)
            red.addProduct(weight, batch.red[i])
            green.addProduct(weight, batch.green[i])
            blue.addProduct(weight, batch.blue[i])
            if tracksPlaces {
                lastPlace.replace(with: batch.place[i], where: weight .> 0)
            }
        } while splats != 0
        row.pointee = RowState(
            passing: passing, final: final, red: red, green: green, blue: blue,
            lastPlace: lastPlace)
    }

    /// The same with features; `list` is that of the batch, into a chunk's `records` and `entries`.
    private func blendRow(
        _ batch: TileBatch, _ splats: UInt64, _ row: UnsafeMutablePointer<RowState>,
        _ records: UnsafePointer<SplatRecord>, _ list: UnsafePointer<UInt16>,
        _ entries: UnsafePointer<UInt32>, _ sums: UnsafeMutablePointer<Lanes>
    ) {
        var splats = splats
        repeat {
            let i = splats.trailingZeroBitCount
            splats &= splats &- 1
            let before = row.pointee.final
            let weight = blend(batch.alphas[i], &row.pointee.passing, &row.pointee.final)
            row.pointee.red.addProduct(weight, batch.red[i])
            row.pointee.green.addProduct(weight, batch.green[i])
            row.pointee.blue.addProduct(weight, batch.blue[i])
            row.pointee.lastPlace.replace(with: batch.place[i], where: weight .> 0)
            let k = Int(list[i])
            features.blend(
                Int(entries[k]), depth: records[k].geometry[7], weight,
                place: batch.place[i], before: before, after: row.pointee.final, into: sums)
        } while splats != 0
    }

    /// Lets a splat take its part of the light that passes, and returns that part.
    @inline(__always)
    private func blend(_ alpha: Lanes, _ passing: inout Lanes, _ final: inout Lanes) -> Lanes {
        let step = alpha * passing
        // Not passing − step, for which the next splat would have to wait longer.
        passing *= 1 - alpha
        let goesOn = passing .> transmittanceThreshold
        final.replace(with: passing, where: goesOn)
        return step.masked(goesOn)
    }
}

/// The opacity of a splat in eight pixels of a row, not yet held at the ceiling; 0 where it is under
/// the threshold. `offset` is the distance from the column where the exponent has its `peak` in this
/// row.
@inline(__always)
func freeAlpha(offset: Lanes, curvature: Lanes, peak: Lanes) -> Lanes {
    let exponent = peak.addingProduct(offset * curvature, offset)
    return exponent.quickExp2.masked(exponent .>= alphaThresholdLog2)
}

/// Writes the first `count` of eight pixels; past the caches, if it `streams`.
@inline(__always)
func write(
    _ values: Lanes, _ target: UnsafeMutablePointer<Float>, _ count: Int, streams: Bool = false
) {
    if count == 8 && streams {
        values.stream(to: target)
    } else if count == 8 {
        UnsafeMutableRawPointer(target).storeBytes(of: values, as: Lanes.self)
    } else {
        for lane in 0..<count { target[lane] = values[lane] }
    }
}

/// Reads `count` of eight pixels; the others are 0.
@inline(__always)
func read(_ source: UnsafePointer<Float>, _ count: Int) -> Lanes {
    if count == 8 { return UnsafeRawPointer(source).loadUnaligned(as: Lanes.self) }
    var values = Lanes()
    for lane in 0..<count { values[lane] = source[lane] }
    return values
}
