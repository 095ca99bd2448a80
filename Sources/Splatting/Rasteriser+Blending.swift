import Spatial

/// The transmittance below which a pixel is finished.
let transmittanceThreshold: Float = 1e-4
/// The largest opacity of a splat at a pixel.
let alphaCeiling: Float = 0.99

/// Blends the lists of tiles front to back (Kerbl et al. 2023, eq. 3).
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
    let tileStarts: UnsafePointer<UInt32>
    let background: Background
    let target: FrameBuffers
    /// What is blended like colours, over zero.
    let features: FeatureSource
    /// [tiles][rows of a tile]: transmittances and 1 + the place in the tile's list of the last
    /// splat that was blended; nil when nobody will ask.
    let finalTransmittance: UnsafeMutablePointer<Lanes>?
    let lastPlaces: UnsafeMutablePointer<Lanes>?
    let medianPlaces: UnsafeMutablePointer<Lanes>?

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
        TileBatch.scratchCount + TileGrid.tileHeight * (stateCount + features.stateCount)
    }

    /// Draws one tile of the band; returns how many pairs of a splat and a pixel it looked at.
    func run(tile index: Int, scratch: UnsafeMutablePointer<Lanes>) -> Int {
        let height = TileGrid.tileHeight
        let (column, row) = band.position(index)
        let tile = row * grid.columns + column
        let (x, y) = (column * TileGrid.tileWidth, row * height)
        let batch = TileBatch(scratch)
        let states = UnsafeMutableRawPointer(scratch + TileBatch.scratchCount).bindMemory(
            to: RowState.self, capacity: height)
        let sums = scratch + TileBatch.scratchCount + height * Self.stateCount
        states.update(repeating: RowState(), count: height)
        let sumCount = features.stateCount
        sums.update(repeating: Lanes(), count: sumCount * height)

        let first = Int(tileStarts[index])
        let count = Int(tileStarts[index + 1]) - first
        let rowCount = min(height, grid.height - y)
        let pixelX = Lanes(0, 1, 2, 3, 4, 5, 6, 7) + (Float(x) + 0.5)
        var begin = 0
        var evaluations = 0
        var isAlive = true
        while begin < count && isAlive {
            let size = min(TileBatch.capacity, count - begin)
            batch.fill(records, entries + first + begin, count: size, x: Float(x), y: Float(y))
            isAlive = false
            for r in 0..<rowCount {
                if !any(states[r].passing .> transmittanceThreshold) { continue }
                isAlive = true
                let splats = batch.splatMasks[r]
                if splats == 0 { continue }
                evaluations &+= splats.nonzeroBitCount
                batch.enter(y: Float(y + r) + 0.5, count: size)
                let place = Float(begin + 1)
                if sumCount > 0 {
                    blendRow(
                        batch, splats, pixelX, states + r, firstPlace: place,
                        entries + first + begin, sums + r * sumCount)
                } else if lastPlaces != nil {
                    blendRow(
                        batch, splats, pixelX, states + r, firstPlace: place, tracksPlaces: true)
                } else {
                    blendRow(
                        batch, splats, pixelX, states + r, firstPlace: place, tracksPlaces: false)
                }
            }
            begin += size
        }

        let columnCount = min(TileGrid.tileWidth, grid.width - x)
        let plane = grid.width * grid.height
        for r in 0..<rowCount {
            let pixel = (y + r) * grid.width + x
            let state = states[r]
            let t = state.final
            let behind = background.pixels(pixel, plane: plane, columnCount)
            write(state.red + t * behind.x, target.colour + pixel, columnCount)
            write(state.green + t * behind.y, target.colour + plane + pixel, columnCount)
            write(state.blue + t * behind.z, target.colour + 2 * plane + pixel, columnCount)
            if let alpha = target.alpha { write(1 - t, alpha + pixel, columnCount) }
            features.write(
                sums + r * sumCount, target, pixel: pixel, plane: plane, columnCount,
                entries + first)
        }
        if let finalTransmittance, let lastPlaces {
            for r in 0..<height {
                finalTransmittance[tile * height + r] = states[r].final
                lastPlaces[tile * height + r] = states[r].lastPlace
            }
        }
        if let medianPlaces {
            for r in 0..<height {
                medianPlaces[tile * height + r] = features.medianPlaces(sums + r * sumCount)
            }
        }
        return evaluations * TileGrid.tileWidth
    }

    /// Blends the splats of a batch whose bits are set in `splats` into a row.
    @inline(__always)
    private func blendRow(
        _ batch: TileBatch, _ splats: UInt64, _ pixelX: Lanes,
        _ row: UnsafeMutablePointer<RowState>,
        firstPlace: Float, tracksPlaces: Bool
    ) {
        var splats = splats
        var (passing, final) = (row.pointee.passing, row.pointee.final)
        var (red, green, blue) = (row.pointee.red, row.pointee.green, row.pointee.blue)
        var lastPlace = row.pointee.lastPlace
        repeat {
            let i = splats.trailingZeroBitCount
            splats &= splats &- 1
            let weight = blend(batch, i, pixelX, &passing, &final)
            red.addProduct(weight, batch.red[i])
            green.addProduct(weight, batch.green[i])
            blue.addProduct(weight, batch.blue[i])
            if tracksPlaces {
                lastPlace.replace(with: firstPlace + Float(i), where: weight .> 0)
            }
        } while splats != 0
        row.pointee = RowState(
            passing: passing, final: final, red: red, green: green, blue: blue,
            lastPlace: lastPlace)
    }

    /// The same with features; `entries` are those of the batch.
    private func blendRow(
        _ batch: TileBatch, _ splats: UInt64, _ pixelX: Lanes,
        _ row: UnsafeMutablePointer<RowState>,
        firstPlace: Float, _ entries: UnsafePointer<UInt32>, _ sums: UnsafeMutablePointer<Lanes>
    ) {
        var splats = splats
        repeat {
            let i = splats.trailingZeroBitCount
            splats &= splats &- 1
            let before = row.pointee.final
            let weight = blend(batch, i, pixelX, &row.pointee.passing, &row.pointee.final)
            row.pointee.red.addProduct(weight, batch.red[i])
            row.pointee.green.addProduct(weight, batch.green[i])
            row.pointee.blue.addProduct(weight, batch.blue[i])
            row.pointee.lastPlace.replace(with: firstPlace + Float(i), where: weight .> 0)
            let gaussian = Int(entries[i])
            features.blend(
                gaussian, depth: records[gaussian].geometry[7], weight,
                place: firstPlace + Float(i), before: before, after: row.pointee.final, into: sums)
        } while splats != 0
    }

    /// Lets splat `i` of a batch take its part of the light that passes, and returns that part.
    @inline(__always)
    private func blend(
        _ batch: TileBatch, _ i: Int, _ pixelX: Lanes, _ passing: inout Lanes,
        _ final: inout Lanes
    ) -> Lanes {
        let alpha = freeAlpha(
            offset: pixelX - batch.centre[i], curvature: Lanes(repeating: batch.curvature[i]),
            peak: Lanes(repeating: batch.peak[i])
        ).atMost(alphaCeiling)
        let step = alpha * passing
        passing -= step
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

/// Writes the first `count` of eight pixels.
@inline(__always)
func write(_ values: Lanes, _ target: UnsafeMutablePointer<Float>, _ count: Int) {
    if count == 8 {
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
