import Spatial

/// The transmittance below which a pixel is finished.
let transmittanceThreshold: Float = 1e-4
/// The largest opacity of a splat at a pixel.
let alphaCeiling: Float = 0.99

/// Blends the lists of tiles front to back (Kerbl et al. 2023, eq. 3).
///
/// A row of a tile is one vector. A finished pixel is kept as the negative of its transmittance: no
/// mask needs to be stored, and the test that ends a pixel also keeps it ended.
struct BlendingPass {
    let grid: TileGrid
    let records: UnsafePointer<SplatRecord>
    let entries: UnsafePointer<UInt32>
    let tileStarts: UnsafePointer<UInt32>
    let background: SIMD3<Float>
    let target: FrameBuffers
    /// Depth, if asked for, and the extra channels: blended like colours, over zero.
    let features: FeatureSource
    /// [tiles][rows of a tile]: transmittances and 1 + the place in the tile's list of the last
    /// splat that was blended; nil when nobody will ask.
    let finalTransmittance: UnsafeMutablePointer<Lanes>?
    let lastPlaces: UnsafeMutablePointer<SIMD8<Int32>>?

    /// The vectors of scratch memory that one worker needs.
    static func scratchCount(features: Int) -> Int {
        4 + TileGrid.tileHeight * (5 + features) + (features * TileBatch.capacity + 7) / 8
    }

    /// Draws one tile.
    func run(tile: Int, scratch: UnsafeMutablePointer<Lanes>) {
        let height = TileGrid.tileHeight
        let (row, column) = tile.quotientAndRemainder(dividingBy: grid.columns)
        let (x, y) = (column * TileGrid.tileWidth, row * height)
        let batch = TileBatch(
            rowMasks: UnsafeMutableRawPointer(scratch).assumingMemoryBound(to: UInt32.self))
        let transmittance = scratch + 4
        let (red, green) = (transmittance + height, transmittance + 2 * height)
        let (blue, places) = (transmittance + 3 * height, transmittance + 4 * height)
        let sums = transmittance + 5 * height
        transmittance.update(repeating: Lanes(repeating: 1), count: height)
        red.update(repeating: Lanes(), count: (4 + features.count) * height)
        // A vector of zero bits is zero both as floats and as integers.
        let lastPlaces = UnsafeMutableRawPointer(places).assumingMemoryBound(
            to: SIMD8<Int32>.self)

        let first = Int(tileStarts[tile])
        let count = Int(tileStarts[tile + 1]) - first
        let entries = entries + first
        let rowCount = min(height, grid.height - y)
        var alive: UInt32 = (1 << UInt32(rowCount)) - 1
        let pixelX = Lanes(0, 1, 2, 3, 4, 5, 6, 7) + (Float(x) + 0.5)
        let tracksPlaces = self.lastPlaces != nil

        var begin = 0
        while begin < count && alive != 0 {
            let size = min(TileBatch.capacity, count - begin)
            batch.fill(records, entries + begin, count: size, x: Float(x), y: Float(y))
            for i in 0..<size {
                var rows = batch.rowMasks[i] & alive
                if rows == 0 { continue }
                let splat = records[Int(entries[begin + i])]
                let geometry = splat.geometry
                let dx = pixelX - geometry[0]
                let curvature = geometry[2]
                let place = SIMD8<Int32>(repeating: Int32(truncatingIfNeeded: begin + i + 1))
                repeat {
                    let r = rows.trailingZeroBitCount
                    rows &= rows &- 1
                    let dy = Float(y + r) + 0.5 - geometry[1]
                    let alpha = splatAlpha(
                        dx: dx, dy: dy, curvature: curvature, shear: geometry[3],
                        fall: geometry[4], logOpacity: geometry[5]
                    ).alpha
                    let before = transmittance[r]
                    let step = alpha * before
                    let after = before - step
                    let goesOn = after .> transmittanceThreshold
                    let weight = step.masked(goesOn)
                    transmittance[r] = after.or(before.negativeMagnitude, unless: goesOn)
                    red[r].addProduct(weight, splat.colour.x)
                    green[r].addProduct(weight, splat.colour.y)
                    blue[r].addProduct(weight, splat.colour.z)
                    if tracksPlaces {
                        lastPlaces[r].replace(with: place, where: weight .> 0)
                    }
                    if features.count > 0 {
                        features.blend(
                            Int(entries[begin + i]), depth: geometry[7], weight,
                            into: sums + r * features.count)
                    }
                    if !any(goesOn) { alive &= ~(1 << UInt32(r)) }
                } while rows != 0
            }
            begin += size
        }

        let columnCount = min(TileGrid.tileWidth, grid.width - x)
        let plane = grid.width * grid.height
        for r in 0..<rowCount {
            let pixel = (y + r) * grid.width + x
            let t = transmittance[r].magnitude
            write(red[r] + t * background.x, target.colour + pixel, columnCount)
            write(green[r] + t * background.y, target.colour + plane + pixel, columnCount)
            write(blue[r] + t * background.z, target.colour + 2 * plane + pixel, columnCount)
            if let alpha = target.alpha { write(1 - t, alpha + pixel, columnCount) }
            features.write(
                sums + r * features.count, target, pixel: pixel, plane: plane, columnCount)
        }
        if let finalTransmittance, let saved = self.lastPlaces {
            for r in 0..<height {
                finalTransmittance[tile * height + r] = transmittance[r].magnitude
                saved[tile * height + r] = lastPlaces[r]
            }
        }
    }
}

/// The opacity of a splat in eight pixels of a row, 0 where it is under the threshold; and whether
/// it was held at the ceiling.
@inline(__always)
func splatAlpha(
    dx: Lanes, dy: Float, curvature: Float, shear: Float, fall: Float, logOpacity: Float
) -> (alpha: Lanes, isClamped: LaneMask) {
    let constant = Lanes(repeating: logOpacity + fall * dy * dy)
    let offset = dx - shear * dy
    let exponent = constant.addingProduct(offset * curvature, offset)
    let free = exponent.exp2
    let isClamped = free .> alphaCeiling
    let alpha = free.replacing(with: alphaCeiling, where: isClamped)
    return (alpha.masked(exponent .>= alphaThresholdLog2), isClamped)
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
