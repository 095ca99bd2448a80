import Spatial

/// Replays the blending of tiles back to front and leaves, for each pair of a splat and a tile, the
/// sums over pixels that the gradients of the splat are made of.
///
/// With α the opacity at a pixel, T the transmittance before it, c the colour, g the gradient at the
/// pixel and S what lies behind (Σ c·g weight, background included), dL/dα = T·(c·g) − S/(1 − α),
/// and T is found from the transmittance behind by dividing by 1 − α. Nothing was stored per splat.
struct BlendingGradientPass {
    /// Floats of a pair: Σv, Σv·dx, Σv·dy, Σv·dx², Σv·dx·dy, Σv·dy² with v = α·dL/dα, then the
    /// gradient of the colour, three unused.
    static let pairStride = 12

    let grid: TileGrid
    let records: UnsafePointer<SplatRecord>
    let entries: UnsafePointer<UInt32>
    let tileStarts: UnsafePointer<UInt32>
    let background: SIMD3<Float>
    let gradients: FrameGradients
    let features: FeatureSource
    let finalTransmittance: UnsafePointer<Lanes>
    let lastPlaces: UnsafePointer<SIMD8<Int32>>
    /// [pairs, pairStride], [pairs, features], [pairs]: the first two are only defined where the
    /// last is 1.
    let pairGradients: UnsafeMutablePointer<Float>
    let pairFeatures: UnsafeMutablePointer<Float>
    let pairIsTouched: UnsafeMutablePointer<UInt8>
    /// [tiles]: the gradient of the background.
    let tileBackgrounds: UnsafeMutablePointer<SIMD4<Float>>

    /// The vectors of scratch memory that one worker needs.
    static func scratchCount(features: Int) -> Int {
        4 + TileGrid.tileHeight * (5 + features) + features
    }

    /// Differentiates one tile.
    func run(tile: Int, scratch: UnsafeMutablePointer<Lanes>) {
        let height = TileGrid.tileHeight
        let (row, column) = tile.quotientAndRemainder(dividingBy: grid.columns)
        let (x, y) = (column * TileGrid.tileWidth, row * height)
        let batch = TileBatch(
            rowMasks: UnsafeMutableRawPointer(scratch).assumingMemoryBound(to: UInt32.self))
        let transmittance = scratch + 4
        let behind = transmittance + height
        let (red, green) = (transmittance + 2 * height, transmittance + 3 * height)
        let blue = transmittance + 4 * height
        let featureGradients = transmittance + 5 * height
        let featureSums = featureGradients + features.count * height
        let places = lastPlaces + tile * height

        let rowCount = min(height, grid.height - y)
        let columnCount = min(TileGrid.tileWidth, grid.width - x)
        let plane = grid.width * grid.height
        var backgroundSum = SIMD4<Float>()
        var last: Int32 = 0
        for r in 0..<rowCount {
            let pixel = (y + r) * grid.width + x
            let t = finalTransmittance[tile * height + r]
            transmittance[r] = t
            red[r] = Lanes()
            green[r] = Lanes()
            blue[r] = Lanes()
            if let colour = gradients.colour {
                red[r] = read(colour + pixel, columnCount)
                green[r] = read(colour + plane + pixel, columnCount)
                blue[r] = read(colour + 2 * plane + pixel, columnCount)
            }
            backgroundSum += SIMD4(
                (t * red[r]).total, (t * green[r]).total, (t * blue[r]).total, 0)
            var through = red[r] * background.x + green[r] * background.y + blue[r] * background.z
            if let alpha = gradients.alpha { through -= read(alpha + pixel, columnCount) }
            behind[r] = t * through
            features.readGradients(
                gradients, pixel: pixel, plane: plane, columnCount,
                into: featureGradients + r * features.count)
            last = max(last, places[r].largest)
        }
        tileBackgrounds[tile] = backgroundSum

        let first = Int(tileStarts[tile])
        let touched = pairIsTouched + first
        touched.update(repeating: 0, count: Int(tileStarts[tile + 1]) - first)
        let pixelX = Lanes(0, 1, 2, 3, 4, 5, 6, 7) + (Float(x) + 0.5)

        let count = Int(last)
        var end = count
        while end > 0 {
            let begin = (end - 1) / TileBatch.capacity * TileBatch.capacity
            batch.fill(
                records, entries + first + begin, count: end - begin, x: Float(x), y: Float(y))
            var reached: UInt32 = 0
            for r in 0..<rowCount where places[r].largest > begin { reached |= 1 << UInt32(r) }
            var i = end
            while i > begin {
                i -= 1
                var rows = batch.rowMasks[i - begin] & reached
                if rows == 0 { continue }
                let gaussian = Int(entries[first + i])
                let splat = records[gaussian]
                let geometry = splat.geometry
                let dx = pixelX - geometry[0]
                let place = SIMD8<Int32>(repeating: Int32(truncatingIfNeeded: i))
                var (sum, sumY, sumYY) = (Lanes(), Lanes(), Lanes())
                var (sumRed, sumGreen, sumBlue) = (Lanes(), Lanes(), Lanes())
                if features.count > 0 {
                    featureSums.update(repeating: Lanes(), count: features.count)
                }
                repeat {
                    let r = rows.trailingZeroBitCount
                    rows &= rows &- 1
                    let dy = Float(y + r) + 0.5 - geometry[1]
                    let (free, isClamped) = splatAlpha(
                        dx: dx, dy: dy, curvature: geometry[2], shear: geometry[3],
                        fall: geometry[4], logOpacity: geometry[5])
                    let alpha = free.masked(places[r] .> place)
                    let inverse = 1 / (1 - alpha)
                    let before = transmittance[r] * inverse
                    transmittance[r] = before
                    let weight = alpha * before
                    var gain = red[r] * splat.colour.x
                    gain.addProduct(green[r], splat.colour.y)
                    gain.addProduct(blue[r], splat.colour.z)
                    if features.count > 0 {
                        gain += features.differentiate(
                            gaussian, depth: geometry[7], weight,
                            featureGradients + r * features.count, into: featureSums)
                    }
                    let slope = before * gain - behind[r] * inverse
                    behind[r].addProduct(weight, gain)
                    let value = (alpha * slope).replacing(with: 0, where: isClamped)
                    sum += value
                    sumY.addProduct(value, dy)
                    sumYY.addProduct(value, dy * dy)
                    sumRed.addProduct(weight, red[r])
                    sumGreen.addProduct(weight, green[r])
                    sumBlue.addProduct(weight, blue[r])
                } while rows != 0
                touched[i] = 1
                let sumX = sum * dx
                let pair = pairGradients + (first + i) * Self.pairStride
                pair[0] = sum.total
                pair[1] = sumX.total
                pair[2] = sumY.total
                pair[3] = (sumX * dx).total
                pair[4] = (sumY * dx).total
                pair[5] = sumYY.total
                pair[6] = sumRed.total
                pair[7] = sumGreen.total
                pair[8] = sumBlue.total
                let pairFeatures = self.pairFeatures + (first + i) * features.count
                for f in 0..<features.count { pairFeatures[f] = featureSums[f].total }
            }
            end = begin
        }
    }
}

extension SIMD8<Int32> {
    /// The largest lane.
    @inline(__always)
    var largest: Int32 {
        var result = self[0]
        for lane in 1..<8 { result = Swift.max(result, self[lane]) }
        return result
    }
}

extension FeatureSource {
    /// Reads the gradients at eight pixels.
    @inline(__always)
    func readGradients(
        _ gradients: FrameGradients, pixel: Int, plane: Int, _ columnCount: Int,
        into target: UnsafeMutablePointer<Lanes>
    ) {
        var target = target
        if hasDepth {
            target[0] = gradients.depth.map { read($0 + pixel, columnCount) } ?? Lanes()
            target += 1
        }
        for c in 0..<channelCount {
            target[c] =
                gradients.channels.map { read($0 + c * plane + pixel, columnCount) } ?? Lanes()
        }
    }

    /// Adds weight·gradient of each feature to `sums`, and returns Σ value·gradient.
    @inline(__always)
    func differentiate(
        _ gaussian: Int, depth: Float, _ weight: Lanes, _ gradients: UnsafePointer<Lanes>,
        into sums: UnsafeMutablePointer<Lanes>
    ) -> Lanes {
        var gain = Lanes()
        var (gradients, sums) = (gradients, sums)
        if hasDepth {
            gain = gradients[0] * depth
            sums[0].addProduct(weight, gradients[0])
            gradients += 1
            sums += 1
        }
        guard let channels else { return gain }
        let values = channels + gaussian * channelCount
        for c in 0..<channelCount {
            gain.addProduct(gradients[c], values[c])
            sums[c].addProduct(weight, gradients[c])
        }
        return gain
    }
}
