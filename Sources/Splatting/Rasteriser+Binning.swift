import Spatial

extension Rasteriser {
    /// Lists the Gaussians of each tile, front to back, in `entries`; tile t has those from
    /// `tileStarts[t]` to `tileStarts[t + 1]`.
    ///
    /// A counting sort by tile of the depth-sorted Gaussians: stable, so that each list is sorted,
    /// and no pair is ever compared with another. With `tracksPairs`, `pairPositions` says where the
    /// pairs of each Gaussian went.
    func binIntoTiles(tracksPairs: Bool) {
        let visible = statistics.visible
        let (tiles, columns) = (grid.count, grid.columns)
        let chunks = chunkCount(visible, grain: 4096)
        let chunk = (visible + chunks - 1) / chunks
        counters.reserve(chunks * tiles)
        tileStarts.reserve(tiles + 1)
        entries.reserve(statistics.pairs)
        if tracksPairs { pairPositions.reserve(statistics.pairs) }
        let (counters, sorted) = (counters.start, sorted.start)
        let (rectangles, entries) = (rectangles.start, entries.start)
        let (pairOffsets, blocks) = (pairOffsets.start, blocks.start)
        let pairPositions = pairPositions.start
        parallelFor(chunks) { index, _ in
            let own = counters + index * tiles
            own.update(repeating: 0, count: tiles)
            for item in index * chunk..<min(visible, (index + 1) * chunk) {
                let rectangle = rectangles[Int(UInt32(truncatingIfNeeded: sorted[item]))]
                for row in Int(rectangle.y)..<Int(rectangle.endY) {
                    for column in Int(rectangle.x)..<Int(rectangle.endX) {
                        own[row &* columns &+ column] &+= 1
                    }
                }
            }
        }
        startsFromCounts(counters, chunks: chunks, bins: tiles)
        tileStarts.start.update(from: counters, count: tiles)
        tileStarts.start[tiles] = UInt32(truncatingIfNeeded: statistics.pairs)
        parallelFor(chunks) { index, _ in
            let own = counters + index * tiles
            for item in index * chunk..<min(visible, (index + 1) * chunk) {
                let gaussian = UInt32(truncatingIfNeeded: sorted[item])
                let rectangle = rectangles[Int(gaussian)]
                var pair =
                    tracksPairs
                    ? Int(pairOffsets[Int(gaussian)])
                        + blocks[Int(gaussian) / Self.projectionGrain].firstPair : 0
                for row in Int(rectangle.y)..<Int(rectangle.endY) {
                    for column in Int(rectangle.x)..<Int(rectangle.endX) {
                        let tile = row &* columns &+ column
                        let position = own[tile]
                        own[tile] = position &+ 1
                        entries[Int(position)] = gaussian
                        if tracksPairs {
                            pairPositions[pair] = position
                            pair &+= 1
                        }
                    }
                }
            }
        }
    }
}
