import Spatial

extension Rasteriser {
    /// Lists the Gaussians of each patch of a band, front to back, and numbers the pairs of the band.
    func bin(_ band: TileBand) {
        let (rectangles, sorted) = (rectangles.start, sorted.start)
        let isWhole = band == patches.whole
        let pairs = isWhole ? pairCount : offsetPairs(of: band)
        @inline(__always)
        func fill(_ rectangle: (UInt32) -> TileRectangle) {
            tileLists.fill(
                count: statistics.visible, pairs: pairs, columns: band.columns,
                tiles: band.count, rectangle: rectangle,
                name: { UInt32(truncatingIfNeeded: sorted[$0]) })
        }
        if isWhole {
            fill { rectangles[Int($0)] }
        } else {
            fill { band.part(of: rectangles[Int($0)]) }
        }
        orderPatches(band)
    }

    private func orderPatches(_ band: TileBand) {
        patchOrder.reserve(band.count)
        let starts = tileLists.starts.start
        var order = UnsafeMutableBufferPointer(start: patchOrder.start, count: band.count)
        for patch in 0..<band.count {
            let count = starts[patch + 1] - starts[patch]
            order[patch] = UInt64(UInt32.max - count) << 32 | UInt64(patch)
        }
        order.sort()
    }

    /// Numbers the pairs of a band as the projection numbered those of the whole grid; returns how
    /// many there are.
    private func offsetPairs(of band: TileBand) -> Int {
        let (records, rectangles, blocks) = (records.start, rectangles.start, blocks.start)
        let pairOffsets = pairOffsets.start
        let count = cloudCount
        parallelFor(count, grain: Self.projectionGrain) { items, _ in
            var pairs = 0
            for gaussian in items {
                pairOffsets[gaussian] = UInt32(truncatingIfNeeded: pairs)
                let count = band.part(of: rectangles[gaussian]).count
                if count > 0 { records[gaussian].firstPair = UInt32(truncatingIfNeeded: pairs) }
                pairs += count
            }
            blocks[items.lowerBound / Self.projectionGrain].pairs = pairs
        }
        var pairs = 0
        for index in 0..<blockCount {
            blocks[index].firstPair = pairs
            pairs += blocks[index].pairs
        }
        return pairs
    }

    /// The bands in which the frame is drawn, so that their pairs, at `bytes` each, take at most
    /// `pairMemory`.
    func bands(bytes: Int) -> [TileBand] {
        let limit = max(1, pairMemory / bytes)
        if pairCount <= limit { return [patches.whole] }
        // Corners of rectangles, added up along both axes, are the counts of the tiles.
        let width = patches.columns + 1
        var counts = [Int](repeating: 0, count: width * (patches.rows + 1))
        for place in 0..<statistics.visible {
            let rectangle = rectangles.start[Int(UInt32(truncatingIfNeeded: sorted.start[place]))]
            let (x, endX) = (Int(rectangle.x), Int(rectangle.endX))
            let (y, endY) = (Int(rectangle.y), Int(rectangle.endY))
            counts[y * width + x] += 1
            counts[y * width + endX] -= 1
            counts[endY * width + x] -= 1
            counts[endY * width + endX] += 1
        }
        var tiles = [Int](repeating: 0, count: patches.count)
        for y in 0..<patches.rows {
            var sum = 0
            for x in 0..<patches.columns {
                sum += counts[y * width + x]
                tiles[y * patches.columns + x] =
                    sum + (y > 0 ? tiles[(y - 1) * patches.columns + x] : 0)
            }
        }
        return patches.bands(limit: limit, counts: tiles)
    }
}

extension Rasteriser {
    /// The bytes of all memory that is kept from frame to frame.
    var memory: Int {
        let projection =
            records.bytes + rectangles.bytes + pairOffsets.bytes + blocks.bytes
            + colourSlopes.bytes
        let lists = unsorted.bytes + sorted.bytes + counters.bytes + tileLists.bytes
        let pairs = pairGradients.bytes
        let pixels = finalTransmittance.bytes + lastPlaces.bytes + patchBackgrounds.bytes
        return projection + lists + pairs + pixels + workerScratch.bytes + gaussianSums.bytes
    }
}
